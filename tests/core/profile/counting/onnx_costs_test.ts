import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { decodeOnnx } from "../../../../core/onnx/mod.ts";
import { countLayers } from "../../../../core/profile/counting/graph_costs.ts";
import { countOnnx, type OnnxCosts } from "../../../../core/profile/counting/onnx_costs.ts";
import { findNetwork, networkGraph, networkInput } from "../../../../models/zoo/mod.ts";
import { ROOT, shared, testWithShared } from "../../../support/shared.ts";
import { body, file, floats, graph, info, int, integers, ints, node, text, truth } from "../small_onnx.ts";
import { refused, rows, X, Y } from "./counted_onnx.ts";

Deno.test("a file is counted node by node, whatever its nodes are called", async () => {
  const costs = await countOnnx(
    file(graph(
      [
        node("Conv", ["x", "w", "b"], ["a"], { strides: ints(2, 2), group: int(3) }, {
          name: 'the "first"\\n',
        }),
        node("Relu", ["a"], ["r"]),
        node("GlobalAveragePool", ["r"], ["p"], {}, { name: "pool" }),
        node("Flatten", ["p"], ["f"], {}, { name: "" }),
        node("Gemm", ["f", "g"], ["y"], { transB: int(1) }),
      ],
      [X],
      [Y],
      [floats("w", [6, 1, 3, 3]), floats("b", [6]), floats("g", [10, 6])],
    )),
    "net.onnx",
  );
  assert.deepEqual(rows(costs), [
    ['the "first"\\n', "Conv 3×3 depthwise s2", "1×6×7×7", 54 + 6, 6 * 49 * 9],
    ["r", "Relu", "1×6×7×7", 0, 0],
    ["pool", "GlobalAveragePool", "1×6×1×1", 0, 0],
    ["f", "Flatten", "1×6", 0, 0],
    ["y", "Gemm", "1×10", 60, 60],
  ]);
  assert.equal(costs.madds, 6 * 49 * 9 + 60);
  assert.equal(costs.parameters, 120);
  assert.equal(costs.rows[0].activationBytes, 4 * 6 * 49);
});

Deno.test("operators that are not counted are listed, and so are their rows", async () => {
  const costs = await countOnnx(
    file(graph(
      [node("MatMul", ["x", "m"], ["t"]), node("Det", ["t"], ["y"])],
      [info("x", [2, 4, 4])],
      [Y],
      [floats("m", [4, 4])],
    )),
    "net.onnx",
  );
  assert.deepEqual(costs.uncounted, [{ operator: "Det", nodes: 1 }]);
  assert.deepEqual(costs.rows.map((row) => row.madds), [128, undefined]);
});

Deno.test("recurrent operators multiply each step with all their weights", async () => {
  const costs = await countOnnx(
    file(graph(
      [node("LSTM", ["x", "w", "r"], ["", "h"], { hidden_size: int(8) }), node("MatMul", ["h", "m"], ["y"])],
      [info("x", [4, 1, 6])],
      [Y],
      [floats("w", [1, 32, 6]), floats("r", [1, 32, 8]), floats("m", [8, 5])],
    )),
    "net.onnx",
  );
  assert.deepEqual(costs.uncounted, []);
  assert.deepEqual(costs.rows.map((row) => row.madds), [4 * 32 * 14, 40]);
  assert.equal(costs.parameters, 32 * 14 + 40);
});

Deno.test("an Einsum that multiplies is counted", async () => {
  const model = file(graph(
    [node("Einsum", ["a", "b"], ["y"], { equation: text("bij,bkj->bik") })],
    [info("a", [2, 5, 7]), info("b", [2, 3, 7])],
    [Y],
  ));
  assert.equal((await countOnnx(model, "net.onnx")).madds, 2 * 5 * 3 * 7);
});

/** A branch, then a loop of five steps, with nodes that have no names. */
function controlFlow(): Uint8Array {
  const then = graph([node("MatMul", ["x", "m"], ["t"], {}, { name: "product" })], [], [info("t")]);
  const otherwise = graph(
    [node("Relu", ["x"], ["e0"]), node("MatMul", ["e0", "m"], ["e1"]), node("MatMul", ["e1", "m"], ["e"])],
    [],
    [info("e")],
  );
  const step = graph(
    [node("Identity", ["c"], ["c2"]), node("MatMul", ["v", "m"], ["v2"])],
    [info("i", [], "int64"), info("c", [], "bool"), info("v", [8, 8])],
    [info("c2", [], "bool"), info("v2", [8, 8])],
  );
  return file(graph(
    [
      node("If", ["which"], ["z"], { then_branch: body(then), else_branch: body(otherwise) }),
      node("Loop", ["five", "go", "z"], ["y"], { body: body(step) }),
    ],
    [info("x", [8, 8]), info("which", [], "bool")],
    [Y],
    [floats("m", [8, 8]), integers("five", [], 5), truth("go")],
  ));
}

