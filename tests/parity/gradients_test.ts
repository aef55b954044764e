/** Gradients of a small network against PyTorch's, which `make_gradients.py` has written. */
import assert from "node:assert/strict";
import { invertedResidual } from "../../core/backbones/inverted_residual.ts";
import { crossEntropy, gradientGraph, GraphBuilder, toOnnx } from "../../core/graph/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../core/session/mod.ts";
import { readWeights, toFloat32 } from "../../core/weights/mod.ts";
import { lrAspp } from "../../heads/mod.ts";
import { ROOT } from "../support/shared.ts";
import { relativeError } from "./parity.ts";

const STYLE = { batchNorm: { epsilon: 1e-3 }, padding: "same", gate: "h-sigmoid" } as const;
const SHAPE = [2, 6, 13, 10] as const;

Deno.test("loss and gradients of blocks and head agree with PyTorch to 1e-4", async () => {
  const reference = await readWeights(`${ROOT}tests/fixtures/parity/gradients.safetensors`);
  const g = new GraphBuilder();
  const a = invertedResidual(g, g.tensor("x", SHAPE[1]), {
    name: "a",
    kernel: 3,
    expanded: 12,
    channels: 6,
    stride: 1,
    dilation: 2,
    activation: "h-swish",
    squeeze: 4,
  }, STYLE);
  const b = invertedResidual(g, a.output, {
    name: "b",
    kernel: 5,
    expanded: 16,
    channels: 10,
    stride: 2,
    activation: "h-swish",
    squeeze: 4,
  }, STYLE);
  const head = lrAspp({ classes: 5, filters: 8, high: "high", low: "low", classify: "before" });
  const { logits } = head.build(g, { high: b.output, low: a.output });

  const labels = reference.get("labels")!;
  const gradients = gradientGraph(g.finish({ logits }), {
    shapes: { x: SHAPE },
    learns: (name) => name !== "x",
    trainsBatchNorm: ({ scope }) => scope === "segment.reduce",
    loss: (tape, outputs) =>
      crossEntropy(
        tape,
        outputs.logits,
        tape.input("labels", "uint8", labels.shape),
        toFloat32(reference.get("class_weights")!),
      ),
  });
  const given = (name: string): NamedTensor => {
    const tensor = reference.get(name);
    assert.ok(tensor, `the reference lacks ${name}`);
    return { shape: tensor.shape, data: toFloat32(tensor) };
  };
  const feeds: Record<string, NamedTensor> = {
    x: given("x"),
    labels: { shape: labels.shape, data: labels.data.slice() },
  };
  for (const { name } of gradients.parameters) feeds[name] = given(name);
  const session = await Session.open(encodeOnnx(toOnnx(gradients.graph, new Map()).model), "gradients");
  const outputs = await session.run(feeds);
  await session.close();

  assert.equal(gradients.learned.length, 28);
  const error = (name: string) =>
    relativeError(outputs[name].data as Float32Array, toFloat32(reference.get(name)!));
  assert.ok(error("loss") < 1e-6, `loss: ${error("loss")}`);
  for (const { name } of gradients.learned) {
    assert.ok(error(`gradient.${name}`) < 1e-4, `${name}: ${error(`gradient.${name}`)}`);
  }
});
