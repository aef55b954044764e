import assert from "node:assert/strict";
import { parseDuration } from "../../../cli/flags/duration.ts";

Deno.test("a time is seconds, minutes or hours", () => {
  const texts = ["30", "90s", "10m", "1.5h", "0.5m", " 2 h "];
  assert.deepEqual(texts.map(parseDuration), [30, 90, 600, 5400, 30, 7200]);
});

Deno.test("what is not a time, or too long a time, is refused", () => {
  for (const text of ["", "0", "10d", "-5s", "1e3", "Infinity", "99999h", "5s5m"]) {
    assert.throws(() => parseDuration(text), /expected a time such as 90s/, text);
  }
});
