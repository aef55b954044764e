import assert from "node:assert/strict";
import fc from "fast-check";
import { bindWeights, GraphBuilder, randomWeights, toOnnx } from "../../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../../core/onnx/mod.ts";
import { countLayers } from "../../../../core/profile/counting/graph_costs.ts";
import { operatorText } from "../../../../core/profile/counting/layer_cost.ts";
import { countOnnx } from "../../../../core/profile/counting/onnx_costs.ts";
import { MB3_LARGE_075 } from "../../../../models/zoo/mb3_large_075.ts";
import { findNetwork, networkGraph, networkInput } from "../../../../models/zoo/mod.ts";
import { fittingGraph } from "../fitting_graph.ts";

const BATCH_NORM = { epsilon: 1e-3 };

Deno.test("an inverted residual costs what its parts cost", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 16);
  const expand = g.conv(x, {
    name: "expand",
    channels: 64,
    kernel: 1,
    batchNorm: BATCH_NORM,
    activation: "h-swish",
  });
  const depthwise = g.depthwise(expand, { name: "depthwise", kernel: 5, stride: 2, batchNorm: BATCH_NORM });
  const pool = g.globalAveragePool("pool", depthwise);
  const gate = g.conv(pool, { name: "gate", channels: 64, kernel: 1, activation: "h-sigmoid" });
  const scale = g.multiply("scale", depthwise, gate);
  const project = g.conv(scale, { name: "project", channels: 24, kernel: 1, batchNorm: BATCH_NORM });
  const costs = countLayers(g.finish({ project }), { shapes: { x: [2, 16, 28, 28] } });

  const rows = costs.rows.map((row) => [
    row.name,
    operatorText(row),
    row.outputShape?.join("×"),
    row.parameters,
    row.parametersWithoutBatchNorm,
    row.madds,
    row.activationBytes,
  ]);
  assert.deepEqual(rows, [
    ["expand", "Conv 1×1 + h-swish", "2×64×28×28", 1024 + 128, 1024, 2 * 64 * 784 * 16, 4 * 2 * 64 * 784],
    [
      "depthwise",
      "Conv 5×5 depthwise s2",
      "2×64×14×14",
      1600 + 128,
      1600,
      2 * 64 * 196 * 25,
      4 * 2 * 64 * 196,
    ],
    ["pool", "GlobalAveragePool", "2×64×1×1", 0, 0, 0, 4 * 128],
    ["gate", "Conv 1×1 + h-sigmoid", "2×64×1×1", 4096 + 64, 4160, 2 * 64 * 64, 4 * 128],
    ["scale", "Mul", "2×64×14×14", 0, 0, 0, 4 * 2 * 64 * 196],
    ["project", "Conv 1×1", "2×24×14×14", 1536 + 48, 1536, 2 * 24 * 196 * 64, 4 * 2 * 24 * 196],
  ]);
  assert.equal(costs.madds, costs.rows.reduce((sum, row) => sum + row.madds!, 0));
  assert.deepEqual(costs.uncounted, []);
});

Deno.test("the extended rule finds h-swish wherever it stands", () => {
  const g = new GraphBuilder();
  const conv = g.conv(g.tensor("x", 3), { name: "conv", channels: 8, kernel: 1, activation: "h-swish" });
  const alone = g.activation("alone", g.add("add", conv, conv), "h-swish");
  const gate = g.activation("gate", alone, "h-sigmoid");
  const graph = g.finish({ out: g.multiply("attention", conv, gate) });
  const { madds } = countLayers(graph, { shapes: { x: [1, 3, 4, 4] } }, { rule: "extended" });
  assert.equal(madds, 3 * 8 * 16 + 2 * (2 * 8 * 16), "conv, its h-swish and the one that stands alone");
});

Deno.test("the extended rule counts the upsampling of the result, in the network or behind it", () => {
  const g = new GraphBuilder();
  const small = g.conv(g.tensor("x", 3), { name: "small", channels: 2, kernel: 1, stride: 4 });
  const inner = g.resize("inner", small, { factor: 2 });
  const final = g.resize("final", inner, { factor: 2 });
  const input = { shapes: { x: [1, 3, 16, 16] } };
  const conv = 3 * 2 * 4 * 4;

  const inside = g.finish({ logits: final });
  assert.equal(countLayers(inside, input, { rule: "extended" }).madds, conv + 2 * 16 * 16);
  assert.equal(countLayers(inside, input).madds, conv);

  const behind = g.finish({ logits: inner });
  const upsampled = { logits: [16, 16] } as const;
  const costs = countLayers(behind, input, { rule: "extended", upsampled });
  assert.equal(costs.madds, conv + 2 * 16 * 16);
  assert.equal(costs.rows.at(-1)!.name, "logits upsampling");
  assert.equal(countLayers(behind, input, { upsampled }).madds, conv);
});

Deno.test("weights that two layers share count once", () => {
  const g = new GraphBuilder();
  const shared = { name: "a", channels: 4, kernel: 1 } as const;
  const first = g.conv(g.tensor("x", 4), shared);
  const second = g.conv(first, { ...shared, name: "b", scope: "a" });
  const costs = countLayers(g.finish({ second }), { shapes: { x: [1, 4, 2, 2] } });
  assert.deepEqual(costs.rows.map((row) => row.parameters), [20, 0]);
  assert.equal(costs.madds, 2 * 4 * 4 * 4);
});

Deno.test("an input that is too small is refused", () => {
  const g = new GraphBuilder();
  const conv = g.conv(g.tensor("x", 1), { name: "conv", channels: 1, kernel: 5, padding: "valid" });
  assert.throws(() => countLayers(g.finish({ conv }), { shapes: { x: [1, 1, 3, 3] } }), /conv .*too small/);
});

Deno.test("V3-Large costs what torchvision publishes", () => {
  const graph = networkGraph(findNetwork("mobilenetv3-large-1.0")!);
  const costs = countLayers(graph, networkInput([224, 224]));
  assert.equal(costs.madds, 216_589_760);
  assert.equal(costs.parameters, 5_483_032);
  assert.equal(costs.parametersWithoutBatchNorm, 5_458_632);
});

Deno.test("a graph counts as the file that it becomes does when it runs", async () => {
  await fc.assert(
    fc.asyncProperty(
      fittingGraph,
      fc.constantFrom("plain" as const, "extended" as const),
      async (random, rule) => {
        const { graph, input } = random;
        const weights = bindWeights(graph, randomWeights(graph, 1), "random weights");
        const { model } = toOnnx(graph, weights, { tuned: false });
        const ours = countLayers(graph, input, { rule });
        const given = Object.fromEntries(
          Object.entries(input.shapes).map(([name, shape]) => [name, { shape }]),
        );
        const file = await countOnnx(encodeOnnx(model), "random", { rule, input: given });
        assert.equal(ours.madds, file.madds);
        assert.deepEqual(file.uncounted, []);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("the embedded model counts as its file does", async () => {
  const { graph, weights } = await MB3_LARGE_075.build(["detect", "segment"]);
  const size = [96, 128] as const;
  const ours = countLayers(graph, { shapes: { image: [1, 50, 70, 3] }, size }, { rule: "extended" });
  const file = await countOnnx(encodeOnnx(toOnnx(graph, weights, { tuned: false }).model), "mb3", {
    rule: "extended",
    input: { image: { shape: [1, 50, 70, 3] } },
    size,
  });
  assert.equal(ours.madds, file.madds);
});
