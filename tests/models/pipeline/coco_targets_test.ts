import assert from "node:assert/strict";
import { InputFile } from "../../../core/files/input_file.ts";
import { cocoTargets } from "../../../models/pipeline/coco_targets.ts";

const CLASSES = [{ name: "person", categoryId: 1 }, { name: "car", categoryId: 3 }];
const DETECTOR = { name: "detector", classes: CLASSES };

function input(path: string): InputFile {
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, Math.max(0, slash));
  return new InputFile({ path: folder, root: folder, relative: "" }, path.slice(slash + 1));
}

/** Calls `use` with the path of an annotations file. */
function withAnnotations(images: object[], categories: object[], use: (path: string) => void): void {
  const path = Deno.makeTempFileSync({ suffix: ".json" });
  try {
    Deno.writeTextFileSync(path, JSON.stringify({ images, annotations: [], categories }));
    use(path);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("categories are those of the annotations file, by name", () => {
  const categories = [{ id: 40, name: "Car" }, { id: 41, name: "tree" }];
  withAnnotations([{ id: 7, file_name: "images\\x.jpg" }], categories, (path) => {
    const x = input("in/x.jpg");
    const { imageIds, categoryIds, warnings } = cocoTargets([x], DETECTOR, path);
    assert.equal(imageIds.get(x), 7);
    assert.deepEqual(categoryIds, [undefined, 40]);
    assert.match(
      warnings.join("\n"),
      /no category for person; their objects are left out\n.*does not know tree/,
    );
  });
});

Deno.test("a file without categories, as of a test set, leaves the model's", () => {
  withAnnotations([{ id: 7, file_name: "x.jpg" }], [], (path) => {
    assert.deepEqual(cocoTargets([input("x.jpg")], DETECTOR, path).categoryIds, [1, 3]);
  });
});

Deno.test("images of one name are told apart by their folders, or refused by name", () => {
  const images = [{ id: 1, file_name: "a/frame.jpg" }, { id: 2, file_name: "b/frame.jpg" }];
  withAnnotations(images, [{ id: 1, name: "car" }], (path) => {
    const [a, b, c] = ["img/a/frame.jpg", "img/b/frame.jpg", "img/c/frame.jpg"].map(input);
    const { imageIds } = cocoTargets([b, a], DETECTOR, path);
    assert.deepEqual([a, b].map((file) => imageIds.get(file)), [1, 2]);
    assert.throws(() => cocoTargets([c], DETECTOR, path), /could be a\/frame\.jpg or b\/frame\.jpg/);
    assert.throws(() => cocoTargets([input("z.jpg")], DETECTOR, path), /lists no image named z\.jpg/);
  });
});

Deno.test("names that are numbers of any size are exact ids", () => {
  const names = ["00042", "COCO_val2014_000000397133", "9007199254740993", "99999999999999999999"];
  const files = names.map((name) => input(`${name}.jpg`));
  const { imageIds } = cocoTargets(files, DETECTOR, undefined);
  assert.deepEqual(files.map((file) => imageIds.get(file)), [
    42,
    397133,
    9007199254740993n,
    99999999999999999999n,
  ]);
  for (const name of ["a1", "1".repeat(101), "1.5", "-1", ""]) {
    assert.throws(
      () => cocoTargets([input(`${name}.jpg`)], DETECTOR, undefined),
      /is not a number of at most 100/,
    );
  }
});

Deno.test("two images never share an id", () => {
  const files = ["a/0001.jpg", "b/1.jpg"].map(input);
  assert.throws(() => cocoTargets(files, DETECTOR, undefined), {
    message: /^a\/0001\.jpg and b\/1\.jpg would both be COCO image 1/,
    exitStatus: 2,
  });
  assert.equal(cocoTargets([files[0]], DETECTOR, undefined).imageIds.get(files[0]), 1);
});
