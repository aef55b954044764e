/** @slow compares thousands of cases with a slow reference */
import assert from "node:assert/strict";
import { evaluateCoco, matchDetections } from "../../../datasets/coco/evaluate.ts";
import { accumulate } from "../../../datasets/coco/accumulate.ts";
import { mergeMatches } from "../../../datasets/coco/matching/matches.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import { randomIntegers } from "../../../core/random.ts";
import { evaluateNaively } from "./naive.ts";
import { readBoth, type TestAnnotation, type TestDetection, type TestTruth } from "./support.ts";

const CASES = 10_000;
/** Sides of boxes, in pixels: of areas 32², 96² and between, so that sums and products often meet a bound. */
const SIDES = [8, 16, 31.5, 32, 48, 64, 95.5, 96, 128, 0];
const AREAS = [1024, 1023.5, 1024.5, 9216, 9215.5, 9216.5, 0, 5000];
const SCORES = [0, -0, 0.25, 0.5, 0.75, 1, -0.5, 0.5000001, 0.5000000001];

interface Case {
  truth: TestTruth;
  detections: TestDetection[];
  params: ReturnType<typeof cocoParams>;
}

function randomCase(random: (bound: number) => number): Case {
  const pick = <T>(list: readonly T[]) => list[random(list.length)];
  const images = Array.from({ length: 1 + random(3) }, (_, i) => ({ id: (i * 7 + 5) % 13 }));
  const categories = Array.from({ length: 1 + random(2) }, (_, i) => ({ id: 9 - 4 * i, name: `c${i}` }));
  // A coarse grid makes equal overlaps and exact thresholds likely.
  const box = () => [16 * random(4), 16 * random(4), pick(SIDES), pick(SIDES)];
  const place = () => ({ image_id: pick(images).id, category_id: pick(categories).id });
  const annotations: TestAnnotation[] = Array.from({ length: random(7) }, (_, i) => {
    const bbox = box();
    const area = random(2) ? bbox[2] * bbox[3] : pick(AREAS);
    return { id: i + 1, ...place(), bbox, area, iscrowd: random(5) === 0 ? 1 : 0 };
  });
  const detections: TestDetection[] = Array.from({ length: random(12) }, () => {
    if (annotations.length === 0 || random(3) === 0) return { ...place(), bbox: box(), score: pick(SCORES) };
    // Near a truth: the same box, or one side of another length.
    const { image_id, category_id, bbox } = pick(annotations);
    const moved = [...bbox];
    if (random(2)) moved[2 + random(2)] = pick(SIDES);
    return { image_id, category_id, bbox: moved, score: pick(SCORES) };
  });
  const params = cocoParams({
    iouThresholds: pick([[0.5], [0.5, 0.75, 1], [0.1, 0.6], [0.25, 0.5], [0.75, 0.5], [0]]),
    recallThresholds: [0, 0.1, 1 / 3, 0.5, 0.9, 1],
    maxDetections: pick([[1, 2, 100], [3], [1, 4]]),
    useCategories: random(4) > 0,
  });
  return { truth: { images, annotations, categories }, detections, params };
}

Deno.test(`evaluation equals the plain definition in ${CASES} random cases of ties, crowds and bounds`, () => {
  const random = randomIntegers(20171);
  let withTruePositives = 0;
  for (let i = 0; i < CASES; i++) {
    const { truth, detections, params } = randomCase(random);
    const read = readBoth(truth, detections);
    const fast = evaluateCoco(read.truth, read.detections, params);
    const slow = evaluateNaively(truth, detections, params);
    const say = () => `case ${i}: ${JSON.stringify({ truth, detections, params })}`;
    for (const tensor of ["recall", "precision", "scores"] as const) {
      const same = fast[tensor].length === slow[tensor].length &&
        // -0 is the same score as 0.
        slow[tensor].every((value, at) => value === fast[tensor][at]);
      assert.ok(same, `${tensor} of ${say()}`);
    }
    if (slow.recall.some((value) => value > 0)) withTruePositives++;
  }
  assert.ok(withTruePositives > CASES / 3, `only ${withTruePositives} cases found anything`);
});

Deno.test("shards merge to the tensors of one run in 500 random cases", () => {
  const random = randomIntegers(7);
  for (let i = 0; i < 500; i++) {
    const { truth, detections, params } = randomCase(random);
    const read = readBoth(truth, detections);
    const whole = evaluateCoco(read.truth, read.detections, params);
    const parts = truth.images.map(({ id }) => matchDetections(read.truth, read.detections, params, [id]));
    assert.deepEqual(accumulate(mergeMatches(parts)), whole, `case ${i}`);
  }
});
