import assert from "node:assert/strict";
import { resultBox, resultScore } from "../../../datasets/coco/boxes.ts";

Deno.test("boxes keep thousandths of a pixel and scores millionths", () => {
  assert.deepEqual(resultBox(Float32Array.of(1.00049, 2.0006, 4.5, 8)), [1, 2.001, 3.5, 5.999]);
  assert.equal(resultScore(0.12345678), 0.123457);
});
