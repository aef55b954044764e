import assert from "node:assert/strict";
import { readAnnotations } from "../../../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../../../datasets/coco/files/detections.ts";
import { evaluateCoco, evaluationWarnings } from "../../../../datasets/coco/evaluate.ts";
import { cocoParams } from "../../../../datasets/coco/params.ts";
import { summarize } from "../../../../datasets/coco/summarize.ts";
import { json, object, refuses, type TestDetection, text } from "../support.ts";

const file = {
  images: [{ id: 9, width: 20, height: 10 }, { id: 4, width: 8, height: 8 }],
  annotations: [object(1, 9, 3, [1, 2, 3, 4])],
  categories: [{ id: 7, name: "dog" }, { id: 3, name: "cat" }],
};
const truth = readAnnotations(json(file, "gt.json"));
const good: TestDetection = { image_id: 9, category_id: 3, bbox: [1, 2, 3, 4], score: 0.9 };

Deno.test("detections read in file order, with indices of images and categories", () => {
  const read = readDetections(
    json([good, { score: 0.25, bbox: [0, 0, 2.5, 2], category_id: 7, image_id: 4 }]),
    truth,
  );
  assert.equal(read.length, 2);
  assert.deepEqual([...read.image], [1, 0]);
  assert.deepEqual([...read.category], [0, 1]);
  assert.deepEqual([...read.box], [1, 2, 3, 4, 0, 0, 2.5, 2]);
  assert.deepEqual([...read.area], [12, 5]);
  assert.deepEqual([...read.score], [0.9, 0.25]);
  assert.equal(read.segmentations, undefined);
});

Deno.test("many detections read, more than the first estimate makes room for", () => {
  // Long entries first, so that the estimate is far too low.
  const entries = Array.from(
    { length: 5000 },
    (_, i) => ({ ...good, score: i / 5000, note: "x".repeat(i < 300 ? 900 : 0) }),
  );
  const read = readDetections(json(entries), truth);
  assert.equal(read.length, 5000);
  assert.deepEqual([...read.score], entries.map(({ score }) => score));
});

Deno.test("a wrong detection is named with its field", () => {
  for (
    const [change, pattern] of [
      [{ image_id: undefined }, /detections\[1\]\.image_id is missing/],
      [{ image_id: 5 }, /detections\[1\]\.image_id is 5, and no image of gt\.json has this id/],
      [
        { image_id: "9" },
        /image_id is "9", and no image of gt\.json has this id \(there the id is the number 9\)/,
      ],
      [{ category_id: undefined }, /detections\[1\]\.category_id is missing/],
      [{ category_id: 8 }, /detections\[1\]\.category_id is 8, and no category of gt\.json has this id/],
      [{ score: undefined }, /detections\[1\]\.score is missing/],
      [{ score: null }, /detections\[1\]\.score is null, not a number/],
      [{ bbox: undefined }, /detections\[1\]\.bbox is missing/],
      [{ bbox: [1, 2, 3] }, /detections\[1\]\.bbox has 3 numbers, not 4/],
      [{ bbox: [1, 2, 3, 4, 5] }, /detections\[1\]\.bbox has 5 numbers, not 4/],
      [{ bbox: "1 2 3 4" }, /detections\[1\]\.bbox is the text "1 2 3 4"/],
      [{ bbox: [1, 2, 3, -4] }, /detections\[1\]\.bbox has the negative size 3 × -4/],
    ] as const
  ) {
    const run = () => readDetections(json([good, { ...good, ...change }], "dt.json"), truth);
    refuses(run, pattern, /cannot read dt\.json/, /line 1, column \d+/);
  }
});

Deno.test("NaN and Infinity, which Python writes, are named", () => {
  const content = JSON.stringify([good]);
  refuses(() => readDetections(text(content.replace("0.9", "NaN")), truth), /detections\[0\]\.score is NaN/);
  refuses(
    () => readDetections(text(content.replace("[1,2", "[1,-Infinity")), truth),
    /detections\[0\]\.bbox is infinite/,
  );
});

