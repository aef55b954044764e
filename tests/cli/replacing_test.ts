import assert from "node:assert/strict";
import { refuseReplacing } from "../../cli/replacing.ts";
import { temporaryTree } from "../core/files/temporary_tree.ts";

Deno.test("an output that is an input is refused, whatever the path is called", () => {
  using tree = temporaryTree(["truth.json", "labels/a.png", "out/"]);
  Deno.symlinkSync(tree.at("truth.json"), tree.at("link.json"));
  const [truth, link, label] = ["truth.json", "link.json", "labels/a.png"].map((path) => tree.at(path));
  assert.throws(
    () => refuseReplacing({ report: link }, { annotations: truth }),
    { message: `--report would replace ${link}, the file of --annotations`, exitStatus: 2 },
  );
  assert.throws(
    () =>
      refuseReplacing({ saveState: tree.at("labels/../labels/a.png") }, {}, [{
        what: "a label",
        path: label,
      }]),
    /^BneckError: --save-state would replace .*a\.png, a label$/,
  );
  assert.throws(
    () => refuseReplacing({ report: tree.at("out/x"), trace: tree.at("out/../out/x") }),
    /--trace would replace .*x, the file of --report/,
  );
  refuseReplacing({ report: tree.at("out/a"), saveState: tree.at("out/b"), trace: undefined }, {
    list: truth,
  }, [
    { what: "an image", path: null },
    { what: "a label", path: label },
  ]);
});

Deno.test("an image is never replaced, whether or not it is in the part that is read", () => {
  using tree = temporaryTree(["photos/a.JPG", "photos/old.html"]);
  assert.throws(
    () => refuseReplacing({ report: tree.at("photos/a.JPG") }),
    /^BneckError: --report would replace .*a\.JPG, an image$/,
  );
  refuseReplacing({ report: tree.at("photos/old.html"), trace: tree.at("photos/new.png") });
});
