import assert from "node:assert/strict";
import { parseDrop, parseSpeedup } from "../../../cli/commands/quantize/limits.ts";

Deno.test("limits of a quantization are numbers in every usual form", () => {
  assert.deepEqual(parseDrop("AP=0.01"), { metric: "AP", max: 0.01 });
  assert.deepEqual(parseDrop(" top1 = 1e-3 "), { metric: "top1", max: 0.001 });
  assert.deepEqual([".9", "1.", "1.2", "1e1"].map(parseSpeedup), [0.9, 1, 1.2, 10]);
  for (const text of ["", "AP", "AP=", "AP=x", "AP=-0.1", "AP=1.5", "=0.1", "AP=0,1"]) {
    assert.throws(() => parseDrop(text), /expected METRIC=NUMBER/, text);
  }
  for (const text of ["", "x", "0.05", "101", "-2"]) {
    assert.throws(() => parseSpeedup(text), /expected a factor such as 1\.2/, text);
  }
});
