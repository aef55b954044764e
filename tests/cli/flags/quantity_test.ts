import assert from "node:assert/strict";
import { parseDuration, parseMemory } from "../../../cli/flags/quantity.ts";

Deno.test("an amount of memory has a unit", () => {
  assert.equal(parseMemory("512M"), 2 ** 29);
  assert.equal(parseMemory("2GB"), 2 ** 31);
  assert.equal(parseMemory("1.5GiB"), 3 * 2 ** 29);
  assert.equal(parseMemory("1t"), 2 ** 40);
  for (const text of ["", "512", "M", "0G", "-1G", "1K", "2 G", "1e3M", "Infinity"]) {
    assert.throws(() => parseMemory(text), /expected an amount of memory, such as 800M or 2G/, text);
  }
});

Deno.test("a time is seconds, minutes or hours", () => {
  const texts = ["30", "90s", "10m", "1.5h", "0.5m", " 2 h ", "1e3"];
  assert.deepEqual(texts.map(parseDuration), [30, 90, 600, 5400, 30, 7200, 1000]);
});

Deno.test("what is not a time, or too long a time, is refused", () => {
  for (const text of ["", "0", "10d", "-5s", "Infinity", "99999h", "5s5m"]) {
    assert.throws(() => parseDuration(text), /expected a time such as 90s/, text);
  }
});
