import assert from "node:assert/strict";
import { readAnnotations } from "../../../../datasets/coco/files/annotations.ts";
import { maskOf } from "../../../../datasets/coco/masks/segmentations.ts";
import { rleArea } from "../../../../datasets/coco/masks/rle.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { json, object, refuses, type TestTruth, text } from "../support.ts";

const truth = (): TestTruth => ({
  images: [{ id: 9, width: 20, height: 10, file_name: "nine.jpg" }, { id: 4, width: 8, height: 8 }],
  annotations: [object(1, 9, 3, [1, 2, 3, 4]), object(2, 4, 7, [0, 0, 5, 5], { iscrowd: 1 })],
  categories: [{ id: 7, name: "dog" }, { id: 3, name: "cat" }],
});

/** The file with one annotation changed. */
function withAnnotation(change: Record<string, unknown>): { name: string; bytes: Uint8Array } {
  const file = truth();
  file.annotations[0].segmentation = [[1, 1, 3, 1, 3, 3]];
  Object.assign(file.annotations[1], change);
  return json(file, "gt.json");
}

Deno.test("images and categories come by ascending id, annotations in file order", () => {
  const read = readAnnotations(json(truth()));
  assert.deepEqual(read.images, [
    { id: 4, width: 8, height: 8, fileName: "" },
    { id: 9, width: 20, height: 10, fileName: "nine.jpg" },
  ]);
  assert.deepEqual(read.categories, [{ id: 3, name: "cat" }, { id: 7, name: "dog" }]);
  assert.deepEqual([...read.image], [1, 0]);
  assert.deepEqual([...read.category], [0, 1]);
  assert.deepEqual([...read.box], [1, 2, 3, 4, 0, 0, 5, 5]);
  assert.deepEqual([...read.area], [12, 25]);
  assert.deepEqual([...read.crowd], [0, 1]);
  assert.deepEqual(read.warnings, []);
});

Deno.test("the order of the lists in the file and what else it holds do not matter", () => {
  const { images, annotations, categories } = truth();
  const file = {
    info: { year: 2017, tags: ["a", { b: null }] },
    categories,
    annotations,
    licenses: [],
    images,
  };
  const { name: _, ...first } = readAnnotations(json(truth()));
  const { name: __, ...second } = readAnnotations(json(file));
  assert.deepEqual(second, first);
});

Deno.test("a wrong annotation is named with its field", () => {
  for (
    const [change, pattern] of [
      [{ image_id: undefined }, /annotations\[1\]\.image_id is missing/],
      [{ category_id: null }, /annotations\[1\]\.category_id is null, not a number/],
      [{ category_id: 1.5 }, /annotations\[1\]\.category_id is 1\.5, neither a whole number nor a text/],
      [{ bbox: [] }, /annotations\[1\]\.bbox is an empty list, not \[x, y, width, height\]/],
      [{ bbox: null }, /annotations\[1\]\.bbox is null, not \[x, y, width, height\]/],
      [{ bbox: undefined }, /annotations\[1\]\.bbox is missing/],
      [{ bbox: [1, 2, 3] }, /annotations\[1\]\.bbox has 3 numbers, not 4/],
      [{ bbox: [1, 2, 3, "4px"] }, /annotations\[1\]\.bbox is the text "4px", not a number/],
      [{ bbox: { x: 1 } }, /annotations\[1\]\.bbox is an object, not \[x, y, width, height\]/],
      [{ bbox: [1, 2, -3, 4] }, /annotations\[1\]\.bbox has the negative size -3 × 4/],
      [{ iscrowd: "no" }, /annotations\[1\]\.iscrowd is the text "no", not a number/],
    ] as const
  ) {
    refuses(
      () => readAnnotations(withAnnotation(change)),
      pattern,
      /cannot read gt\.json/,
      /line 1, column \d+/,
    );
  }
});

