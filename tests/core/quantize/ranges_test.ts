import assert from "node:assert/strict";
import fc from "fast-check";
import { TensorObserver } from "../../../core/quantize/observer.ts";
import { randomNumbers } from "../../../core/random.ts";
import { chooseRange, distributionOf } from "../../../core/quantize/ranges.ts";
import { GATE, HARD_SIGMOID, rounded, scaleOf } from "../../../core/quantize/scale.ts";

Deno.test("0 is exact in every scale, and what is in its range is less than a step away", () => {
  const finite = fc.double({ min: -1000, max: 1000, noNaN: true });
  fc.assert(fc.property(finite, finite, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
    const [min, max] = [Math.min(a, b, 0), Math.max(a, b, 0)];
    const scale = scaleOf({ min, max });
    assert.equal(Math.abs(rounded(0, scale)), 0);
    const value = min + share * (max - min);
    assert.ok(Math.abs(rounded(value, scale) - value) <= scale.scale * 1.001);
  }));
});

Deno.test("a range from 0 has the zero point 0, so that it saturates as a ReLU", () => {
  assert.equal(scaleOf({ min: 0, max: 7 }).zeroPoint, 0);
  assert.equal(scaleOf({ min: 0, max: 0 }).zeroPoint, 0);
});

Deno.test("bytes with the scale of the hard sigmoid are 254 times it", () => {
  for (let x = -8; x <= 8; x += 0.01) {
    const byte = Math.min(255, Math.max(0, Math.round(x / HARD_SIGMOID.scale) + HARD_SIGMOID.zeroPoint));
    const wanted = Math.min(1, Math.max(0, (x + 3) / 6));
    assert.ok(Math.abs(byte * GATE.scale - wanted) < 0.0045, String(x));
  }
});

function observed(values: readonly number[]): TensorObserver {
  const observer = new TensorObserver(1);
  observer.add(Float32Array.from(values));
  return observer;
}

Deno.test("the range of all values has the smallest and the largest, and 0", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -500, max: 500, noNaN: true }), { minLength: 1 }), (values) => {
      const { min, max } = chooseRange(distributionOf(observed(values)), "min-max");
      assert.equal(min + 0, Math.min(0, ...values) + 0);
      assert.equal(max + 0, Math.max(0, ...values) + 0);
    }),
  );
});

Deno.test("ranges by the squared error are no worse than the range of all values", () => {
  const settings = [
    fc.nat(),
    fc.integer({ min: 1, max: 8 }),
    fc.double({ min: 0.01, max: 50, noNaN: true }),
  ] as const;
  fc.assert(
    fc.property(...settings, (seed, power, size) => {
      const random = randomNumbers(seed);
      // The higher the power, the rarer large values.
      const values = Array.from({ length: 4000 }, () => {
        const value = 2 * random() - 1;
        return size * Math.sign(value) * Math.abs(value) ** power;
      });
      const distribution = distributionOf(observed(values));
      const error = (rule: "mse" | "min-max") => {
        const range = chooseRange(distribution, rule);
        const step = (range.max - range.min) / 255;
        return values.reduce((sum, value) => {
          const outside = Math.max(0, range.min - value, value - range.max);
          return sum + (outside > 0 ? outside ** 2 : step ** 2 / 12);
        }, 0);
      };
      // Histograms know values to an eighth of a doubling.
      assert.ok(error("mse") <= 1.3 * error("min-max"), `${error("mse")} ${error("min-max")}`);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a few values far outside do not widen the ranges by percentile and squared error", () => {
  const values = Array.from({ length: 100_000 }, (_, i) => i % 1000 / 1000);
  values[5] = 1000;
  const distribution = distributionOf(observed(values));
  assert.ok(chooseRange(distribution, "percentile").max < 3);
  assert.ok(chooseRange(distribution, "min-max").max === 1000);
});

Deno.test("values below the floor count as the floor, and values that are not finite are refused", () => {
  const observer = new TensorObserver(2);
  observer.add(Float32Array.of(-9, 1, -2, 4), 1, -3);
  assert.deepEqual([...observer.channelMin], [-3, -2]);
  assert.deepEqual([...observer.channelMax], [1, 4]);
  assert.throws(() => observer.add(Float32Array.of(1, NaN, 1, 1)), /not finite/);
  assert.throws(() => observer.add(Float32Array.of(1, Infinity, 1, 1)), /not finite/);
});
