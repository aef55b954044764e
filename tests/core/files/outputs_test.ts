import assert from "node:assert/strict";
import { dirname } from "node:path";
import fc from "fast-check";
import {
  expandInputs,
  InputFile,
  type InputFolder,
  planOutputs,
  takeShard,
} from "../../../core/files/mod.ts";
import { fromFolder, temporaryTree } from "./temporary_tree.ts";

/** Inputs as `expandInputs` gives them for the root and the paths below it. */
function inputsOf(root: string, paths: readonly string[]): InputFile[] {
  const folders = new Map<string, InputFolder>();
  return paths.map((path) => {
    const relative = dirname(path) === "." ? "" : dirname(path);
    const folder = folders.get(relative) ??
      { root, relative, path: relative === "" ? root : `${root}/${relative}` };
    folders.set(relative, folder);
    return new InputFile(folder, path.slice(path.lastIndexOf("/") + 1));
  });
}

function planned(inputs: readonly InputFile[]): string[] {
  const plan = planOutputs(inputs, "out", ["ids.png"]);
  return inputs.map((input) => plan.path(input, "ids", "png"));
}

Deno.test("outputs mirror the tree of the inputs", () => {
  const inputs = inputsOf("p", ["a.jpg", "day 1/b.c.png", "day 1/x/d.webp", "scan"]);
  const plan = planOutputs(inputs, "out", ["ids.png", "overlay.jpg"]);
  assert.deepEqual(inputs.map((input) => plan.path(input, "ids", "png")), [
    "out/a.ids.png",
    "out/day 1/b.c.ids.png",
    "out/day 1/x/d.ids.png",
    "out/scan.ids.png",
  ]);
  assert.equal(plan.path(inputs[0], "overlay", "jpg"), "out/a.overlay.jpg");
  assert.deepEqual(plan.folders, ["out", "out/day 1", "out/day 1/x"]);
});

Deno.test("the output folder may be the current one, or written with a slash", () => {
  const inputs = inputsOf("p", ["s/a.jpg"]);
  assert.equal(planOutputs(inputs, ".", []).path(inputs[0], "ids", "png"), "s/a.ids.png");
  assert.equal(planOutputs(inputs, "/tmp/out/", []).path(inputs[0], "ids", "png"), "/tmp/out/s/a.ids.png");
});

Deno.test("the stem is what the outputs of an input have in common", () => {
  const inputs = inputsOf("p", ["s/a.jpg"]);
  assert.equal(planOutputs(inputs, "out", []).stem(inputs[0]), "out/s/a");
  assert.equal(planOutputs(inputs, ".", []).stem(inputs[0]), "s/a");
});

Deno.test("names of dots and an extension stay in the output folder", () => {
  assert.deepEqual(planned(inputsOf("p", ["..jpg", ".png", "...a.jpg"])), [
    "out/..jpg.ids.png",
    "out/.png.ids.png",
    "out/...a.ids.png",
  ]);
});

Deno.test("inputs that differ in their extension keep it, all of them and only they", () => {
  assert.deepEqual(planned(inputsOf("p", ["a.jpg", "a.png", "b.jpg", "s/a.jpg"])), [
    "out/a.jpg.ids.png",
    "out/a.png.ids.png",
    "out/b.ids.png",
    "out/s/a.ids.png",
  ]);
});

Deno.test("a name that looks like another with its extension keeps its own too", () => {
  assert.deepEqual(planned(inputsOf("p", ["a.jpg", "a.png", "a.jpg.png", "a.jpg.png.gif"])), [
    "out/a.jpg.ids.png",
    "out/a.png.ids.png",
    "out/a.jpg.png.ids.png",
    "out/a.jpg.png.gif.ids.png",
  ]);
});

Deno.test("names that some file systems take for the same get different outputs", () => {
  assert.deepEqual(planned(inputsOf("p", ["A.jpg", "a.png"])), ["out/A.jpg.ids.png", "out/a.png.ids.png"]);
  assert.deepEqual(planned(inputsOf("p", ["a.jpg", "A.JPG", "A.jpg", "a.jpg-2"])), [
    "out/a.jpg.ids.png",
    "out/A.JPG-3.ids.png",
    "out/A.jpg-4.ids.png",
    "out/a.jpg-2.ids.png",
  ]);
  assert.deepEqual(planned(inputsOf("p", ["é.jpg", "e\u0301.png"])), [
    "out/é.jpg.ids.png",
    "out/e\u0301.png.ids.png",
  ]);
  assert.deepEqual(planned(inputsOf("p", ["S/a.jpg", "s/a.png"])), [
    "out/S/a.jpg.ids.png",
    "out/s/a.png.ids.png",
  ]);
});

Deno.test("several roots share the output folder where their trees do not meet", () => {
  const inputs = [...inputsOf("p/x", ["a.jpg", "s/b.jpg"]), ...inputsOf("q", ["c.jpg", "s/d.jpg"])];
  assert.deepEqual(planned(inputs), ["out/a.ids.png", "out/s/b.ids.png", "out/c.ids.png", "out/s/d.ids.png"]);
});

