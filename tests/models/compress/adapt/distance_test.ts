import assert from "node:assert/strict";
import { classDivergence, heatMapDivergence } from "../../../../models/compress/adapt/distance.ts";

const logit = (p: number) => Math.log(p / (1 - p));

Deno.test("equal outputs have the distance 0", () => {
  const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i) * 8);
  assert.ok(Math.abs(heatMapDivergence(values, values)) < 1e-6);
  assert.ok(Math.abs(classDivergence(values, values, 5)) < 1e-6);
});

Deno.test("the divergence of a heat map is Σ KL / Σ p", () => {
  const [p, q] = [[0.9, 0.2], [0.6, 0.1]];
  const expected =
    p.reduce((sum, a, i) => sum + a * Math.log(a / q[i]) + (1 - a) * Math.log((1 - a) / (1 - q[i])), 0) / 1.1;
  const found = heatMapDivergence(Float32Array.from(p, logit), Float32Array.from(q, logit));
  assert.ok(Math.abs(found - expected) < 1e-6, `${found} instead of ${expected}`);
});

Deno.test("the divergence of classes is the mean of KL over the cells, and ignores what all logits share", () => {
  // Two classes, two cells: probabilities of the first class.
  const [p, q] = [[0.75, 0.5], [0.5, 0.5]];
  const logits = (of: number[], shift: number) =>
    Float32Array.from([
      ...of.map((value) => Math.log(value) + shift),
      ...of.map((value) => Math.log(1 - value) + shift),
    ]);
  const expected = (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)) / 2;
  const found = classDivergence(logits(p, 3), logits(q, -20), 2);
  assert.ok(Math.abs(found - expected) < 1e-6, `${found} instead of ${expected}`);
});

Deno.test("large logits give no infinity", () => {
  assert.ok(Number.isFinite(heatMapDivergence(Float32Array.of(900, -900), Float32Array.of(-900, 900))));
  assert.ok(Number.isFinite(classDivergence(Float32Array.of(900, -900), Float32Array.of(-900, 900), 2)));
});
