import assert from "node:assert/strict";
import fc from "fast-check";
import { fastestQuarter, intervalAround, median, ranks, spearman } from "../../../core/profile/statistics.ts";

const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 30 });

Deno.test("equal values share the mean of their ranks", () => {
  assert.deepEqual(ranks([10, 30, 20, 20, 5]), [2, 5, 3.5, 3.5, 1]);
  assert.deepEqual(ranks([7, 7, 7]), [2, 2, 2]);
});

Deno.test("the textbook's example has its value", () => {
  // Ten pairs of intelligence and hours of television, ρ = −29/165.
  const iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
  const hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
  assert.ok(Math.abs(spearman(iq, hours) + 29 / 165) < 1e-12);
});

Deno.test("with ties it is Pearson's correlation of the ranks", () => {
  // Ranks 1 2.5 2.5 4 and 1.5 1.5 3 4: their products sum to 3.75, their squares to 4.5 each.
  assert.ok(Math.abs(spearman([1, 2, 2, 3], [5, 5, 6, 7]) - 3.75 / 4.5) < 1e-12);
});

Deno.test("only the order matters, and the sides are alike", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer()), { minLength: 2 }),
      (pairs) => {
        const [left, right] = [
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
        ];
        const rho = spearman(left, right);
        const same = (other: number) => assert.ok(Object.is(rho, other) || Math.abs(rho - other) < 1e-9);
        same(spearman(left.map((value) => value ** 3 + 5), right));
        same(spearman(right, left));
        same(-spearman(left.map((value) => -value), right));
        assert.ok(Number.isNaN(rho) || Math.abs(rho) <= 1 + 1e-12);
      },
    ),
  );
});

Deno.test("what has no order has no correlation", () => {
  assert.ok(Number.isNaN(spearman([1, 1, 1], [1, 2, 3])));
  assert.ok(Number.isNaN(spearman([], [])));
  assert.throws(() => spearman([1, 2], [1]), RangeError);
});

Deno.test("half of the numbers lie on either side of the median", () => {
  assert.ok(Number.isNaN(median([])));
  fc.assert(fc.property(numbers, (values) => {
    const middle = median(values);
    assert.ok(values.filter((value) => value < middle).length <= values.length / 2);
    assert.ok(values.filter((value) => value > middle).length <= values.length / 2);
  }));
});

Deno.test("the fastest quarter of many runs, five of few, all of fewer", () => {
  const times = Array.from({ length: 40 }, (_, k) => 7 * k % 40);
  assert.deepEqual(fastestQuarter(times, (time) => time), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(fastestQuarter([8, 3, 9, 1, 7, 2, 6, 4], (time) => time), [1, 2, 3, 4, 6]);
  assert.deepEqual(fastestQuarter([2, 1], (time) => time), [1, 2]);
});

Deno.test("no run that is left out is faster than one that counts", () => {
  fc.assert(fc.property(fc.array(fc.double({ noNaN: true })), (times) => {
    const fastest = fastestQuarter(times, (time) => time);
    const rest = times.toSorted((left, right) => left - right).slice(fastest.length);
    assert.ok(rest.every((time) => fastest.every((other) => other <= time)));
  }));
});

Deno.test("an interval around a corrected time has the spread of the runs and contains the time", () => {
  const runs = new Float64Array([10, 20, 30, 40, 50]);
  const [p10, p90] = intervalAround(6, runs);
  assert.ok(Math.abs(p10 - 14 / 5) < 1e-12 && Math.abs(p90 - 46 / 5) < 1e-12, `${p10} ${p90}`);
  assert.deepEqual(intervalAround(0, new Float64Array([0, 0, 3])), [0, 2.4000000000000004]);
  assert.deepEqual(intervalAround(1, new Float64Array([0, 0, 0])), [0, 1]);
});