Deno.test("an annotation file given as detections is recognised", () => {
  refuses(
    () => readDetections(json(file, "gt.json"), truth),
    /cannot read gt\.json: it is an annotation file/,
  );
  refuses(
    () => readDetections(json({ results: [good] }), truth),
    /it is an object, not a list of detections/,
  );
  refuses(
    () => readDetections(json(file.annotations), truth),
    /score is missing, and annotations without scores/,
  );
});

Deno.test("what is given as detections is named: one of them, JSON Lines, a text, no JSON", () => {
  const one = JSON.stringify(good);
  const refusesText = (content: string, pattern: RegExp) =>
    refuses(() => readDetections(text(content, "dt.json"), truth), pattern);
  refusesText(one, /it is one detection, not a list of detections/);
  refusesText(`${one}\n${one}\n`, /it is one detection after another \(JSON Lines\), not a list/);
  refusesText(JSON.stringify(`[${one}]`), /it is a text, not a list of detections/);
  refusesText("null", /the file is null, not a list of detections/);
  refusesText("<html>", /not valid JSON: found "<" instead of a list of detections/);
  refusesText(`[${one},]`, /not valid JSON: a comma before the end of the list detections/);
  refusesText(`[${one.replace("0.9", "+0.9")}]`, /not valid JSON: found "\+" instead of the number score/);
  refusesText(`[${one.replace("0.9", ".9")}]`, /not valid JSON: found "\." instead of the number score/);
});

