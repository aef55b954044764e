import assert from "node:assert/strict";
import { encodeOnnx, type OnnxModel } from "../../../../core/onnx/mod.ts";
import { Session } from "../../../../core/session/mod.ts";
import { StagedRun } from "../../../../models/compress/quantize/staged_run.ts";
import { networkOf, noise } from "../../../core/quantize/quantized.ts";

const INPUT = { channels: 8, height: 9, width: 7 };
const IMAGES = [1, 2, 3].map((seed) => noise(INPUT, seed));

/** With a value that is read again later, and one that no one reads. */
function model(): OnnxModel {
  return networkOf(INPUT, (g, x) => {
    const a = g.conv(x, { name: "a", channels: 8, kernel: 3, activation: "relu" });
    const b = g.conv(a, { name: "b", channels: 8, kernel: 1, activation: "h-swish" });
    return g.add("sum", g.conv(b, { name: "c", channels: 8, kernel: 1 }), a);
  });
}

Deno.test("values that are taken on the way are those of the whole graph", async () => {
  const whole = model();
  const wanted = ["a.conv", "b.conv", "c", "y"];
  const outputs = wanted.map((name) => ({ name, elementType: "float32" as const }));
  const session = await Session.open(encodeOnnx({ ...whole, graph: { ...whole.graph, outputs } }), "whole");
  const run = new StagedRun(whole, IMAGES, new Set(wanted), "staged");
  for (const name of wanted) {
    const values = await run.take(whole, name);
    for (const [i, image] of IMAGES.entries()) {
      assert.deepEqual(values[i], (await session.run(image))[name], name);
    }
  }
  await session.close();
});

Deno.test("weights may change in what has not run", async () => {
  const whole = model();
  const initializers = whole.graph.initializers.map((tensor) =>
    tensor.name.startsWith("c.") ? { ...tensor, data: new Uint8Array(tensor.data.length) } : tensor
  );
  const changed = { ...whole, graph: { ...whole.graph, initializers } };
  const run = new StagedRun(whole, IMAGES, new Set(["a", "c"]), "staged");
  const [a] = await run.take(whole, "a");
  assert.ok((a.data as Float32Array).some((value) => value !== 0));
  const [c] = await run.take(changed, "c");
  assert.ok((c.data as Float32Array).every((value) => value === 0));
});

Deno.test("what nothing needs any more is gone", async () => {
  const whole = model();
  const run = new StagedRun(whole, IMAGES, new Set(["c"]), "staged");
  await run.take(whole, "c");
  await assert.rejects(run.take(whole, "b.conv"), /b\.conv is not there, or no longer/);
});

Deno.test("an abort ends it between images", async () => {
  const whole = model();
  const run = new StagedRun(whole, IMAGES, new Set(["c"]), "staged");
  await assert.rejects(run.take(whole, "c", AbortSignal.abort()), { name: "AbortError" });
});
