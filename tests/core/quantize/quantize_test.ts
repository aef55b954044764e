import assert from "node:assert/strict";
import { invertedResidual } from "../../../core/backbones/inverted_residual.ts";
import type { GraphBuilder, Value } from "../../../core/graph/mod.ts";
import type { OnnxModel } from "../../../core/onnx/mod.ts";
import { floatsOf, quantizeModel, unitsOf } from "../../../core/quantize/mod.ts";
import { compared, networkOf, optimizedOperators, planFor } from "./quantized.ts";

const INPUT = { channels: 24, height: 20, width: 28 };
const STYLE = { batchNorm: { epsilon: 1e-3 }, padding: "same", gate: "h-sigmoid" } as const;

/** Two blocks as MobileNetV3 has them, the second with 72 channels, which are no multiple of 16. */
function blocks(g: GraphBuilder, x: Value): Value {
  const first = invertedResidual(g, x, {
    name: "net.block1",
    kernel: 3,
    expanded: 96,
    channels: 24,
    stride: 1,
    activation: "h-swish",
    squeeze: 24,
  }, STYLE);
  const second = invertedResidual(g, first.output, {
    name: "net.block2",
    kernel: 5,
    expanded: 72,
    channels: 32,
    stride: 2,
    activation: "relu",
  }, STYLE);
  return g.conv(second.output, { name: "net.last", channels: 8, kernel: 1 });
}

Deno.test("blocks in int8 give nearly what they give in float", async () => {
  const { error } = await compared(networkOf(INPUT, blocks), INPUT);
  assert.ok(error < 0.005, String(error));
});

/** The same network with channels of very different sizes after the first convolution, as trained ones have. */
function uneven(model: OnnxModel): OnnxModel {
  const initializers = model.graph.initializers.map((tensor) => {
    const written = /^net\.block1\.expand\.(weight|bias)$/.test(tensor.name);
    if (!written && tensor.name !== "net.block1.depthwise.weight") return tensor;
    const values = floatsOf(tensor)!;
    const perChannel = values.length / tensor.shape[0];
    const scaled = values.map((value, i) =>
      value * 2 ** ((Math.floor(i / perChannel) % 8 - 4) * (written ? 1 : -1))
    );
    return { ...tensor, data: new Uint8Array(scaled.buffer) };
  });
  return { ...model, graph: { ...model.graph, initializers } };
}

Deno.test("factors of channels make the error of channels of different sizes smaller", async () => {
  const model = uneven(networkOf(INPUT, blocks));
  const withFactors = await compared(model, INPUT);
  const without = await compared(model, INPUT, { equalize: false });
  assert.ok(withFactors.error < without.error / 2, `${withFactors.error} ${without.error}`);
});

Deno.test("onnxruntime runs no convolution in float where int8 was asked for", async () => {
  const { quantized } = await compared(networkOf(INPUT, blocks), INPUT);
  const operators = await optimizedOperators(quantized);
  assert.deepEqual(operators, {
    // The input, and back from the last product, which is in float.
    Transpose: 2,
    QuantizeLinear: 1,
    // Two blocks of three and squeeze and excite.
    QLinearConv: 8,
    // Two h-swishes of two products, the means times their factors, the gate.
    QLinearMul: 6,
    QLinearGlobalAveragePool: 1,
    QLinearAdd: 1,
    MatMulIntegerToFloat: 1,
  });
});

Deno.test("of two blocks one can stay in float, with one change to int8 and one back", async () => {
  const model = networkOf(INPUT, blocks);
  const { error, quantized } = await compared(model, INPUT, {
    isInt8: (unit) => unit.startsWith("net.block1"),
  });
  assert.ok(error < 0.005, String(error));
  const operators = await optimizedOperators(quantized);
  assert.equal(operators.QLinearConv, 5);
  assert.equal(operators.Conv, 4);
  assert.equal(operators.QuantizeLinear, 1);
  assert.equal(operators.DequantizeLinear, 1);
});

Deno.test("nothing in int8 is the network as it was", async () => {
  const model = networkOf(INPUT, blocks);
  const { float, int8 } = await compared(model, INPUT, { isInt8: () => false });
  assert.deepEqual(int8, float);
});

