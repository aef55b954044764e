import assert from "node:assert/strict";
import {
  confidenceOf,
  type HeadOutputs,
  type ImageView,
  type LabelLogits,
  labelsOf,
  matteOf,
  meanProbability,
  type OutputSpec,
  parseDecoder,
} from "../../heads/mod.ts";

const fail = (problem: string): never => {
  throw new Error(problem);
};

function decode(
  spec: OutputSpec & Record<string, unknown>,
  outputs: HeadOutputs,
  view: ImageView,
): LabelLogits {
  return parseDecoder("segment", JSON.parse(JSON.stringify(spec)), fail).decode(outputs, view, {});
}

const VIEW: ImageView = { width: 4, height: 2, inputWidth: 2, inputHeight: 1 };

Deno.test("a class map gives every pixel the class of the nearest cell", () => {
  for (const rank of [3, 4] as const) {
    const shape = rank === 3 ? [1, 1, 2] : [1, 1, 1, 2];
    const labels = { shape, data: Float32Array.of(2, 1) };
    const logits = decode({ kind: "class-map", rank, classes: 3 }, { labels }, VIEW);
    const counts = new Uint32Array(3);
    const map = labelsOf(logits, counts);
    assert.deepEqual([...map.data], [2, 2, 1, 1, 2, 2, 1, 1]);
    assert.deepEqual([...counts], [0, 4, 4]);
    assert.ok(confidenceOf(logits, map).data.every((value) => value === 255));
  }
});

Deno.test("a class map with a class that there is none of is refused by its number", () => {
  for (const label of [3, -1, 0.5]) {
    const labels = { shape: [1, 1, 2], data: Float32Array.of(0, label) };
    assert.throws(
      () => decode({ kind: "class-map", rank: 3, classes: 3 }, { labels }, VIEW),
      new RegExp(`returns class ${label} in its map, but has 3 classes`),
    );
  }
});

Deno.test("a mask is class 1 where its probability exceeds the threshold", () => {
  const labels = (values: "logits" | "probabilities", threshold: number, ...data: number[]) => {
    const mask = { shape: [1, 1, 1, data.length], data: Float32Array.from(data) };
    const view = { width: data.length, height: 1, inputWidth: data.length, inputHeight: 1 };
    return [...labelsOf(decode({ kind: "mask", values, threshold }, { mask }, view)).data];
  };
  assert.deepEqual(labels("probabilities", 0.5, 0, 0.4, 0.6, 1), [0, 0, 1, 1]);
  assert.deepEqual(labels("probabilities", 0.3, 0, 0.2, 0.31, 0.4), [0, 0, 1, 1]);
  assert.deepEqual(labels("logits", 0.5, -5, -0.1, 0.1, 5), [0, 0, 1, 1]);
});

Deno.test("a matte is interpolated as the network returns it, and its classes with it", () => {
  const view = { width: 4, height: 1, inputWidth: 2, inputHeight: 1 };
  const matte = (values: "logits" | "probabilities", threshold: number, ...data: number[]) => {
    const mask = { shape: [1, 1, 1, 2], data: Float32Array.from(data) };
    const logits = decode({ kind: "mask", values, threshold }, { mask }, view);
    const labels = labelsOf(logits);
    return {
      matte: [...matteOf(logits).data],
      labels: [...labels.data],
      scores: [...confidenceOf(logits, labels).data],
      mean: Number(meanProbability(logits).toFixed(4)),
    };
  };
  assert.deepEqual(matte("probabilities", 0.3, 0.2, 1), {
    matte: [51, 102, 204, 255],
    labels: [0, 1, 1, 1],
    scores: [204, 102, 204, 255],
    mean: 0.9,
  });
  const sigmoid = (value: number) => Math.round(255 / (1 + Math.exp(-value)));
  assert.deepEqual(matte("logits", 0.5, -2, 2).matte, [-2, -1, 1, 2].map(sigmoid));
  assert.deepEqual(matte("logits", 0.5, -2, 2).labels, [0, 0, 1, 1]);
});