Deno.test("a NaN in a box is named", () => {
  const file = JSON.stringify(truth()).replace('"bbox":[0,0,5,5]', '"bbox":[0,NaN,5,5]');
  refuses(() => readAnnotations(text(file)), /annotations\[1\]\.bbox is NaN/);
});

Deno.test("negative sizes are read when asked to do as pycocotools", () => {
  const read = readAnnotations(withAnnotation({ bbox: [1, 2, -3, 4] }), { pycocotoolsCompat: true });
  assert.equal(read.box[6], -3);
});

Deno.test("a missing iscrowd is 0, with a warning; pycocotools fails", () => {
  const read = readAnnotations(withAnnotation({ iscrowd: undefined }));
  assert.equal(read.crowd[1], 0);
  assert.match(read.warnings.join(), /1 annotation has no "iscrowd"/);
  const compat = () => readAnnotations(withAnnotation({ iscrowd: undefined }), { pycocotoolsCompat: true });
  refuses(compat, /annotations\[1\]\.iscrowd is missing/);
});

Deno.test("iscrowd may be true or false", () => {
  assert.equal(readAnnotations(withAnnotation({ iscrowd: false })).crowd[1], 0);
  assert.equal(readAnnotations(withAnnotation({ iscrowd: true })).crowd[1], 1);
});

Deno.test("repeated ids, the id 0 and unlisted images and categories are warned of", () => {
  const repeated = readAnnotations(withAnnotation({ id: 1 }));
  assert.equal(repeated.repeatedIds, 1);
  assert.match(repeated.warnings.join(), /1 annotation has an id that was used before/);
  assert.match(readAnnotations(withAnnotation({ id: 0 })).warnings.join(), /1 annotation has the id 0/);
  assert.deepEqual(readAnnotations(withAnnotation({ id: 0 }), { pycocotoolsCompat: true }).warnings, []);
  const unlisted = readAnnotations(withAnnotation({ image_id: 77, category_id: 78 }));
  assert.deepEqual([unlisted.image[1], unlisted.category[1]], [-1, -1]);
  assert.match(unlisted.warnings.join("\n"), /1 annotation is of an image that is not in "images"/);
  assert.match(unlisted.warnings.join("\n"), /1 annotation is of a category that is not in "categories"/);
});

Deno.test("of categories with one id the last counts", () => {
  const file = truth();
  const [category] = file.categories;
  file.categories.push({ ...category, name: "again" });
  const read = readAnnotations(json(file));
  assert.equal(read.categories.find(({ id }) => id === category.id)!.name, "again");
  assert.match(read.warnings.join(), /1 category has an id that was used before; the last counts/);
});

Deno.test("of images with one id the last counts", () => {
  const file = truth();
  file.images.push({ id: 4, width: 99, height: 98 });
  const read = readAnnotations(json(file));
  assert.deepEqual(read.images.map(({ id, width }) => [id, width]), [[4, 99], [9, 20]]);
  assert.match(read.warnings.join(), /1 image has an id that was used before/);
});

Deno.test("a result file given as annotations is recognised", () => {
  const results = json([{ image_id: 1, category_id: 1, bbox: [1, 2, 3, 4], score: 0.5 }], "results.json");
  refuses(
    () => readAnnotations(results),
    /cannot read results\.json: it is a list, as detection results are/,
  );
});

Deno.test("a file without one of the lists says which", () => {
  for (const list of ["images", "annotations", "categories"]) {
    const { [list]: _, ...file } = truth() as unknown as Record<string, unknown>;
    refuses(
      () => readAnnotations(json(file, "gt.json")),
      new RegExp(`cannot read gt.json: it has no "${list}"`),
    );
  }
  refuses(() => readAnnotations(json({ images: {} })), /images is an object, not a list/);
  refuses(() => readAnnotations(json(3)), /the file is a number, not an object/);
});

