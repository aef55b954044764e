import assert from "node:assert/strict";
import { BneckError } from "../../../../core/errors.ts";
import { GraphBuilder } from "../../../../core/graph/mod.ts";
import { countLayers } from "../../../../core/profile/counting/graph_costs.ts";
import { checkMemory, minRunBytes } from "../../../../core/profile/measuring/memory_check.ts";

function costsOf(images: number) {
  const g = new GraphBuilder();
  const x = g.tensor("x", 4);
  const conv = g.conv(x, { name: "conv", channels: 8, kernel: 1 });
  const pool = g.globalAveragePool("pool", conv);
  const input = { shapes: { x: [images, 4, 10, 10] } };
  return { input, rows: countLayers(g.finish({ pool }), input).rows };
}

Deno.test("a run holds at least what a convolution reads and returns", () => {
  const weights = 4 * (4 * 8 + 8);
  const bytes = (images: number) => minRunBytes(costsOf(images).rows);
  assert.ok(bytes(1) >= 4 * (4 + 8) * 100 && bytes(1) <= 4 * (4 + 8) * 100 + weights);
  assert.equal(bytes(11) - bytes(1), 10 * 4 * (4 + 8) * 100);
});

Deno.test("what the machine has no memory for is refused, with what to lower", () => {
  for (const [images, option] of [[5, "batch"], [1, "size"]] as const) {
    const { input, rows } = costsOf(images);
    const needed = minRunBytes(rows);
    checkMemory("small", input, rows, needed);
    assert.throws(() => checkMemory("small", input, rows, needed - 1), (error) => {
      assert.ok(error instanceof BneckError);
      assert.equal(error.exitStatus, 2);
      assert.match(error.message, new RegExp(`^small with an input of ${images}×4×10×10 takes at least `));
      assert.equal(error.hint?.option, option);
      return true;
    });
  }
});
