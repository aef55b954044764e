import assert from "node:assert/strict";
import { invertedResidual } from "../../../../core/backbones/inverted_residual.ts";
import type { GraphBuilder, Value } from "../../../../core/graph/mod.ts";
import { encodeOnnx, type OnnxModel } from "../../../../core/onnx/mod.ts";
import { type QuantizationPlan, quantizeModel, unitsOf } from "../../../../core/quantize/mod.ts";
import { Session } from "../../../../core/session/mod.ts";
import { residual } from "../../../../models/compress/quantize/residuals.ts";
import { tuneWeights } from "../../../../models/compress/quantize/tune.ts";
import { networkOf, noise, planFor } from "../../../core/quantize/quantized.ts";

const INPUT = { channels: 16, height: 24, width: 20 };
const STYLE = { batchNorm: { epsilon: 1e-3 }, padding: "same", gate: "h-sigmoid" } as const;
const IMAGES = [11, 12, 13, 14, 15, 16].map((seed) => noise(INPUT, seed));

function blocks(g: GraphBuilder, x: Value): Value {
  const spec = { kernel: 3, expanded: 48, channels: 16, stride: 1, activation: "h-swish" } as const;
  const first = invertedResidual(g, x, { ...spec, name: "net.block1", squeeze: 16 }, STYLE);
  const second = invertedResidual(g, first.output, { ...spec, name: "net.block2", kernel: 5 }, STYLE);
  return g.conv(second.output, { name: "net.last", channels: 8, kernel: 1 });
}

async function network(isInt8?: (unit: string) => boolean) {
  const onnx = networkOf(INPUT, blocks);
  // Weights of four bits leave something to be made up for.
  const plan = await planFor(onnx, INPUT, isInt8, { weightLimit: 7 });
  return { model: { name: "net", onnx, parts: unitsOf(onnx.graph) }, plan };
}

async function outputOf(model: OnnxModel, seed: number): Promise<Float32Array> {
  const session = await Session.open(encodeOnnx(model), "net");
  const { y } = await session.run(noise(INPUT, seed));
  await session.close();
  return y.data as Float32Array;
}

/** On noise that had no part in anything. */
async function errorOf(onnx: OnnxModel, plan: QuantizationPlan): Promise<number> {
  const [float, int8] = [await outputOf(onnx, 99), await outputOf(quantizeModel(onnx, plan), 99)];
  return float.reduce((sum, value, i) => sum + (value - int8[i]) ** 2, 0);
}

Deno.test("a network with tuned weights is closer to the float network", async () => {
  const { model, plan } = await network();
  const tuned = await tuneWeights(model, plan, IMAGES, { seed: 0 });
  assert.equal(tuned.layers, 9);
  assert.equal(tuned.total, 9);
  const [before, after] = [await errorOf(model.onnx, plan), await errorOf(model.onnx, tuned.plan)];
  assert.ok(after < 0.6 * before, `${before} ${after}`);
});

Deno.test("layers in float are left alone", async () => {
  const { model, plan } = await network((unit) => !unit.startsWith("net.block1"));
  const { plan: { weights }, total } = await tuneWeights(model, plan, IMAGES, { seed: 0 });
  assert.equal(total, 4);
  assert.ok([...weights!.keys()].every((name) => !name.startsWith("net.block1")));
});

Deno.test("the same seed gives the same weights, another one others", async () => {
  const { model, plan } = await network();
  const weights = async (seed: number) => (await tuneWeights(model, plan, IMAGES, { seed })).plan.weights;
  assert.deepEqual(await weights(1), await weights(1));
  assert.notDeepEqual(await weights(1), await weights(2));
});

Deno.test("a tuning that is ended keeps the layers that it has tuned", async () => {
  const { model, plan } = await network();
  let left = 3;
  const late = await tuneWeights(model, plan, IMAGES, { seed: 0, isOver: () => left-- === 0 });
  assert.equal(late.layers, 3);
  assert.equal(late.plan.weights!.size, 3);
  const abort = new AbortController();
  const stopped = await tuneWeights(model, plan, IMAGES, {
    seed: 0,
    signal: abort.signal,
    onLayer: (done) => done === 2 && abort.abort(),
  });
  assert.equal(stopped.layers, 2);
  await outputOf(quantizeModel(model.onnx, stopped.plan), 1);
});

Deno.test("nothing is missing where an activation makes the same of what is wanted and what is given", () => {
  assert.equal(residual(-5, -9, [-3, Infinity]), 0);
  assert.equal(residual(-5, -2, [-3, Infinity]), -1);
  assert.equal(residual(1, -4, [-3, Infinity]), 5);
  assert.equal(residual(9, 5, [0, 6]), 1);
  assert.equal(residual(1, 2, [-Infinity, Infinity]), -1);
});
