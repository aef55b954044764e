import assert from "node:assert/strict";
import fc from "fast-check";
import { invertPositiveDefinite } from "../../core/linear_algebra.ts";
import { randomNumbers } from "../../core/random.ts";

Deno.test("a matrix times its inverse is the identity", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 24 }), fc.integer(), (n, seed) => {
    const random = randomNumbers(seed);
    const factor = Float64Array.from({ length: n * n }, () => random() - 0.5);
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        for (let k = 0; k < n; k++) matrix[i * n + j] += factor[i * n + k] * factor[j * n + k];
      }
      matrix[i * n + i] += 0.1;
    }
    const inverse = invertPositiveDefinite(matrix, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += matrix[i * n + k] * inverse[k * n + j];
        assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-9, `${i}, ${j}: ${sum}`);
      }
    }
  }));
});

Deno.test("the inverse of a diagonal matrix is that of its elements", () => {
  const inverse = invertPositiveDefinite(Float64Array.of(2, 0, 0, 0, 4, 0, 0, 0, 8), 3);
  assert.deepEqual(Array.from(inverse, Math.fround), [0.5, 0, 0, 0, 0.25, 0, 0, 0, 0.125]);
});

Deno.test("a matrix that is not positive definite is refused", () => {
  assert.throws(() => invertPositiveDefinite(Float64Array.of(1, 2, 2, 1), 2), /pivot 1 is -3/);
  assert.throws(() => invertPositiveDefinite(Float64Array.of(NaN), 1), /not positive definite/);
});
