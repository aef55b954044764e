import assert from "node:assert/strict";
import { parseTarget } from "../../../../cli/commands/adapt/flags.ts";

Deno.test("a target is a fraction of the latency, or milliseconds", () => {
  assert.deepEqual(parseTarget("0.75"), { fraction: 0.75 });
  assert.deepEqual(parseTarget(".5"), { fraction: 0.5 });
  assert.deepEqual(parseTarget("75%"), { fraction: 0.75 });
  assert.deepEqual(parseTarget("5ms"), { milliseconds: 5 });
  assert.deepEqual(parseTarget(" 12.5 MS "), { milliseconds: 12.5 });
  for (const text of ["", "0", "-1", "ms", "NaN", "Infinity", "5 s", "0ms", "0x10"]) {
    assert.throws(() => parseTarget(text), /expected a fraction of the measured latency/, text);
  }
  for (const text of ["1", "5", "1e3", "100%"]) {
    assert.throws(() => parseTarget(text), /must be below 1/, text);
  }
});
