import assert from "node:assert/strict";
import fc from "fast-check";
import { closestWeights, type ResidualMoments } from "../../../core/quantize/mod.ts";
import { randomNumbers } from "../../../core/random.ts";

/** Moments of a layer whose inputs depend on one another. */
function momentsOf(
  { inputs: n, outputs: m, samples, seed }: {
    inputs: number;
    outputs: number;
    samples: number;
    seed: number;
  },
  weight: ArrayLike<number>,
  wanted: (x: Float64Array, o: number) => number,
): ResidualMoments {
  const random = randomNumbers(seed);
  const mixing = Array.from({ length: n * n }, () => random() - 0.5);
  const rows = Array.from({ length: samples }, () => {
    const own = Float64Array.from({ length: n }, () => random() - 0.3);
    return own.map((value, j) => value + own.reduce((sum, other, k) => sum + other * mixing[j * n + k], 0));
  });
  const residuals = rows.map((x) =>
    Float64Array.from({ length: m }, (_, o) => {
      let given = 0;
      for (let j = 0; j < n; j++) given += weight[o * n + j] * x[j];
      return wanted(x, o) - given;
    })
  );
  const mean = (of: readonly Float64Array[], i: number) => of.reduce((sum, row) => sum + row[i], 0) / samples;
  const means = (of: readonly Float64Array[], length: number) =>
    Float64Array.from({ length }, (_, i) => mean(of, i));
  const covariance = (
    a: readonly Float64Array[],
    rows: number,
    b: readonly Float64Array[],
    columns: number,
  ) => {
    const [meanA, meanB] = [means(a, rows), means(b, columns)];
    return Float64Array.from({ length: rows * columns }, (_, at) => {
      const [i, j] = [Math.floor(at / columns), at % columns];
      return a.reduce((sum, row, s) => sum + (row[i] - meanA[i]) * (b[s][j] - meanB[j]), 0) / samples;
    });
  };
  return {
    inputs: n,
    outputs: m,
    samples,
    inputMeans: means(rows, n),
    residualMeans: means(residuals, m),
    inputs2: covariance(rows, n, rows, n),
    cross: covariance(residuals, m, rows, n),
  };
}

/** The mean squared error of weights that stand in for those that the moments were taken with, at the best bias. */
function errorOf(moments: ResidualMoments, o: number, change: (j: number) => number): number {
  const { inputs: n, inputs2, cross } = moments;
  let error = 0;
  for (let j = 0; j < n; j++) {
    error -= 2 * change(j) * cross[o * n + j];
    for (let k = 0; k < n; k++) error += change(j) * inputs2[j * n + k] * change(k);
  }
  return error;
}

Deno.test("weights follow what is wanted, and the bias makes the means equal", () => {
  const weight = Float32Array.of(0.5, -0.25, 0.125);
  const moments = momentsOf(
    { inputs: 3, outputs: 1, samples: 4000, seed: 3 },
    weight,
    (x) => 0.6 * x[0] - 0.25 * x[1] + 0.1 * x[2] + 7,
  );
  const { weight: q, scales, bias } = closestWeights(moments, weight, [2], 1);
  const found = [...q].map((value) => value * scales[0]);
  const before = errorOf(moments, 0, () => 0);
  const after = errorOf(moments, 0, (j) => found[j] - weight[j]);
  assert.ok(after < before - 0.5 * Math.abs(errorOf(moments, 0, (j) => [0.1, 0, -0.025][j])));
  const mean = moments.inputMeans.reduce((sum, x, j) => sum + found[j] * x, 0) + bias[0];
  const wanted = moments.inputMeans.reduce((sum, x, j) => sum + weight[j] * x, 0) + 2 +
    moments.residualMeans[0];
  assert.ok(Math.abs(mean - wanted) < 1e-5);
});

Deno.test("where nothing is missing, rounding does less harm than to the nearest", () => {
  let [ours, nearest] = [0, 0];
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 2, max: 24 }), (seed, inputs) => {
      const random = randomNumbers(seed + 1);
      const weight = Float32Array.from({ length: inputs }, () => random() - 0.5);
      const moments = momentsOf(
        { inputs, outputs: 1, samples: 300, seed },
        weight,
        (x) => x.reduce((sum, value, j) => sum + weight[j] * value, 0),
      );
      const { weight: q, scales } = closestWeights(moments, weight, [0], 1, 7);
      assert.ok(q.every((value) => Math.abs(value) <= 7));
      ours += errorOf(moments, 0, (j) => q[j] * scales[0] - weight[j]);
      nearest += errorOf(moments, 0, (j) => Math.round(weight[j] / scales[0]) * scales[0] - weight[j]);
    }),
    { numRuns: 60, seed: 5 },
  );
  assert.ok(ours < 0.8 * nearest, `${ours} ${nearest}`);
});

Deno.test("a channel of almost no weights keeps its bias", () => {
  const weight = Float32Array.of(1e-12, 2e-12);
  const moments = momentsOf({ inputs: 2, outputs: 1, samples: 50, seed: 1 }, weight, () => 3);
  const { scales, bias } = closestWeights(moments, weight, [0], 0.01);
  assert.ok(Math.abs(bias[0] - 3) < 1e-6);
  assert.ok(Math.abs(bias[0] / (0.01 * scales[0])) < 2 ** 30, "the bias fits into 32 bits");
});

Deno.test("inputs that never vary take part without a division by zero", () => {
  const zeros = new Float64Array(2);
  const moments = {
    inputs: 2,
    outputs: 1,
    samples: 10,
    inputMeans: zeros,
    residualMeans: Float64Array.of(0),
    inputs2: new Float64Array(4),
    cross: zeros,
  };
  const { weight } = closestWeights(moments, [1, -0.5], [0], 1);
  assert.deepEqual([...weight], [127, -64]);
});
