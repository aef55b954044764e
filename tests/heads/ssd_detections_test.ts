import assert from "node:assert/strict";
import { decodeSsd, layAnchors, type SsdSettings, torchvisionAnchors } from "../../heads/mod.ts";
import type { Extent } from "../../core/graph/mod.ts";
import { softmaxRows } from "./softmax.ts";

interface Fixture {
  readonly input: Extent;
  readonly original: Extent;
  readonly grids: readonly Extent[];
  readonly classes: number;
  readonly rows: number;
  readonly anchors: string;
  readonly codes: string;
  readonly logits: string;
  readonly cases: readonly {
    readonly name: string;
    readonly settings: Record<
      "score_thresh" | "topk_candidates" | "nms_thresh" | "detections_per_img",
      number
    >;
    readonly count: number;
    readonly boxes: string;
    readonly scores: string;
    readonly labels: string;
  }[];
}

/** Written by tests/parity/ssdlite_reference.py. */
const FIXTURE: Fixture = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/heads/ssd_detections.json", import.meta.url)),
);

const ANCHORS = layAnchors(torchvisionAnchors(), FIXTURE.grids, FIXTURE.input);
const CODES = floats(FIXTURE.codes);
const SCORES = softmaxRows(floats(FIXTURE.logits), FIXTURE.classes + 1);
const VIEW = {
  width: FIXTURE.original[1],
  height: FIXTURE.original[0],
  inputWidth: FIXTURE.input[1],
  inputHeight: FIXTURE.input[0],
};

Deno.test("anchors lie where torchvision's do", () => {
  const corners = floats(FIXTURE.anchors);
  assert.equal(ANCHORS.length, corners.length);
  for (let at = 0; at < corners.length; at += 4) {
    const [x, y, width, height] = ANCHORS.subarray(at, at + 4);
    near([x - width / 2, y - height / 2, x + width / 2, y + height / 2], corners.subarray(at, at + 4), 1e-5);
  }
});

for (const { name, settings, ...expected } of FIXTURE.cases) {
  Deno.test(`detections equal torchvision's: ${name}`, () => {
    const found = decodeSsd(
      { shape: [1, FIXTURE.rows, FIXTURE.classes + 1], data: SCORES },
      { shape: [1, FIXTURE.rows, 4], data: CODES },
      ANCHORS,
      VIEW,
      {
        score: settings.score_thresh,
        candidates: settings.topk_candidates,
        iou: settings.nms_thresh,
        max: settings.detections_per_img,
      },
    );
    assert.equal(found.count, expected.count);
    near(found.scores, floats(expected.scores), 1e-6);
    near(found.boxes, floats(expected.boxes), 1e-3);
    // torchvision's label 0 is the background, which is no class here.
    const labels = new Int32Array(bytes(expected.labels).buffer);
    assert.deepEqual([...found.classes], [...labels].map((label) => label - 1));
  });
}

Deno.test("only the classes asked for are reported, each as it is among all", () => {
  const all = decode({ max: 1000 });
  const some = decode({ max: 1000, classes: new Set([1, 3]) });
  const wanted = [...all.classes.keys()].filter((row) => [1, 3].includes(all.classes[row]));
  assert.ok(wanted.length > 0);
  assert.deepEqual([...some.scores], wanted.map((row) => all.scores[row]));
});

Deno.test("detections come best first, inside the image, and no two of a class overlap too much", () => {
  const { count, boxes, scores, classes } = decode({ iou: 0.3 });
  assert.ok(count > 10);
  for (let i = 0; i < count; i++) {
    if (i > 0) assert.ok(scores[i] <= scores[i - 1]);
    const [x1, y1, x2, y2] = boxes.subarray(i * 4, i * 4 + 4);
    assert.ok(0 <= x1 && x1 <= x2 && x2 <= VIEW.width + 1e-3);
    assert.ok(0 <= y1 && y1 <= y2 && y2 <= VIEW.height + 1e-3);
    for (let j = 0; j < i; j++) {
      if (classes[i] === classes[j]) assert.ok(overlap(boxes, i, j) <= 0.3 + 1e-4);
    }
  }
});

Deno.test("of equal scores the lower class and then the earlier anchor comes first", () => {
  const anchors = Float32Array.of(10, 10, 4, 4, 30, 10, 4, 4);
  const data = Float32Array.of(0.4, 0.3, 0.3, 0.4, 0.3, 0.3);
  const { boxes, classes } = decodeSsd(
    { shape: [1, 2, 3], data },
    { shape: [1, 2, 4], data: new Float32Array(8) },
    anchors,
    { width: 40, height: 20, inputWidth: 40, inputHeight: 20 },
    { score: 0.1, candidates: 10, iou: 0.5, max: 10 },
  );
  assert.deepEqual([...classes], [0, 0, 1, 1]);
  assert.deepEqual([0, 1, 2, 3].map((row) => boxes[row * 4]), [8, 28, 8, 28]);
});

Deno.test("the background is never reported, and scores that are no numbers are not either", () => {
  const data = Float32Array.of(0.9, 0.05, 0.05, NaN, NaN, NaN);
  const found = decodeSsd(
    { shape: [1, 2, 3], data },
    { shape: [1, 2, 4], data: new Float32Array(8) },
    Float32Array.of(10, 10, 4, 4, 30, 10, 4, 4),
    { width: 40, height: 20, inputWidth: 40, inputHeight: 20 },
    { score: 0.1, candidates: 10, iou: 0.5, max: 10 },
  );
  assert.equal(found.count, 0);
});

Deno.test("predictions for another number of anchors are refused", () => {
  assert.throws(
    () =>
      decodeSsd(
        { shape: [1, 2, 3], data: new Float32Array(6) },
        { shape: [1, 2, 4], data: new Float32Array(8) },
        new Float32Array(4),
        VIEW,
        { score: 0, candidates: 1, iou: 0.5, max: 1 },
      ),
    /2 predictions for 1 anchors/,
  );
});

function decode(settings: Partial<SsdSettings>) {
  return decodeSsd(
    { shape: [1, FIXTURE.rows, FIXTURE.classes + 1], data: SCORES },
    { shape: [1, FIXTURE.rows, 4], data: CODES },
    ANCHORS,
    VIEW,
    { score: 0.1, candidates: 300, iou: 0.55, max: 300, ...settings },
  );
}

function overlap(boxes: Float32Array, i: number, j: number): number {
  const [ax1, ay1, ax2, ay2] = boxes.subarray(i * 4, i * 4 + 4);
  const [bx1, by1, bx2, by2] = boxes.subarray(j * 4, j * 4 + 4);
  const both = Math.max(0, Math.min(ax2, bx2) - Math.max(ax1, bx1)) *
    Math.max(0, Math.min(ay2, by2) - Math.max(ay1, by1));
  return both / ((ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - both);
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function floats(base64: string): Float32Array {
  return new Float32Array(bytes(base64).buffer);
}

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    assert.ok(Math.abs(actual[i] - expected[i]) <= tolerance, `${i}: ${actual[i]} is not ${expected[i]}`);
  }
}