Deno.test("what is no probability is refused where there should be some", () => {
  for (const value of [-0.1, 1.1, 255]) {
    const mask = { shape: [1, 1, 1, 2], data: Float32Array.of(0, value) };
    const spec = { kind: "mask", values: "probabilities", threshold: 0.5 };
    assert.throws(() => decode(spec, { mask }, VIEW), /in its map, which is not a probability/);
  }
});

Deno.test("a matte of several classes is what is not of the first", () => {
  const data = Float32Array.of(1, 0, 0, 1, 0, 0);
  const logits = decode({ kind: "labels" }, { logits: { shape: [1, 3, 1, 2], data } }, {
    width: 2,
    height: 1,
    inputWidth: 2,
    inputHeight: 1,
  });
  const share = (value: number) => Math.round(255 * value / (Math.E + 2));
  assert.deepEqual([...matteOf(logits).data], [255 - share(Math.E), 255 - share(1)]);
});

Deno.test("logits that lie side by side are read as those that lie in planes", () => {
  const planes = Float32Array.of(1, 2, 3, 4, 5, 6);
  const rows = Float32Array.of(1, 3, 5, 2, 4, 6);
  const decoded = decode({ kind: "label-rows" }, { logits: { shape: [1, 1, 2, 3], data: rows } }, VIEW);
  assert.deepEqual(
    decoded,
    decode({ kind: "labels" }, { logits: { shape: [1, 3, 1, 2], data: planes } }, VIEW),
  );
});

Deno.test("labels of a letterboxed image come from the part of the map that it covers", () => {
  // Four cells across: padding, the two of the image, padding.
  const data = Float32Array.of(0, 0, 1, 9, /* class 1 */ 9, 1, 0, 0);
  const view: ImageView = {
    width: 2,
    height: 1,
    inputWidth: 8,
    inputHeight: 2,
    placement: { left: 2, top: 0, width: 4, height: 2 },
  };
  const logits = decode({ kind: "labels" }, { logits: { shape: [1, 2, 1, 4], data } }, view);
  assert.deepEqual([...labelsOf(logits).data], [1, 0]);
});

Deno.test("labels under any placement equal those of logits that are interpolated one by one", () => {
  const [classes, height, width] = [3, 5, 6];
  const data = Float32Array.from({ length: classes * height * width }, (_, i) => Math.sin(i * 12.9898) * 5);
  for (
    const placement of [
      { left: 0, top: 0, width: 24, height: 20 },
      { left: 5, top: 3.5, width: 12, height: 9 },
      { left: -4, top: -2, width: 30, height: 26 },
    ]
  ) {
    const view = { width: 37, height: 23, inputWidth: 24, inputHeight: 20, placement };
    const logits = decode({ kind: "labels" }, { logits: { shape: [1, classes, height, width], data } }, view);
    const labels = labelsOf(logits).data;
    const at = (k: number, x: number, y: number): number => {
      const u = clamp(
        (placement.left + (x + 0.5) * placement.width / view.width) * width / 24 - 0.5,
        width - 1,
      );
      const v = clamp(
        (placement.top + (y + 0.5) * placement.height / view.height) * height / 20 - 0.5,
        height - 1,
      );
      const [u0, v0] = [Math.floor(u), Math.floor(v)];
      const value = (row: number, column: number) =>
        data[(k * height + Math.min(row, height - 1)) * width + Math.min(column, width - 1)];
      const upper = value(v0, u0) + (u - u0) * (value(v0, u0 + 1) - value(v0, u0));
      const lower = value(v0 + 1, u0) + (u - u0) * (value(v0 + 1, u0 + 1) - value(v0 + 1, u0));
      return upper + (v - v0) * (lower - upper);
    };
    let different = 0;
    for (let y = 0; y < view.height; y++) {
      for (let x = 0; x < view.width; x++) {
        const values = Array.from({ length: classes }, (_, k) => at(k, x, y));
        if (labels[y * view.width + x] !== values.indexOf(Math.max(...values))) different++;
      }
    }
    assert.equal(different, 0, JSON.stringify(placement));
  }
});

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
