import assert from "node:assert/strict";
import type { OnnxGraph, OnnxNode } from "../../../../core/onnx/mod.ts";
import { attributeNodes } from "../../../../core/profile/measuring/attribution.ts";
import { allNodes } from "../../../../core/profile/counting/graph_walk.ts";
import { recordRuns, withFolder } from "../../../../core/profile/measuring/recording.ts";
import { body, file, floats, graph, info, ints, node, text } from "../small_onnx.ts";

const named = (name: string) => ({ name });

/** A graph of nodes alone, each named after its first output. */
function nodes(...list: [operator: string, inputs: string[], outputs: string[]][]): OnnxGraph {
  return graph(
    list.map(([operator, inputs, outputs]) => node(operator, inputs, outputs, {}, named(outputs[0]))),
    [],
    [],
  );
}

/** For every rewritten node, what it stands for; a change of layout has an arrow. */
function purposes(original: OnnxGraph, rewritten: OnnxGraph): string[] {
  const attribution = attributeNodes(original, rewritten);
  return rewritten.nodes.map((one) => {
    const { node, layout } = attribution.purposes.get(one)!;
    return `${one.operator}${layout ? "→" : "="}${node?.outputs[0] ?? "?"}`;
  });
}

function fusions(original: OnnxGraph, rewritten: OnnxGraph): Record<string, string> {
  return Object.fromEntries(
    [...attributeNodes(original, rewritten).fusedInto].map((
      [one, into],
    ) => [one.outputs[0], into.outputs[0]]),
  );
}

const blocked = (name: string, inputs: string[], output: string) =>
  node("Conv", inputs, [output], {}, { name: `${name}_nchwc`, domain: "com.microsoft.nchwc" });
const reorder = (operator: string, input: string, output: string, name = operator) =>
  node(operator, [input], [output], {}, { name, domain: "com.microsoft.nchwc" });

Deno.test("blocked convolutions are followed by the tensor in their name, to the convolution before it", () => {
  const original = nodes(
    ["Conv", ["x", "w1"], ["c1"]],
    ["Relu", ["c1"], ["r1"]],
    ["Conv", ["r1", "w2"], ["c2"]],
    ["HardSigmoid", ["c2"], ["g"]],
    ["Mul", ["c2", "g"], ["s"]],
    ["Conv", ["s", "w3"], ["c3"]],
  );
  const rewritten = graph(
    [
      reorder("ReorderInput", "x", "t0"),
      blocked("r1", ["t0", "w1"], "t1"),
      blocked("c2", ["t1", "w2"], "t2"),
      blocked("c3", ["t2", "w3"], "t3"),
      reorder("ReorderOutput", "t3", "c3"),
    ],
    [],
    [],
  );
  assert.deepEqual(purposes(original, rewritten), [
    "ReorderInput→c1",
    "Conv=c1",
    "Conv=c2",
    "Conv=c3",
    "ReorderOutput→c3",
  ]);
  assert.deepEqual(fusions(original, rewritten), { r1: "c1", g: "c2", s: "c2" });
});

Deno.test("a sum is fused into the last of the convolutions that it adds", () => {
  const original = nodes(
    ["Conv", ["x", "w1"], ["left"]],
    ["Conv", ["x", "w2"], ["right"]],
    ["Add", ["left", "right"], ["sum"]],
  );
  const rewritten = graph(
    [blocked("right", ["x"], "t1"), blocked("left", ["x", "", "", "t1"], "t2")],
    [],
    [],
  );
  assert.deepEqual(fusions(original, rewritten), { sum: "left" });
});

Deno.test("changes of layout belong to the node that they are for, over several steps", () => {
  const original = nodes(["Conv", ["x", "w"], ["c"]], ["Add", ["c", "y"], ["a"]], ["Softmax", ["a"], ["s"]]);
  const rewritten = graph(
    [
      blocked("c", ["x"], "t1"),
      reorder("ReorderOutput", "t1", "t2", "ReorderOutput_token_7"),
      node("Reshape", ["t2", "shape"], ["t3"], {}, named("Reshape_token_57")),
      node("Add", ["t3", "y"], ["t4"], {}, named("a")),
      node("Reshape", ["t4", "shape"], ["a"], {}, named("Reshape")),
      node("Softmax", ["a"], ["s"], {}, named("s")),
    ],
    [],
    [],
  );
  assert.deepEqual(purposes(original, rewritten), [
    "Conv=c",
    "ReorderOutput→a",
    "Reshape→a",
    "Add=a",
    "Reshape→s",
    "Softmax=s",
  ]);
});

Deno.test("a fusion is known by the tensor that it returns, and holds all from there back to what it takes", () => {
  const original = nodes(
    ["MatMul", ["x", "w"], ["m"]],
    ["ReduceMean", ["m"], ["mean"]],
    ["Sub", ["m", "mean"], ["d"]],
    ["Sqrt", ["d"], ["q"]],
    ["Div", ["d", "q"], ["n"]],
    ["Add", ["n", "b"], ["out"]],
    ["Relu", ["out"], ["r"]],
  );
  const rewritten = graph(
    [
      node("MatMul", ["x", "w"], ["m"], {}, named("m")),
      node("LayerNormalization", ["m", "s", "b"], ["out"], {}, named("LayerNormalization_4")),
      node("Relu", ["out"], ["r"], {}, named("r")),
    ],
    [],
    [],
  );
  assert.deepEqual(purposes(original, rewritten), ["MatMul=m", "LayerNormalization=out", "Relu=r"]);
  assert.deepEqual(fusions(original, rewritten), { mean: "out", d: "out", q: "out", n: "out" });
});

