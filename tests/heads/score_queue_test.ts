import assert from "node:assert/strict";
import fc from "fast-check";
import { ScoreQueue } from "../../heads/score_queue.ts";

Deno.test("indices come from the largest score down, of equal ones the lowest first", () => {
  const few = fc.constantFrom(0, 0.25, 0.5, 1);
  fc.assert(fc.property(fc.array(fc.oneof(few, fc.float({ noNaN: true })), { maxLength: 60 }), (values) => {
    const scores = Float32Array.from(values);
    const queue = new ScoreQueue(scores);
    const order = Array.from(scores, () => queue.pop());
    assert.deepEqual(order, [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b));
    assert.equal(queue.pop(), -1);
  }));
});
