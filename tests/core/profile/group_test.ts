import assert from "node:assert/strict";
import { type AnyRow, blockName, type Grouping, groupRows, totals } from "../../../core/profile/group.ts";
import { countLayers } from "../../../core/profile/counting/graph_costs.ts";
import { findNetwork, networkGraph, networkInput } from "../../../models/zoo/mod.ts";

function row(name: string, madds: number | undefined, more: Partial<AnyRow> = {}): AnyRow {
  return {
    name,
    operator: "Conv",
    parameters: 10,
    parametersWithoutBatchNorm: 8,
    madds,
    activationBytes: 4,
    ...more,
  };
}

Deno.test("blocks are found in our names and in those of exporters", () => {
  const names = {
    "backbone.block7.se.squeeze": "backbone.block7",
    "backbone.stem": "backbone.stem",
    preprocess: "preprocess",
    "segment.gate.pool": "segment.gate",
    "/features/features.3/block/block.0/block.0.0/Conv": "features/features.3",
    "/encoder/layers/encoder_layer_0/mlp/mlp.0/MatMul": "encoder/layers/encoder_layer_0",
    "MobilenetV3/expanded_conv_3/expand/Conv2D": "MobilenetV3/expanded_conv_3",
    "/conv_proj/Conv": "conv_proj/Conv",
    Conv_12: "Conv_12",
    "/": "/",
    "": "",
  };
  for (const [name, block] of Object.entries(names)) assert.equal(blockName(name), block, name);
});

Deno.test("without parts in the names a convolution and what follows it is a block, and a resolution a stage", () => {
  const map = (size: number) => ({ outputShape: [1, 8, size, size] });
  const rows = [
    row("Conv_0", 5, map(112)),
    row("Relu_1", 0, map(112)),
    row("Conv_2", 5, map(56)),
    row("GlobalAveragePool_3", 0, map(1)),
    row("Conv_4", 5, map(1)),
    row("Mul_5", 0, map(56)),
    row("GlobalAveragePool_6", 0, map(1)),
    row("Gemm_7", 5, { outputShape: [1, 1000] }),
  ];
  const groups = (by: Grouping) => groupRows(rows, by).map(({ name, rows }) => [name, rows.length]);
  assert.deepEqual(groups("block"), [["Conv_0", 2], ["Conv_2", 2], ["Conv_4", 3], ["Gemm_7", 1]]);
  assert.deepEqual(groups("stage"), [["112×112", 2], ["56×56", 5], ["1×1", 1]]);
});

Deno.test("groups keep the order of their first rows and add up to the whole", () => {
  const costs = countLayers(networkGraph(findNetwork("mobilenetv3-large-1.0")!), networkInput([224, 224]));
  for (const by of ["layer", "block", "operator", "stage"] as const) {
    const groups = groupRows(costs.rows, by);
    const sum = groups.reduce((total, group) => total + group.totals.madds, 0);
    assert.equal(sum, costs.madds, by);
    assert.equal(groups.reduce((total, group) => total + group.rows.length, 0), costs.rows.length);
  }
  const blocks = groupRows(costs.rows, "block").map((group) => group.name);
  assert.deepEqual(blocks.slice(0, 3), ["backbone.stem", "backbone.block1", "backbone.block2"]);
  assert.deepEqual(groupRows(costs.rows, "stage").map((group) => group.name).slice(0, 5), [
    "backbone 112×112",
    "backbone 56×56",
    "backbone 28×28",
    "backbone 14×14",
    "backbone 7×7",
  ]);
  const operators = groupRows(costs.rows, "operator").map((group) => group.name);
  assert.ok(operators.includes("Conv 1×1") && operators.includes("Conv 5×5 depthwise"));
});

Deno.test("totals without times have none; with times they have a rate", () => {
  assert.deepEqual(totals([row("a", 5), row("b", undefined)]), {
    parameters: 20,
    parametersWithoutBatchNorm: 16,
    madds: 5,
    activationBytes: 8,
  });
  const measured = { milliseconds: 2, layoutMilliseconds: 1, share: 0.25 };
  const sum = totals([row("a", 3e6, measured), row("b", 5e6, measured)]);
  assert.equal(sum.milliseconds, 4);
  assert.equal(sum.layoutMilliseconds, 2);
  assert.equal(sum.share, 0.5);
  assert.equal(sum.gmaddsPerSecond, 2);
  assert.equal(totals([row("a", 0, measured)]).gmaddsPerSecond, undefined);
});
