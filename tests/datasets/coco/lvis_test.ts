import assert from "node:assert/strict";
import { annotationsDigest } from "../../../datasets/coco/files/annotations_digest.ts";
import { readAnnotations } from "../../../datasets/coco/files/annotations.ts";
import { CocoMetric } from "../../../datasets/coco/coco_metric.ts";
import { readDetections } from "../../../datasets/coco/files/detections.ts";
import { evaluateCoco, evaluationWarnings } from "../../../datasets/coco/evaluate.ts";
import { type CocoParams, cocoParams } from "../../../datasets/coco/params.ts";
import { statisticNames, summarize } from "../../../datasets/coco/summarize.ts";
import { json, object, refuses } from "./support.ts";

// deno-lint-ignore no-explicit-any -- the tests break values of any shape
type Json = any;

/** A cat; dogs are known to be absent, horses were not looked for. */
function pets(): { truth: Json; found: Json[] } {
  return {
    truth: {
      images: [
        { id: 1, width: 640, height: 480, neg_category_ids: [2], not_exhaustive_category_ids: [] },
        { id: 2, width: 640, height: 480, neg_category_ids: [1], not_exhaustive_category_ids: [2] },
      ],
      annotations: [object(1, 1, 1, [0, 0, 40, 40]), object(2, 2, 2, [0, 0, 40, 40])].map((
        { iscrowd: _, ...one },
      ) => one),
      categories: [
        { id: 1, name: "cat", frequency: "f" },
        { id: 2, name: "dog", frequency: "r" },
        { id: 3, name: "horse", frequency: "c" },
      ],
    },
    found: [
      { image_id: 1, category_id: 1, bbox: [0, 0, 40, 40], score: 0.5 },
      { image_id: 2, category_id: 2, bbox: [0, 0, 40, 40], score: 0.5 },
    ],
  };
}

function evaluate({ truth, found }: ReturnType<typeof pets>, options: Partial<CocoParams> = {}) {
  const params = cocoParams({ lvis: true, ...options });
  const reading = { lvis: params.lvis, pycocotoolsCompat: params.pycocotoolsCompat };
  const annotations = readAnnotations(json(truth, "gt.json"), reading);
  const detections = readDetections(json(found, "dt.json"), annotations, reading);
  const result = evaluateCoco(annotations, detections, params);
  return {
    annotations,
    detections,
    params,
    result,
    statistics: summarize(result),
    warnings: evaluationWarnings(annotations, detections, params),
  };
}

function after(change: (set: ReturnType<typeof pets>) => void, options?: Partial<CocoParams>) {
  const set = pets();
  change(set);
  return evaluate(set, options);
}

const near = (value: number, expected: number) => assert.ok(Math.abs(value - expected) < 1e-9, `${value}`);

/** A detection that is wrong wherever it counts, above all others. */
const wrong = (image_id: number, category_id: number) => ({
  image_id,
  category_id,
  bbox: [300, 300, 40, 40],
  score: 0.9,
});

Deno.test("LVIS has thirteen numbers, three of them by how frequent classes are", () => {
  const { params, statistics, warnings } = evaluate(pets());
  assert.deepEqual(
    statisticNames(params).join(" "),
    "AP AP50 AP75 APsmall APmedium APlarge APr APc APf AR300 ARsmall ARmedium ARlarge",
  );
  assert.ok(statistics.APf > 0.999 && statistics.APr > 0.999);
  assert.equal(statistics.APc, -1);
  assert.deepEqual(warnings.filter((warning) => !/score/.test(warning)), []);
});

Deno.test("a detection counts only of classes that are known to be there or not to be", () => {
  // Of dogs in image 1 it is known that there are none.
  near(after(({ found }) => found.push(wrong(1, 2))).statistics.APr, 0.5);
  // Of horses nothing is known, and of cats in image 1 all are annotated.
  assert.equal(after(({ found }) => found.push(wrong(1, 3))).result.detections, 2);
  near(after(({ found }) => found.push(wrong(1, 1))).statistics.APf, 0.5);
});