Deno.test("ids that no image or category has are refused with what they probably are", () => {
  const truthOf = (change: object) => readAnnotations(json({ ...file, ...change }, "gt.json"));
  const refusesId = (change: object, pattern: RegExp, against = truth) =>
    refuses(() => readDetections(json([{ ...good, ...change }]), against), pattern);
  const category = (id: number, name = `class ${id}`) => ({ id, name });
  const from1 = truthOf({ categories: [1, 2, 3].map((id) => category(id)) });
  const from0 = truthOf({ categories: [0, 1, 2].map((id) => category(id)) });
  const gaps = truthOf({ categories: [1, 2, 5].map((id) => category(id)) });
  refusesId({ category_id: 0 }, /its ids begin at 1, so those of the results probably count from 0/, from1);
  refusesId({ category_id: 3 }, /its ids begin at 0, so those of the results probably count from 1/, from0);
  refusesId({ category_id: 3 }, /its 3 ids go up to 5 with gaps, so .* probably count without any/, gaps);
  refusesId({ category_id: 9 }, /no category of gt\.json has this id \(byte/, from1);
  refusesId({ category_id: "class 2" }, /category 2 has that name, and its id is needed/, from1);
  const named = truthOf({ images: [{ id: 7, width: 10, height: 10, file_name: "val/000042.jpg" }] });
  for (const id of [42, "000042", "val/000042.jpg", "42.png"]) {
    refusesId({ image_id: id }, /image 7 has the file "val\/000042\.jpg", and its id is needed/, named);
  }
  refusesId({}, /and gt\.json lists no images/, truthOf({ images: [] }));
  refusesId({ category_id: 7 }, /and gt\.json lists no categories/, truthOf({ categories: [] }));
});

Deno.test("results without boxes and masks are refused", () => {
  refuses(
    () => readDetections(json([{ ...good, bbox: undefined, keypoints: [1, 2, 2] }]), truth),
    /detections\[0\]\.bbox is missing, and so is "segmentation"/,
  );
  refuses(
    () => readDetections(json([{ ...good, bbox: { x: 1, y: 2, w: 3, h: 4 } }]), truth),
    /detections\[0\]\.bbox is an object, not \[x, y, width, height\]/,
  );
});

Deno.test("a truncated file says where it ends", () => {
  const content = JSON.stringify([good, good, good], null, 1);
  const cut = content.slice(0, content.lastIndexOf("score"));
  refuses(
    () => readDetections(text(cut, "dt.json"), truth),
    /dt\.json: the file ends in detections\[2\]/,
    /byte 283, line 33, column 4/,
  );
  refuses(() => readDetections(text("", "dt.json"), truth), /dt\.json: the file is empty/);
});

Deno.test("no detections are 0 with a warning; pycocotools fails", () => {
  const none = readDetections(json([], "dt.json"), truth);
  assert.deepEqual(none.warnings, ["dt.json: there are no detections in it"]);
  assert.equal(summarize(evaluateCoco(truth, none)).AP, 0);
  refuses(
    () => readDetections(json([], "dt.json"), truth, { pycocotoolsCompat: true }),
    /there are no detections/,
  );
});

Deno.test("as pycocotools, unknown categories are dropped and negative sizes read", () => {
  const entries = [good, { ...good, category_id: 8 }, { ...good, bbox: [1, 2, -3, 4] }];
  const read = readDetections(json(entries, "dt.json"), truth, { pycocotoolsCompat: true });
  assert.deepEqual([...read.category], [0, -1, 0]);
  assert.match(read.warnings.join(), /dt\.json: 1 detection .* dropped/);
});

Deno.test("without boxes, area and box are those of the mask", () => {
  const masks = [
    { size: [8, 8], counts: "93d1" },
    { size: [8, 8], counts: [9, 3, 52] },
    [[1, 1, 2, 1, 2, 4, 1, 4]],
  ];
  const entries = masks.map((segmentation) => ({ image_id: 4, category_id: 3, score: 0.5, segmentation }));
  for (const options of [{}, { masks: true }]) {
    const read = readDetections(json(entries), truth, options);
    assert.deepEqual([...read.area], [3, 3, 3]);
    assert.deepEqual([...read.box], [1, 1, 1, 3, 1, 1, 1, 3, 1, 1, 1, 3]);
    assert.equal(read.segmentations !== undefined, options.masks === true);
  }
  for (const [i, refused] of [[0, false], [1, true], [2, true]] as const) {
    const run = () => readDetections(json([entries[i]]), truth, { pycocotoolsCompat: true });
    if (refused) refuses(run, /is not compressed run lengths, and there is no bbox/);
    else run();
  }
  const late = [entries[0], { ...entries[0], segmentation: undefined }];
  refuses(() => readDetections(json(late), truth), /detections\[1\]\.segmentation is missing/);
});

Deno.test("with boxes, area is that of the box even if there are masks", () => {
  const entries = [{ ...good, segmentation: { size: [10, 20], counts: [200] } }];
  assert.deepEqual([...readDetections(json(entries), truth, { masks: true }).area], [12]);
});

Deno.test("masks of boxes need the size of their image", () => {
  const sizeless = readAnnotations(json({ ...file, images: [{ id: 9 }, { id: 4 }] }, "gt.json"));
  refuses(
    () => readDetections(json([good], "dt.json"), sizeless, { masks: true }),
    /cannot compare the masks of dt\.json: gt\.json gives the size of image 9 as 0×0/,
  );
});

Deno.test("what the user should know of an evaluation is said", () => {
  const none = readDetections(json([], "dt.json"), truth);
  const warnings = evaluationWarnings(truth, none, cocoParams({ maxDetections: [1, 10, 300] }));
  assert.equal(warnings.length, 2);
  assert.match(warnings[1], /the limits of detections are 1, 10, 300: AP is at 300/);
});

Deno.test("masks are not compared where the annotations were read without them", () => {
  const found = readDetections(json([good]), truth);
  refuses(
    () => evaluateCoco(truth, found, cocoParams({ iouType: "segm" })),
    /gt\.json was read without its masks/,
  );
});

Deno.test("images and categories that the annotations do not list cannot be evaluated", () => {
  const found = readDetections(json([good]), truth);
  refuses(
    () => evaluateCoco(truth, found, cocoParams({ imageIds: [9, 5] })),
    /cannot evaluate image 5: gt\.json/,
  );
  refuses(
    () => evaluateCoco(truth, found, cocoParams({ categoryIds: [8] })),
    /cannot evaluate category 8: gt\.json/,
  );
});
