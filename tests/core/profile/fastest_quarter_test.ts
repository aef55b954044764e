import assert from "node:assert/strict";
import fc from "fast-check";
import { fastestQuarter } from "../../../core/profile/fastest_quarter.ts";

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
