import assert from "node:assert/strict";
import { MemoryLayout } from "../../core/wasm_memory.ts";

Deno.test("places do not meet, begin at multiples of 16, and the memory grows to hold the last", () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const layout = new MemoryLayout(memory);
  const lengths = [1, 0, 100_000, 17, 16];
  const places = lengths.map((length) => layout.place(length));
  places.forEach((place, i) => {
    assert.equal(place % 16, 0);
    if (i > 0) assert.ok(place >= places[i - 1] + lengths[i - 1] + 16);
  });
  const { bytes, ints, floats } = layout.views();
  assert.ok(bytes.length >= places.at(-1)! + 16 + 16);
  assert.ok(bytes.buffer === ints.buffer && ints.buffer === floats.buffer && bytes.buffer === memory.buffer);
});
