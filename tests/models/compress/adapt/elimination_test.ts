import assert from "node:assert/strict";
import { randomNumbers } from "../../../../core/random.ts";
import {
  Elimination,
  keepByEffect,
  keepByMagnitude,
  type LinearMoments,
} from "../../../../models/compress/adapt/elimination.ts";

const SAMPLES = 4000;

/** The moments of inputs and of the outputs that weights give of them. */
function momentsOf(x: number[][], w: number[][], b: number[]): LinearMoments {
  const [n, m] = [x[0].length, w.length];
  const t = x.map((row) =>
    w.map((weights, o) => weights.reduce((sum, value, j) => sum + value * row[j], b[o]))
  );
  const mean = (rows: number[][], j: number) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length;
  const inputMeans = Float64Array.from({ length: n }, (_, j) => mean(x, j));
  const outputMeans = Float64Array.from({ length: m }, (_, o) => mean(t, o));
  const covariance = (a: number[][], i: number, b: number[][], j: number) =>
    a.reduce((sum, row, k) => sum + row[i] * b[k][j], 0) / a.length - mean(a, i) * mean(b, j);
  const inputs2 = Float64Array.from({ length: n * n }, (_, i) => covariance(x, Math.floor(i / n), x, i % n));
  const cross = Float64Array.from({ length: m * n }, (_, i) => covariance(t, Math.floor(i / n), x, i % n));
  const energy = w.reduce((sum, _, o) => sum + covariance(t, o, t, o), 0);
  return { inputs: n, outputs: m, samples: x.length, inputMeans, outputMeans, inputs2, cross, energy };
}

function independent(n: number, seed: number): number[][] {
  const random = randomNumbers(seed);
  return Array.from({ length: SAMPLES }, () => Array.from({ length: n }, () => random() - 0.5));
}

const flat = (w: number[][]) => ({ weight: Float32Array.from(w.flat()), bias: new Float32Array(w.length) });
const near = (found: number, expected: number, within: number) =>
  assert.ok(Math.abs(found - expected) < within, `${found} instead of ${expected}`);

Deno.test("a channel that another repeats is removed at no cost, and the other takes its weight over", () => {
  const x = independent(3, 1).map(([a, b, c]) => [a, b, c, 2 * b]);
  const w = [[1, 2, 3, 4], [-1, 0.5, 0, 1]];
  const elimination = new Elimination(momentsOf(x, w, [0.25, 0]), flat(w));
  assert.ok(elimination.cost(3) < 3e-3 && elimination.cost(1) < 3e-3);
  assert.ok(elimination.cost(0) > 0.01 && elimination.cost(2) > 0.01);
  const kept = keepByEffect(4, 3, [{ elimination, offset: 0 }]);
  assert.equal(kept.length, 3);
  const { weight, bias } = elimination.result(true);
  // 2·b and 4·(2·b) are 10·b, whichever of the two is left.
  const [left, factor] = kept.includes(1) ? [1, 1] : [3, 2];
  near(weight[left] * factor, 10, 0.05);
  near(weight[4 + left] * factor, 2.5, 0.05);
  near(weight[0], 1, 0.02);
  near(bias![0], 0.25, 1e-3);
});

Deno.test("a constant channel goes into the bias", () => {
  const x = independent(2, 2).map(([a, b]) => [a, b, 5]);
  const w = [[1, 2, 3]];
  const elimination = new Elimination(momentsOf(x, w, [1]), flat(w));
  assert.deepEqual(keepByEffect(3, 2, [{ elimination, offset: 0 }]), [0, 1]);
  const { weight, bias } = elimination.result(true);
  near(bias![0], 16, 1e-3);
  assert.equal(weight[2], 0);
});

Deno.test("of independent channels the one that contributes least is removed, not the one with the least weights", () => {
  const x = independent(3, 3).map(([a, b, c]) => [10 * a, b, 0.1 * c]);
  const w = [[0.5, 1, 2]];
  const moments = momentsOf(x, w, [0]);
  const effect = new Elimination(moments, flat(w));
  assert.deepEqual(keepByEffect(3, 2, [{ elimination: effect, offset: 0 }]), [0, 1]);
  const magnitude = new Elimination(moments, flat(w));
  assert.deepEqual(keepByMagnitude(Float64Array.of(0.5, 1, 2), 2, [{ elimination: magnitude, offset: 0 }]), [
    1,
    2,
  ]);
  assert.equal(magnitude.result(true).weight[0], 0);
});

Deno.test("the cost is the increase of the least squared error", () => {
  // Of two channels with correlation r, the first is worth 1 − r² of its variance once the second is there.
  const r = 0.6;
  const x = independent(2, 4).map(([a, b]) => [r * b + Math.sqrt(1 - r * r) * a, b]);
  const moments = momentsOf(x, [[1, 0]], [0]);
  const elimination = new Elimination(moments, flat([[1, 0]]));
  near(elimination.cost(0), 1 - r * r, 0.02);
  elimination.remove(0);
  near(elimination.result(true).weight[1], r, 0.02);
});

Deno.test("channels that several layers read are judged by all of them", () => {
  const x = independent(3, 5);
  const [first, second] = [[[1, 0.3, 0.01]], [[0.01, 0.3, 1]]].map((w) =>
    new Elimination(momentsOf(x, w, [0]), flat(w))
  );
  const readers = [{ elimination: first, offset: 0 }, { elimination: second, offset: 0 }];
  assert.deepEqual(keepByEffect(3, 2, readers), [0, 2]);
});

Deno.test("a reader sees its channels at an offset", () => {
  const x = independent(4, 6);
  const w = [[5, 5, 1, 0.1]];
  const elimination = new Elimination(momentsOf(x, w, [0]), flat(w));
  assert.deepEqual(keepByEffect(2, 1, [{ elimination, offset: 2 }]), [0]);
  assert.equal(elimination.result(true).weight[3], 0);
});

Deno.test("with fewer samples than inputs the weights stay near what they were", () => {
  const x = independent(12, 7).slice(0, 4);
  const w = [Array.from({ length: 12 }, (_, i) => i / 12)];
  const { weight } = new Elimination(momentsOf(x, w, [0]), flat(w)).result(false);
  weight.forEach((value, i) => near(value, w[0][i], 1e-4));
});
