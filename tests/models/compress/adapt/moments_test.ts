import assert from "node:assert/strict";
import { Elimination } from "../../../../models/compress/adapt/elimination.ts";
import { momentsOf, TallProducts } from "../../../../models/compress/adapt/moments.ts";
import { noise } from "../../../core/graph/finite_differences.ts";

const CHANNELS = 24;
const CELLS = 5;

Deno.test("features that hardly vary around a large mean have a covariance that can be inverted", async () => {
  const data = noise(CELLS * CHANNELS, 7).map((value, i) => 300 + i % CHANNELS + value / 1000);
  const weight = noise(CHANNELS * 2, 8);
  const inputs = { channels: CHANNELS, data };
  const conv = { weight, bias: Float32Array.of(1, 2) };
  const products = await TallProducts.open();
  try {
    const moments = await momentsOf(products, { inputs, conv, hasBias: true }, inputs, [0, 1]);
    for (let j = 0; j < CHANNELS; j++) {
      const column = Array.from({ length: CELLS }, (_, cell) => data[cell * CHANNELS + j]);
      const mean = column.reduce((sum, value) => sum + value, 0) / CELLS;
      const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / CELLS;
      const found = moments.inputs2[j * CHANNELS + j];
      assert.ok(Math.abs(found / variance - 1) < 1e-4, `${found} instead of ${variance}`);
    }
    const elimination = new Elimination(moments, conv);
    for (let j = 0; j < CHANNELS; j += 2) elimination.remove(j);
    assert.ok(elimination.result(true).weight.every(Number.isFinite));
  } finally {
    await products.close();
  }
});
