import assert from "node:assert/strict";
import fc from "fast-check";
import { ExactSum } from "../../../datasets/segmentation/exact_sum.ts";

function exactSum(terms: readonly number[]): number {
  return new ExactSum(terms).value();
}

Deno.test("ExactSum gives what plain addition loses", () => {
  assert.equal(exactSum([1e100, 1, -1e100]), 1);
  assert.equal(exactSum(new Array(10).fill(0.1)), 1);
  assert.equal(exactSum([]), 0);
});

Deno.test("ExactSum rounds half-way sums by the parts below them", () => {
  // Cases of CPython's test_math.py: the sum lies half-way between two doubles but for a tiny part.
  assert.equal(exactSum([1e-16, 1, 1e16]), 10000000000000002);
  assert.equal(exactSum([1e16 - 2, 1 - 2 ** -53, -(1e16 - 2), -(1 - 2 ** -53)]), 0);
  assert.equal(exactSum([2 ** 53, -0.5, -(2 ** -54)]), 2 ** 53 - 1);
  assert.equal(exactSum([2 ** 53, 1, 2 ** -100]), 2 ** 53 + 2);
  assert.equal(exactSum([2 ** 53, 1, 0]), 2 ** 53);
});

Deno.test("ExactSum equals the sum of big integers, rounded once", () => {
  const term = fc.record({ mantissa: fc.maxSafeInteger(), shift: fc.integer({ min: 0, max: 60 }) });
  fc.assert(fc.property(fc.array(term, { maxLength: 40 }), (terms) => {
    const exact = terms.reduce((sum, { mantissa, shift }) => sum + (BigInt(mantissa) << BigInt(shift)), 0n);
    assert.equal(exactSum(terms.map(({ mantissa, shift }) => mantissa * 2 ** shift)), Number(exact));
  }));
});

Deno.test("ExactSum does not depend on the order of its terms nor on how they are merged", () => {
  const terms = fc.array(fc.double({ noNaN: true, min: -1e200, max: 1e200 }), { maxLength: 30 });
  fc.assert(fc.property(terms, fc.nat(), (terms, cut) => {
    const [one, two] = [new ExactSum(terms.slice(cut % 31)), new ExactSum(terms.slice(0, cut % 31))];
    one.merge(new ExactSum(JSON.parse(JSON.stringify(two))));
    assert.equal(one.value(), exactSum(terms));
    assert.equal(exactSum(terms.toReversed()), exactSum(terms));
    // So that shards that are merged save the bytes of one run.
    assert.deepEqual(one.toJSON(), new ExactSum(terms.toReversed()).toJSON());
  }));
});