Deno.test("a detection of a class that is not annotated exhaustively is right or nothing", () => {
  assert.ok(after(({ found }) => found.push(wrong(2, 2))).statistics.APr > 0.999);
});

Deno.test("300 detections of an image count, of all classes together", () => {
  const crowd = (count: number) => ({ found }: { found: Json[] }) => {
    for (let i = 0; i < count; i++) found.push({ ...wrong(1, 1 + i % 3), score: 0.6 });
  };
  near(after(crowd(299)).statistics.AR300, 1);
  near(after(crowd(300)).statistics.AR300, 0.5);
  // Equal scores are taken in the order of the file.
  const equal = ({ found }: { found: Json[] }) => {
    for (let i = 0; i < 300; i++) found.push({ ...wrong(1, 3), score: 0.5 });
  };
  near(after(equal).statistics.AR300, 1);
  near(after(crowd(9), { maxDetections: [9] }).statistics.AR9, 0.5);
  assert.match(after(crowd(9), { maxDetections: [9] }).warnings.join(), /the limits of detections are 9/);
});

Deno.test("ignore is honoured and iscrowd is not looked at, as in lvis-api", () => {
  const ignored = after(({ truth, found }) => {
    truth.annotations[0].ignore = 1;
    truth.annotations.push({ ...object(3, 1, 1, [100, 100, 40, 40]), iscrowd: 1 });
    found.push({ image_id: 1, category_id: 1, bbox: [100, 100, 40, 40], score: 0.4 });
  });
  assert.equal(ignored.result.positives[0], 1);
  assert.ok(ignored.statistics.AP > 0.999);
});

Deno.test("files that are not of LVIS are refused, and missing lists are said", () => {
  const without = ({ truth }: { truth: Json }) =>
    truth.images.forEach((image: Json) => {
      delete image.neg_category_ids;
      delete image.not_exhaustive_category_ids;
    });
  refuses(() => after(without), /not an LVIS file/);
  const one = ({ truth }: { truth: Json }) => truth.images[0] = { id: 1 };
  assert.match(after(one).warnings.join(), /1 image has no list of absent classes/);
  refuses(() => after(one, { pycocotoolsCompat: true }), /images\[0\]\.neg_category_ids is missing/);
  refuses(() => after(({ truth }) => truth.categories[0].frequency = "x"), /categories\[0\]\.frequency/);
  refuses(() => after(({ truth }) => truth.images[0].neg_category_ids = 5), /images\[0\]/);
  const { annotations, detections } = evaluate(pets(), { lvis: false });
  refuses(
    () => evaluateCoco(annotations, detections, cocoParams({ lvis: true })),
    /gt\.json was read without its lists/,
  );
});

Deno.test("LVIS has one limit, boxes or masks, and names of its own", () => {
  refuses(() => cocoParams({ lvis: true, maxDetections: [1, 10] }), /one limit of detections/);
  refuses(() => cocoParams({ lvis: true, iouType: "keypoints" }), /no keypoints/);
  refuses(() => cocoParams({ lvis: true, areaRanges: [{ label: "r", min: 0, max: 1 }] }), /"r"/);
});

Deno.test("states of LVIS evaluations keep the frequencies, and the digest knows the lists", async () => {
  const { annotations, detections, params, statistics } = evaluate(pets());
  const metric = new CocoMetric(annotations, params);
  metric.addDetections(detections);
  const restored = CocoMetric.fromJSON(JSON.parse(JSON.stringify(metric)), "state.json");
  assert.deepEqual(summarize(restored.result()), statistics);
  const other = after(({ truth }) => truth.images[0].neg_category_ids = []).annotations;
  assert.notEqual(await annotationsDigest(annotations), await annotationsDigest(other));
});
