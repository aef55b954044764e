import assert from "node:assert/strict";
import { readAnnotations } from "../../../../datasets/coco/files/annotations.ts";
import { compareDetections } from "../../../../datasets/coco/analysis/bootstrap.ts";
import { confusionMatrix } from "../../../../datasets/coco/analysis/confusion.ts";
import { readDetections } from "../../../../datasets/coco/files/detections.ts";
import { analyseErrors, ERROR_TYPES } from "../../../../datasets/coco/analysis/error_types.ts";
import { evaluateCoco } from "../../../../datasets/coco/evaluate.ts";
import { cocoParams } from "../../../../datasets/coco/params.ts";
import { summarize } from "../../../../datasets/coco/summarize.ts";
import { worstImages } from "../../../../datasets/coco/analysis/analyse_detections.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { json, object, readBoth, type TestDetection } from "../support.ts";

const CAT = 1, DOG = 2;
const box = (x: number, width = 40): [number, number, number, number] => [x, 0, width, 40];

/** One error of each type, in an image with room for all. */
const files = {
  truth: {
    images: [{ id: 1, width: 2000, height: 50 }, { id: 2, width: 50, height: 50 }],
    annotations: [
      object(1, 1, CAT, box(0)),
      object(2, 1, CAT, box(100)),
      object(3, 1, DOG, box(200)),
      object(4, 1, DOG, box(300)),
      object(5, 1, CAT, box(400)),
      object(6, 2, CAT, box(0)),
      object(7, 1, CAT, box(1000, 400), { iscrowd: 1 }),
    ],
    categories: [{ id: CAT, name: "cat" }, { id: DOG, name: "dog" }],
  },
  detections: [
    { image_id: 1, category_id: CAT, bbox: box(0), score: 0.9 }, // right
    { image_id: 1, category_id: CAT, bbox: box(1), score: 0.8 }, // duplicate
    { image_id: 1, category_id: CAT, bbox: box(120), score: 0.7 }, // badly placed, IoU 1/3
    { image_id: 1, category_id: CAT, bbox: box(201), score: 0.6 }, // a dog
    { image_id: 1, category_id: CAT, bbox: box(320), score: 0.5 }, // a dog, and badly placed
    { image_id: 1, category_id: DOG, bbox: box(700), score: 0.4 }, // nothing
    { image_id: 1, category_id: CAT, bbox: box(1100), score: 0.3 }, // in a crowd
  ] satisfies TestDetection[],
};
const { truth, detections } = readBoth(files.truth, files.detections);

Deno.test("each wrong detection has the type that TIDE gives it", () => {
  const analysis = analyseErrors(truth, detections);
  const types = Array.from(analysis.detectionError, (code) => code === 0 ? "none" : ERROR_TYPES[code - 1]);
  assert.deepEqual(types, [
    "none",
    "duplicate",
    "localisation",
    "classification",
    "both",
    "background",
    // Excused by a crowd; TIDE's counts have it all the same.
    "none",
  ]);
  assert.deepEqual([...analysis.unfound], [0, 1, 1, 1, 1, 1, 0]);
  const counts = Object.fromEntries(ERROR_TYPES.map((type) => [type, analysis.errors[type].count]));
  assert.deepEqual(counts, {
    classification: 1,
    localisation: 1,
    both: 1,
    duplicate: 1,
    background: 2,
    missed: 3,
  });
  assert.deepEqual([...analysis.counts.missed], [2, 1]);
  assert.deepEqual([...analysis.counts.background], [1, 1]);
});

Deno.test("mending an error gains what it costs", () => {
  const { ap, errors, falsePositives, falseNegatives } = analyseErrors(truth, detections);
  // One of four cats and no dog: precision 1 at the first 25 of 101 recalls.
  assert.ok(Math.abs(ap - 26 / 101 / 2) < 1e-12);
  for (const type of ERROR_TYPES) assert.ok(errors[type].deltaAp >= 0);
  assert.ok(
    errors.localisation.deltaAp > 0 && errors.classification.deltaAp > 0 && errors.missed.deltaAp > 0,
  );
  assert.equal(falsePositives, 0);
  assert.ok(falseNegatives > 0.3);
});

Deno.test("the limit and the thresholds can be chosen", () => {
  assert.equal(analyseErrors(truth, detections, undefined, { maxDetections: 1 }).errors.duplicate.count, 0);
  assert.equal(analyseErrors(truth, detections, undefined, { foreground: 0.3 }).errors.localisation.count, 0);
});

/** From tidecv 1.0.1; scores made unlike one another, since ties are broken by the order of the images. */
const TIDE = {
  bbox: {
    ap: 69.70827357310577,
    errors: [[15.572502624814788, 74], [0.24988213107025103, 1], [0, 0], [0.020599225914494923, 1], [0, 0], [
      10.561357418251859,
      106,
    ]],
    special: [7.406295026611346, 19.305552355722796],
  },
  segm: {
    ap: 56.24090164569412,
    errors: [[12.62390664184342, 69], [12.59504992843054, 82], [0.35071058126222, 5], [0, 0], [
      0.2966163963335191,
      4,
    ], [
      9.51840656747406,
      116,
    ]],
    special: [9.402662710741538, 25.884320571051745],
  },
};

