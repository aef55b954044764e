/** The WebAssembly modules that are committed beside their text. */
import assert from "node:assert/strict";
import wabt from "wabt";
import { ROOT } from "./support/shared.ts";

for (const module of ["core/images/resample", "heads/label_cells"]) {
  Deno.test(`${module}.wasm is what ${module}.wat says`, async () => {
    const { parseWat } = await wabt();
    const text = parseWat(`${module}.wat`, Deno.readTextFileSync(`${ROOT}${module}.wat`), { simd: true });
    const { buffer } = text.toBinary({});
    assert.deepEqual(buffer, Deno.readFileSync(`${ROOT}${module}.wasm`));
  });
}