for (const coordinates of ["half_pixel", "asymmetric"] as const) {
  Deno.test(`upsampling by two (${coordinates}) and a ReLU after joining need no Resize`, async () => {
    const model = networkOf(INPUT, (g, x) => {
      const coarse = g.conv(x, { name: "net.coarse", channels: 16, kernel: 3, stride: 2, padding: "same" });
      const up = g.resize("net.up", coarse, { factor: 2 }, coordinates);
      const fine = g.conv(x, { name: "net.fine", channels: 20, kernel: 1 });
      const joined = g.activation("net.relu", g.concat("net.concat", [fine, up]), "relu");
      return g.conv(joined, { name: "net.last", channels: 4, kernel: 1 });
    });
    const { error, quantized } = await compared(model, INPUT);
    assert.ok(error < 0.002, String(error));
    const operators = await optimizedOperators(quantized);
    assert.equal(operators.Resize, undefined);
    assert.equal(operators.QLinearConcat, undefined);
    assert.equal(operators.Relu, undefined);
  });
}

Deno.test("upsampling by another factor is a Resize of bytes", async () => {
  const model = networkOf(INPUT, (g, x) => {
    const coarse = g.conv(x, { name: "net.coarse", channels: 16, kernel: 1 });
    return g.conv(g.resize("net.up", coarse, { factor: 4 }), { name: "net.last", channels: 4, kernel: 3 });
  });
  const { error, quantized } = await compared(model, INPUT);
  assert.ok(error < 0.002, String(error));
  assert.equal((await optimizedOperators(quantized)).Resize, 1);
});

Deno.test("sigmoid gates, ReLU6, max pooling and values that are read twice have int8 forms", async () => {
  const model = networkOf(INPUT, (g, x) => {
    const a = g.conv(x, { name: "net.a", channels: 16, kernel: 1, activation: "relu6" });
    const pooled = g.pool("net.pool", a, {
      pool: "max",
      kernel: [3, 3],
      stride: [1, 1],
      padding: "symmetric",
    });
    const mean = g.globalAveragePool("net.mean", pooled);
    const gate = g.conv(mean, { name: "net.gate", channels: 16, kernel: 1, activation: "sigmoid" });
    const gated = g.multiply("net.scale", pooled, gate);
    const sum = g.add("net.sum", gated, a);
    return g.conv(g.activation("net.again", sum, "relu"), { name: "net.last", channels: 4, kernel: 1 });
  });
  const { error, quantized } = await compared(model, INPUT);
  assert.ok(error < 0.003, String(error));
  const operators = await optimizedOperators(quantized);
  assert.equal(operators.Conv, undefined);
  assert.equal(operators.QLinearSigmoid, 1);
  assert.equal(operators.NhwcMaxPool, 1);
});

Deno.test("depthwise convolutions run with a multiple of 16 channels where nothing else sees them", async () => {
  const { quantized } = await compared(networkOf(INPUT, blocks), INPUT);
  const weight = quantized.graph.initializers.find(({ name }) =>
    name === "net.block2.depthwise.conv.weight.int8"
  );
  assert.deepEqual(weight?.shape, [80, 1, 5, 5]);
});

Deno.test("a limit is for weights of matrix products, not for depthwise convolutions", async () => {
  const { quantized } = await compared(networkOf(INPUT, blocks), INPUT, { weightLimit: 63 });
  const largest = (name: string) => {
    const { data } = quantized.graph.initializers.find((tensor) => tensor.name === `${name}.weight.int8`)!;
    return Math.max(...new Int8Array(data.buffer, data.byteOffset, data.length).map(Math.abs));
  };
  assert.equal(largest("net.block2.depthwise.conv"), 127);
  assert.equal(largest("net.block2.expand.conv"), 63);
  assert.equal(largest("net.block1.se.squeeze.conv"), 63);
});

Deno.test("a unit without an int8 form or a scale is refused", async () => {
  const model = networkOf(
    INPUT,
    (g, x) => g.softmax("net.softmax", g.conv(x, { name: "net.a", channels: 4, kernel: 1 }), 1),
  );
  const plan = await planFor(model, INPUT);
  const softmax = unitsOf(model.graph).units.find(({ kind }) => kind === "other")!;
  assert.throws(
    () => quantizeModel(model, { ...plan, units: new Set([softmax.name]) }),
    /net\.softmax \(Softmax\) has no int8 form/,
  );
  assert.throws(() => quantizeModel(model, { ...plan, scales: new Map() }), /no scale for x/);
});

Deno.test("every tensor of a quantized graph has one name of its own", async () => {
  const { quantized: { graph } } = await compared(networkOf(INPUT, blocks), INPUT);
  const names = [
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ];
  assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
  assert.equal(new Set(graph.nodes.map(({ name }) => name)).size, graph.nodes.length);
});