Deno.test("where the trees of several roots meet, the tree that holds all of them is mirrored", () => {
  const inputs = [...inputsOf("p/x/2023", ["a.jpg", "s/b.jpg"]), ...inputsOf("p/2024", ["a.png", "d.jpg"])];
  assert.deepEqual(planned(inputs), [
    "out/x/2023/a.ids.png",
    "out/x/2023/s/b.ids.png",
    "out/2024/a.ids.png",
    "out/2024/d.ids.png",
  ]);
  const nested = [...inputsOf("p", ["a.jpg"]), ...inputsOf("p/s", ["a.jpg"])];
  assert.deepEqual(planned(nested), ["out/a.ids.png", "out/s/a.ids.png"]);
  const far = [...inputsOf("/x", ["a.jpg"]), ...inputsOf("/y/z", ["a.jpg"])];
  assert.deepEqual(planned(far), ["out/x/a.ids.png", "out/y/z/a.ids.png"]);
});

Deno.test("two files of one folder that are named one by one are told apart by their extension", async () => {
  using tree = temporaryTree(["p/a.jpg", "p/a.png"]);
  const { files } = await fromFolder(tree.path, () => expandInputs(["p/a.jpg", tree.at("p/a.png")]));
  assert.deepEqual(await fromFolder(tree.path, () => planned(files)), [
    "out/a.jpg.ids.png",
    "out/a.png.ids.png",
  ]);
});

Deno.test("a shard names its outputs as the whole does", () => {
  const inputs = inputsOf("p", ["a.jpg", "a.png", "b.jpg", "b.png"]);
  const plan = planOutputs(inputs, "out", ["ids.png"]);
  const shard = takeShard(inputs, { number: 1, count: 2 });
  assert.deepEqual(shard.map((input) => plan.path(input, "ids", "png")), [
    "out/a.jpg.ids.png",
    "out/b.jpg.ids.png",
  ]);
});

Deno.test("an output that would replace an input is refused, also through a symbolic link", async () => {
  using tree = temporaryTree(["p/a.jpg", "p/a.ids.png", "p/b.crop-12.jpg", "p/b.jpg", "p/c.jpg", "q/"]);
  Deno.symlinkSync(tree.at("p"), tree.at("q/link"));
  const plan = async (args: string[], output: string, suffixes: string[]) => {
    const { files } = await expandInputs(args.map(tree.at));
    return planOutputs(files, tree.at(output), suffixes);
  };
  const refused = {
    exitStatus: 2,
    message: /^the results would overwrite the input .*p\/(a\.ids\.png|b\.crop-12\.jpg)$/,
  };
  for (const output of ["p", "q/link", "p/../p"]) {
    await assert.rejects(
      plan(["p/a.jpg", "p/a.ids.png"], output, ["overlay.png", "ids.png"]),
      refused,
      output,
    );
    await assert.rejects(plan(["p/b.jpg", "p/b.crop-12.jpg"], output, ["crop-#.jpg"]), refused, output);
    await plan(["p/a.jpg", "p/a.ids.png"], output, ["overlay.png"]);
    await plan(["p/c.jpg", "p/a.ids.png"], output, ["ids.png"]);
    await plan(["p/a.jpg", "p/c.jpg"], output, ["ids.png"]);
  }
  await plan(["p"], "q", ["ids.png", "crop-#.jpg"]);
  await assert.rejects(plan(["p"], "q/link/../../p", ["ids.png"]), refused);
});

Deno.test("outputs of random trees never meet, not even without regard to case or composition", () => {
  const part = fc.string({
    unit: fc.constantFrom("a", "A", ".", "-", "2", "é", "e\u0301"),
    minLength: 1,
    maxLength: 3,
  })
    .filter((name) => !/^\.+$/.test(name));
  const ending = fc.constantFrom(".jpg", ".JPG", ".png", ".jpg.png", "", ".ids.png", ".jpg-2");
  const path = fc.tuple(fc.array(part, { minLength: 1, maxLength: 3 }), ending).map(([parts, e]) =>
    parts.join("/") + e
  );
  const root = fc.constantFrom("p", "p/a", "q", "q/A/a", "/r");
  const roots = fc.uniqueArray(fc.tuple(root, fc.uniqueArray(path, { maxLength: 25 })), {
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(roots, (given) => {
      const seen = new Set<string>();
      const inputs = given.flatMap(([name, paths]) => inputsOf(name, paths))
        .filter(({ path }) => !seen.has(path) && seen.add(path));
      const outputs = planned(inputs).map((output) => output.normalize("NFC").toLowerCase());
      assert.equal(new Set(outputs).size, inputs.length, JSON.stringify(outputs.toSorted()));
      for (const output of outputs) assert.match(output, /^out\/.*\.ids\.png$/s);
    }),
    { numRuns: 2000 },
  );
});
