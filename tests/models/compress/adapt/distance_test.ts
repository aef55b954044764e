import assert from "node:assert/strict";
import { boxError, classDivergence, heatMapDivergence } from "../../../../models/compress/adapt/distance.ts";

const logit = (p: number) => Math.log(p / (1 - p));

Deno.test("equal outputs have the distance 0", () => {
  const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i) * 8);
  assert.ok(Math.abs(heatMapDivergence(values, values)) < 1e-6);
  assert.ok(Math.abs(classDivergence(values, values, 5)) < 1e-6);
});

Deno.test("the divergence of a heat map has the slope (q² − p²) / Σ p²", () => {
  const p = [0.9, 0.6];
  const before = Float32Array.from(p, logit);
  const at = (shift: number) => heatMapDivergence(before, before.map((z, i) => i === 0 ? z + shift : z));
  const q = 1 / (1 + Math.exp(-(before[0] + 1)));
  const slope = (at(1.01) - at(0.99)) / 0.02;
  assert.ok(Math.abs(slope - (q ** 2 - p[0] ** 2) / (p[0] ** 2 + p[1] ** 2)) < 1e-4, `${slope}`);
  assert.ok(at(-1) > 0 && at(1) > 0 && Math.abs(at(0)) < 1e-6);
});

Deno.test("thousands of empty cells count less than one object", () => {
  const logits = new Float32Array(10_000).fill(logit(0.003));
  logits[0] = logit(0.5);
  const noisy = logits.map((z, i) => i === 0 ? z : z + 0.5);
  const missed = logits.map((z, i) => i === 0 ? z - 2 : z);
  assert.ok(heatMapDivergence(logits, noisy) < heatMapDivergence(logits, missed));
});

Deno.test("the error of boxes is 1 − IoU where the original sees objects", () => {
  // Two cells: an object with p = 0.9, and nothing.
  const heatMap = Float32Array.from([0.9, 1e-4, 0.2, 1e-5], logit);
  const sides = (left: number, elsewhere: number) =>
    Float32Array.of(left, elsewhere, 1, elsewhere, 1, elsewhere, 1, elsewhere);
  assert.equal(boxError(sides(1, 2), sides(1, 2), heatMap), 0);
  // 2 × 2 within 4 × 2; the empty cell changes nothing.
  assert.ok(Math.abs(boxError(sides(1, 2), sides(3, 9), heatMap) - 0.5) < 1e-6);
  // A side on the other side of the cell encloses nothing more than it does on the cell.
  assert.ok(Math.abs(boxError(sides(1, 2), sides(-3, 2), heatMap) - 0.5) < 1e-6);
  assert.equal(boxError(new Float32Array(8), new Float32Array(8), heatMap), 0);
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