Deno.test("a loop costs as often as it runs, and of two branches the one that runs", async () => {
  const taken = await countOnnx(controlFlow(), "net.onnx");
  const counted = (costs: OnnxCosts) =>
    costs.rows.filter((row) => row.madds).map((row) => [row.name, row.madds]);
  assert.deepEqual(counted(taken), [["product", 512], ["v2", 5 * 512]]);
  const other = await countOnnx(controlFlow(), "net.onnx", { input: { which: { value: 0 } } });
  assert.deepEqual(counted(other), [["e1", 512], ["e", 512], ["v2", 5 * 512]]);
  assert.deepEqual([taken.uncounted, other.uncounted], [[], []]);
  assert.ok(taken.rows.every((row) => row.name !== "e0"), "it has not run");
  assert.equal(taken.parameters, 64);
});

Deno.test("a node that the runtime composes of others keeps its name and its operator", async () => {
  const costs = await countOnnx(
    file(graph([node("HardSwish", ["x"], ["y"], {}, { name: "swish" })], [X], [Y])),
    "net.onnx",
  );
  assert.deepEqual(costs.rows.map(({ name, operator }) => [name, operator]), [["swish", "HardSwish"]]);
});

/** Softmax, and ZipMap behind it: a probability for each of two classes, as exporters of classifiers write it. */
const ZIP_MAP =
  "CAk6kQEKDwoBeBIBcCIHU29mdG1heAo6CgFwEgF6IgZaaXBNYXAqHgoTY2xhc3NsYWJlbHNfc3RyaW5nc0oBYUoBYqABCDoKYWkub25ueC5tbBIBZ1oTCgF4Eg4KDAgBEggKAggBCgIIAmITCgFwEg4KDAgBEggKAggBCgIIAmIVCgF6EhAiDgoMKgoICBIGCgQIARIAQgQKABARQg4KCmFpLm9ubngubWwQAw==";

Deno.test("outputs that are not tensors are not fetched", async () => {
  const costs = await countOnnx(Uint8Array.fromBase64(ZIP_MAP), "net.onnx");
  assert.deepEqual(costs.measurable.outputs, ["p"]);
  assert.deepEqual(costs.rows.map(({ operator }) => operator), ["Softmax", "ZipMap"]);
});

/** The cases of ../shared/cases/profile: multiply-adds by the operators' definitions. */
const CASES: Readonly<Record<string, number>> = {
  attention23: 4 * 16 * 16 * 16,
  dim_minus1: 20 * 20 * 32 * 36,
  einsum_outer: 2000,
  einsum_three: 4 * 5 * 6 + 4 * 6 * 7,
  fp16conv: 14 * 14 * 8 * 27,
  function: 2 * 4 * 64,
  gru: 20 * 48 * 24,
  lstm: 20 * 2 * 64 * 24,
  qdq_conv: 30 * 30 * 8 * 27,
};

for (const [name, madds] of Object.entries(CASES)) {
  testWithShared(
    `cases/profile/${name}.onnx`,
    `the case ${name} is counted, and its rows have the file's names`,
    async () => {
      const path = shared(`cases/profile/${name}.onnx`);
      const costs = await countOnnx(path, path);
      assert.deepEqual([costs.madds, costs.uncounted], [madds, []]);
      const { graph } = decodeOnnx(await Deno.readFile(path), path);
      const names = new Set(graph.nodes.map((node) => node.name));
      for (const row of costs.rows) assert.ok(names.has(row.name), row.name);
    },
  );
}