for (const iouType of ["bbox", "segm"] as const) {
  testWithShared("data/coco-demo", `errors of the official demo are those of tidecv (${iouType})`, () => {
    const options = { masks: iouType === "segm" };
    const truth = readAnnotations(shared("data/coco-demo/instances_val2014_100.json"), options);
    const present = new Set(Array.from(truth.category, (index) => truth.categories[index].id));
    const path = shared(`data/coco-demo/instances_val2014_fake${iouType}100_results.json`);
    const results = (JSON.parse(Deno.readTextFileSync(path)) as TestDetection[])
      .filter(({ category_id }) => present.has(category_id))
      .map((one, i) => ({ ...one, score: Math.round(one.score * 1000) / 1000 - i * 1e-7 }));
    const analysis = analyseErrors(
      truth,
      readDetections(json(results), truth, options),
      cocoParams({ iouType }),
    );
    const near = (value: number, expected: number) =>
      assert.ok(Math.abs(100 * value - expected) < 1e-9, `${value}`);
    near(analysis.ap, TIDE[iouType].ap);
    ERROR_TYPES.forEach((type, i) => {
      near(analysis.errors[type].deltaAp, TIDE[iouType].errors[i][0]);
      assert.equal(analysis.errors[type].count, TIDE[iouType].errors[i][1], type);
    });
    near(analysis.falsePositives, TIDE[iouType].special[0]);
    near(analysis.falseNegatives, TIDE[iouType].special[1]);
  });
}

Deno.test("the images with the most errors come first, with what is to be drawn", () => {
  const worst = worstImages(truth, detections, analyseErrors(truth, detections), 5, 0.35);
  assert.deepEqual(worst.map(({ image, errors }) => [image.id, errors]), [[1, 9], [2, 1]]);
  assert.deepEqual(worst[0].detections, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(worst[0].annotations, [0, 1, 2, 3, 4, 6]);
  assert.deepEqual(worst[1].annotations, [5]);
  assert.equal(worstImages(truth, detections, analyseErrors(truth, detections), 1).length, 1);
});

Deno.test("the confusion matrix pairs by overlap, whatever the categories", () => {
  const { categories, counts } = confusionMatrix(truth, detections, undefined, { score: 0.1 });
  assert.deepEqual(categories.map(({ name }) => name), ["cat", "dog"]);
  // Rows: cat, dog, background; columns: cat, dog, nothing.
  assert.deepEqual([...counts], [
    ...[1, 0, 3],
    ...[1, 0, 1],
    ...[3, 1, 0],
  ]);
  const confident = confusionMatrix(truth, detections, undefined, { score: 0.65, iou: 0.3 });
  assert.deepEqual([...confident.counts], [...[2, 0, 2], ...[0, 0, 2], ...[1, 0, 0]]);
});

/** Fifty images with one object each, and results that find the first `found` of them. */
function finding(found: number) {
  const images = Array.from({ length: 50 }, (_, i) => ({ id: i + 1 }));
  return readBoth(
    {
      images,
      annotations: images.map(({ id }) => object(id, id, CAT, box(0))),
      categories: [{ id: CAT, name: "cat" }],
    },
    images.slice(0, found).map(({ id }) => ({
      image_id: id,
      category_id: CAT,
      bbox: box(0),
      score: 0.5 + id / 1000,
    })),
  );
}

Deno.test("a bootstrap of equal results finds no difference", async () => {
  const { AP } = await compareDetections(truth, detections, detections, undefined, { samples: 50 });
  assert.deepEqual([AP.difference, AP.low, AP.high, AP.secondBetter], [0, 0, 0, 0.5]);
});

Deno.test("a bootstrap finds a difference, and its interval holds it", async () => {
  const { truth, detections: worse } = finding(20);
  const better = finding(35).detections;
  const { AP, AP50 } = await compareDetections(truth, worse, better, undefined, { samples: 400 });
  const own = (one: typeof worse) => summarize(evaluateCoco(truth, one)).AP;
  assert.ok(Math.abs(AP.first - own(worse)) < 1e-12 && Math.abs(AP.second - own(better)) < 1e-12);
  assert.equal(AP.secondBetter, 1);
  assert.ok(AP.low < AP.difference && AP.difference < AP.high);
  // Recall is the share of 50 images: the difference of 0.3 has a standard error of 0.065.
  assert.ok(Math.abs(AP.high - AP.low - 2 * 1.96 * 0.065) < 0.06, `${AP.low} to ${AP.high}`);
  assert.equal(AP50.samples.length, 400);
});

Deno.test("the same seed gives the same interval, and progress is told", async () => {
  const told: number[] = [];
  const run = (seed: number) =>
    compareDetections(truth, detections, finding(0).detections, undefined, {
      samples: 20,
      seed,
      onSample: (i) => told.push(i),
    });
  assert.deepEqual(await run(5), await run(5));
  assert.notDeepEqual((await run(5)).AP.samples, (await run(6)).AP.samples);
  assert.equal(told.at(-1), 20);
});

Deno.test("a bootstrap that is told to stop does so, and lets others tell it", async () => {
  const stop = new AbortController();
  let done = 0;
  const comparing = compareDetections(truth, detections, finding(0).detections, undefined, {
    samples: 200_000,
    onSample: () => done++,
    signal: stop.signal,
  });
  setTimeout(() => stop.abort());
  await assert.rejects(comparing, { name: "AbortError" });
  assert.ok(done > 0 && done < 200_000, `${done}`);
});

Deno.test("a bootstrap that means nothing is refused", async () => {
  const compare = (options: Parameters<typeof compareDetections>[4]) =>
    compareDetections(truth, detections, detections, undefined, options);
  await assert.rejects(compare({ samples: 0 }), { name: "BneckError", message: /cannot draw 0 samples/ });
  await assert.rejects(compare({ confidence: 2 }), {
    name: "BneckError",
    message: /confidence must be between 0 and 1, not 2/,
  });
});
