import assert from "node:assert/strict";
import { parseMemory } from "../../../cli/flags/memory.ts";

Deno.test("an amount of memory has a unit", () => {
  assert.equal(parseMemory("512M"), 2 ** 29);
  assert.equal(parseMemory("2GB"), 2 ** 31);
  assert.equal(parseMemory("1.5GiB"), 3 * 2 ** 29);
  assert.equal(parseMemory("1t"), 2 ** 40);
  for (const text of ["", "512", "M", "0G", "-1G", "1K", "2 G", "1e3M", "Infinity"]) {
    assert.throws(() => parseMemory(text), /expected an amount of memory, such as 800M or 2G/, text);
  }
});