Deno.test("a missing file, a folder and an empty file are one clear error", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/empty.json`, "");
    refuses(() => readAnnotations(`${folder}/none.json`), /cannot read .*none\.json: no such file or folder/);
    refuses(() => readAnnotations(folder), /cannot read .*: it is a folder/);
    refuses(() => readAnnotations(`${folder}/empty.json`), /cannot read .*empty\.json: the file is empty/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("masks are read in all their forms", () => {
  const file = truth();
  const forms: [unknown, number][] = [
    [[[1, 1, 3, 1, 3, 3, 1, 3]], 4],
    [[[1, 1, 3, 1, 3, 3, 1, 3], [4, 4, 6, 4, 6, 6, 4, 6]], 8],
    [[[1, 1, 3, 1, 3, 3, 1], [4, 4, 6, 4, 6, 6, 4, 6]], 5],
    [[[1, 1], [1, 1, 2, 2], [1, 1, 3, 1, 3, 3, 1, 3], []], 4],
    [{ size: [8, 8], counts: [9, 3, 52] }, 3],
    [{ counts: "93d1", size: [8, 8] }, 3],
  ];
  file.annotations = forms.map(([segmentation], i) => object(i + 1, 4, 3, [0, 0, 1, 1], { segmentation }));
  const read = readAnnotations(json(file), { masks: true });
  forms.forEach(([form, area], row) => {
    const mask = maskOf(read.segmentations!, row, read.images[read.image[row]])!;
    assert.equal(rleArea(mask.counts), area, JSON.stringify(form));
    assert.deepEqual([mask.height, mask.width], [8, 8]);
  });
});

Deno.test("a wrong mask is named", () => {
  for (
    const [segmentation, pattern] of [
      ["abc", /annotations\[1\]\.segmentation is the text "abc", not polygons or run lengths/],
      [[1, 2, 3, 4, 5, 6], /annotations\[1\]\.segmentation is not a list of polygons/],
      [[[1, 2, 3, 4, 5, 1e9]], /annotations\[1\]\.segmentation has a corner at 1000000000/],
      [{ counts: [64] }, /annotations\[1\]\.segmentation\.size is missing/],
      [{ size: [8, 8] }, /annotations\[1\]\.segmentation\.counts is missing/],
      [{ size: [8], counts: [64] }, /annotations\[1\]\.segmentation\.size is not \[height, width\]/],
      [{ size: [-1, 8], counts: [0] }, /annotations\[1\]\.segmentation\.size is -1 pixels/],
      [
        { size: [1e5, 1e5], counts: [1e10] },
        /annotations\[1\]\.segmentation\.size of 100000×100000 pixels is too large/,
      ],
      [{ size: [8, 8], counts: [9, 3] }, /counts adds up to 12 pixels, but the size is 8×8/],
      [{ size: [8, 8], counts: [70, -6] }, /counts has a run of -6/],
      [{ size: [8, 8], counts: "~~" }, /counts is not valid compressed run lengths/],
      [{ size: [8, 8], counts: null }, /counts is null, not run lengths/],
    ] as const
  ) {
    refuses(() => readAnnotations(withAnnotation({ segmentation }), { masks: true }), pattern);
  }
});

Deno.test("polygons need the size of their image", () => {
  const file = truth();
  file.images[1] = { id: 4 };
  file.annotations = [object(1, 4, 3, [0, 0, 1, 1], { segmentation: [[1, 1, 3, 1, 3, 3]] })];
  refuses(
    () => readAnnotations(json(file), { masks: true }),
    /the image of id 4 has polygons but its size is 0×0/,
  );
});

testWithShared("data/coco-mini", "the annotations of COCO 2017 read", () => {
  for (const [split, images, annotations] of [["val2017", 79, 624], ["train2017", 80, 739]] as const) {
    const read = readAnnotations(shared(`data/coco-mini/instances_${split}.json`), { masks: true });
    assert.equal(read.images.length, images);
    assert.equal(read.length, annotations);
    assert.equal(read.categories.length, 80);
    assert.deepEqual(read.warnings, []);
    assert.ok(read.crowd.includes(1));
    assert.ok(read.images.every(({ fileName }) => /^\d{12}\.jpg$/.test(fileName)));
  }
});
