import assert from "node:assert/strict";
import { RESAMPLE } from "../../core/images/resample_module.js";
import { resizeImage } from "../../core/images/resize.ts";
import { MAX_KEPT, MemoryLayout, WasmInstance } from "../../core/wasm_memory.ts";

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

Deno.test("an instance is kept until its memory has grown large", () => {
  const instance = new WasmInstance<{ readonly memory: WebAssembly.Memory }>(RESAMPLE);
  const memory = () => instance.use(({ memory }) => memory);
  const first = memory();
  assert.equal(memory(), first);
  instance.use(({ memory }) => memory.grow(MAX_KEPT / 2 ** 16));
  const second = memory();
  assert.notEqual(second, first);
  assert.ok(second.buffer.byteLength < MAX_KEPT);
  assert.throws(() =>
    instance.use(({ memory }) => {
      memory.grow(MAX_KEPT / 2 ** 16);
      throw new Error("a failure");
    })
  );
  assert.notEqual(memory(), second);
});

Deno.test("a row of four million pixels is resized, and others after it", () => {
  const width = 4_000_000;
  const data = new Uint8Array(width * 3).fill(200);
  assert.ok(resizeImage({ width, height: 1, data }, 300, 1, "bilinear").data.every((value) => value === 200));
  const small = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
  assert.deepEqual(resizeImage(small, 1, 1, "bilinear").data, Uint8Array.of(128, 128, 128));
});