Deno.test("the extended rule knows h-swish in the ways in which exporters spell it", async () => {
  const constants = [
    floats("three", [], 3),
    floats("six", [], 6),
    floats("zero", [], 0),
    floats("sixth", [], 1 / 6),
  ];
  const spellings = {
    operator: [node("HardSwish", ["x"], ["y"])],
    gate: [node("HardSigmoid", ["x"], ["g"]), node("Mul", ["x", "g"], ["y"])],
    "relu6 first": [
      node("Add", ["x", "three"], ["a"]),
      node("Clip", ["a", "zero", "six"], ["c"]),
      node("Div", ["c", "six"], ["d"]),
      node("Mul", ["d", "x"], ["y"]),
    ],
    "product first": [
      node("Add", ["x", "three"], ["a"]),
      node("Clip", ["a", "zero", "six"], ["c"]),
      node("Mul", ["x", "c"], ["m"]),
      node("Mul", ["m", "sixth"], ["y"]),
    ],
  };
  for (const [spelling, nodes] of Object.entries(spellings)) {
    const model = file(graph(nodes, [X], [Y], constants));
    const extended = await countOnnx(model, "net.onnx", { rule: "extended" });
    assert.equal(extended.madds, 2 * 3 * 256, spelling);
    assert.equal((await countOnnx(model, "net.onnx")).madds, 0, spelling);
  }
  const others = {
    swish: [node("Sigmoid", ["x"], ["g"]), node("Mul", ["x", "g"], ["y"])],
    square: [node("Mul", ["x", "x"], ["y"])],
    "gate of another": [
      node("Relu", ["x"], ["r"]),
      node("HardSigmoid", ["r"], ["g"]),
      node("Mul", ["x", "g"], ["y"]),
    ],
  };
  for (const [name, nodes] of Object.entries(others)) {
    const model = file(graph(nodes, [X], [Y]));
    assert.equal((await countOnnx(model, "net.onnx", { rule: "extended" })).madds, 0, name);
  }
});

Deno.test("files that cannot be used are refused in one line", async () => {
  const relu = graph([node("Relu", ["x"], ["y"])], [X], [Y]);
  const bogus = (domain: string) => graph([node("Bogus", ["x"], ["y"], {}, { domain })], [X], [Y]);
  const whole = file(graph([node("Conv", ["x", "w"], ["y"])], [X], [Y], [floats("w", [8, 3, 3, 3])]));
  await refused("/no/such/file.onnx", /^cannot read net\.onnx: no such file/);
  await refused(
    new TextEncoder().encode("this is no model at all"),
    /^cannot read net\.onnx as an ONNX model/,
  );
  await refused(new Uint8Array(), /contains no graph/);
  await refused(whole.slice(0, whole.length / 2), /truncated/);
  await refused(file(bogus("")), /it uses the operator Bogus, which does not exist in opset 17/);
  await refused(file(bogus("com.acme"), { "": 17, "com.acme": 1 }), /unknown operator com\.acme:Bogus/);
  await refused(
    file(relu, { "": 99 }),
    /uses opset 99 of ai\.onnx, but onnxruntime supports only up to \d+$/,
  );
});

Deno.test("a file that fails while it runs says which node did", async () => {
  const model = file(
    graph([node("Add", ["x", "w"], ["y"], {}, { name: "plus" })], [info("x", [1, "n"])], [Y], [
      floats("w", [1, 5]),
    ]),
  );
  await assert.rejects(
    countOnnx(model, "net.onnx", { input: { x: { shape: [1, 4] } } }),
    /^BneckError: cannot run net\.onnx: the node plus \(Add\) failed: .*4 by 5/,
  );
});

/**
 * What `torch.onnx.export` (torch 2.6, torchvision 0.21, opset 17) writes, with the weights replaced by
 * `ConstantOfShape` nodes: the nodes and their shapes without the megabytes.
 */
async function torchvisionExport(name: string): Promise<Uint8Array> {
  return gunzipSync(await Deno.readFile(`${ROOT}tests/fixtures/profile/torchvision_${name}.onnx.gz`));
}

for (
  const [network, options] of [
    ["mobilenet_v3_large", { input: { x: { shape: [1, 3, 224, 224] } } }],
    ["lraspp_mobilenet_v3_large", {}],
  ] as const
) {
  Deno.test(`torchvision's export of ${network} counts as our own definition does`, async () => {
    const definition = findNetwork(network)!;
    const file = await countOnnx(await torchvisionExport(network), `${network}.onnx`, options);
    const size = network.startsWith("lraspp") ? [520, 520] as const : [224, 224] as const;
    const ours = countLayers(networkGraph(definition), networkInput(size));
    assert.equal(file.madds, ours.madds);
    assert.deepEqual(file.uncounted, []);
  });
}