Deno.test("a replacement is known by the name that it extends, and is not a change of layout even if it is unknown", () => {
  const original = nodes(["MatMul", ["x", "w"], ["/mlp/MatMul"]], ["Add", ["/mlp/MatMul", "b"], [
    "/mlp/Add",
  ]]);
  const gemm = (name: string) =>
    graph(
      [
        node("Reshape", ["x", "s"], ["t0"], {}, named("gemm_input_reshape")),
        node("Gemm", ["t0", "w", "b"], ["t1"], {}, named(name)),
        node("Reshape", ["t1", "s"], ["/mlp/Add"], {}, named("gemm_output_reshape")),
      ],
      [],
      [],
    );
  assert.deepEqual(purposes(original, gemm("/mlp/MatMul/MatMulAddFusion")), [
    "Reshape→/mlp/MatMul",
    "Gemm=/mlp/MatMul",
    "Reshape→/mlp/MatMul",
  ]);
  assert.deepEqual(purposes(original, gemm("unheard of"))[1], "Gemm=?");
});

Deno.test("padding and dequantizing go into what follows, an activation into what stands before", () => {
  const original = nodes(
    ["Conv", ["x", "w1"], ["c1"]],
    ["Clip", ["c1"], ["r"]],
    ["Pad", ["r"], ["p"]],
    ["DequantizeLinear", ["w2"], ["d"]],
    ["Conv", ["p", "d"], ["c2"]],
    ["Identity", ["c2"], ["y"]],
  );
  const rewritten = graph([blocked("c1", ["x"], "t1"), blocked("c2", ["t1"], "t2")], [], []);
  assert.deepEqual(fusions(original, rewritten), { r: "c1", p: "c2", d: "c2", y: "c2" });
});

Deno.test("the nodes of a branch are followed too, and those of one that was taken out of it", () => {
  const inner = nodes(["Relu", ["x"], ["inner"]]);
  const branch = (content: OnnxGraph) =>
    node("If", ["c"], ["y"], { then_branch: body(content) }, named("if"));
  const original = graph([branch(inner)], [], []);
  const kept = graph([branch(nodes(["Relu", ["x"], ["inner"]]))], [], []);
  const list = (rewritten: OnnxGraph) =>
    [...allNodes(rewritten)].map((one: OnnxNode) =>
      attributeNodes(original, rewritten).purposes.get(one)?.node?.outputs[0]
    );
  assert.deepEqual(list(kept), ["y", "inner"]);
  assert.deepEqual(list(nodes(["Relu", ["x"], ["inner"]])), ["inner"]);
});

Deno.test("what onnxruntime makes of a network is followed without a gap", async () => {
  const x = info("x", [1, 16, 12, 12]);
  const weight = (name: string, ...shape: number[]) => floats(name, shape, 0.01);
  const content = graph(
    [
      node("Pad", ["x", "pads"], ["padded"], { mode: text("constant") }, named("pad")),
      node("Conv", ["padded", "w1"], ["c1"], { kernel_shape: ints(3, 3) }, named("conv1")),
      node("Relu", ["c1"], ["r1"], {}, named("relu1")),
      node("GlobalAveragePool", ["r1"], ["p"], {}, named("pool")),
      node("Mul", ["r1", "p"], ["m"], {}, named("scale")),
      node("Conv", ["m", "w2"], ["c2"], {}, named("conv2")),
      node("Add", ["c2", "m"], ["a"], {}, named("residual")),
      node("Transpose", ["a"], ["t"], { perm: ints(0, 2, 3, 1) }, named("transpose")),
      node("MatMul", ["t", "w3"], ["mm"], {}, named("linear")),
      node("Add", ["mm", "bias"], ["y"], {}, named("bias")),
    ],
    [x],
    [info("y")],
    [
      { name: "pads", elementType: "int64", shape: [8], data: new Uint8Array(64).fill(1, 16, 17) },
      weight("w1", 32, 16, 3, 3),
      weight("w2", 32, 32, 1, 1),
      weight("w3", 32, 8),
      weight("bias", 8),
    ],
  );
  const feeds = { x: { type: "float32", shape: [1, 16, 12, 12], data: new Float32Array(16 * 144) } } as const;
  const recorded = await withFolder((folder) =>
    recordRuns({ label: "net", model: file(content), feeds }, 1, {}, folder)
  );
  const attribution = attributeNodes(content, recorded.graph);
  for (const one of recorded.graph.nodes) {
    const purpose = attribution.purposes.get(one)!;
    assert.ok(purpose.node, one.name);
    assert.equal(purpose.layout, one.operator.startsWith("Reorder") || one.operator === "Reshape", one.name);
  }
  const running = new Set([...attribution.purposes.values()].map((purpose) => purpose.node));
  for (const one of content.nodes) {
    assert.ok(running.has(one) || attribution.fusedInto.has(one), `${one.name} has been lost`);
  }
  const into = (name: string) =>
    attribution.fusedInto.get(content.nodes.find((one) => one.name === name)!)?.name;
  assert.equal(into("relu1"), "conv1");
  assert.equal(into("pad"), "conv1");
});
