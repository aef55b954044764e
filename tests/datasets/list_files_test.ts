import assert from "node:assert/strict";
import { IMAGE_EXTENSIONS } from "../../core/files/mod.ts";
import { pairFolders } from "../../datasets/segmentation/folder_pair.ts";
import { listFiles } from "../../datasets/list_files.ts";
import { temporaryTree } from "../core/files/temporary_tree.ts";

Deno.test("a folder is listed with links followed, loops ended, and pipes passed over", async () => {
  using tree = temporaryTree(["d/b.png", "d/a/c.png", "d/.hidden.png", "d/note.txt", "other/x.png"]);
  Deno.symlinkSync(tree.at("other"), tree.at("d/link"));
  Deno.symlinkSync(tree.at("d"), tree.at("d/a/back"));
  await new Deno.Command("mkfifo", { args: [tree.at("d/pipe.png")] }).output();
  const { paths } = await listFiles(tree.at("d"), ["png"]);
  assert.deepEqual(paths, ["a/c.png", "b.png", "link/x.png"]);
});

Deno.test("a broken link counts as a file, so that only what needs it fails", async () => {
  using tree = temporaryTree(["d/a.png"]);
  Deno.symlinkSync(tree.at("nowhere"), tree.at("d/broken.png"));
  assert.deepEqual((await listFiles(tree.at("d"), ["png"])).paths, ["a.png", "broken.png"]);
});

Deno.test("a folder that cannot be read is named with the reason in plain words", async () => {
  using tree = temporaryTree(["d/a.png"]);
  const failure = { name: "BneckError", exitStatus: 2 };
  await assert.rejects(listFiles(tree.at("no")), {
    ...failure,
    message: `cannot read the folder ${tree.at("no")}: it does not exist`,
  });
  await assert.rejects(listFiles(tree.at("d/a.png")), {
    ...failure,
    message: `cannot read the folder ${tree.at("d/a.png")}: a part of the path is a file, not a folder`,
  });
  Deno.symlinkSync("turn", tree.at("d/turn"));
  assert.deepEqual((await listFiles(tree.at("d"))).paths, ["a.png", "turn"]);
});

Deno.test("photos of every extension that other commands take are paired", async () => {
  using tree = temporaryTree(IMAGE_EXTENSIONS.flatMap((ending) => [
    `photos/${ending}.${ending}`,
    `labels/${ending}.png`,
    `photos/${ending}2.${ending}`,
    `labels/${ending}2.${ending}.png`,
  ]));
  const { pairs } = await pairFolders({ images: tree.at("photos"), labels: tree.at("labels") });
  assert.equal(pairs.length, 2 * IMAGE_EXTENSIONS.length);
});
