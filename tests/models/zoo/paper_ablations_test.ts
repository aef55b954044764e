import assert from "node:assert/strict";
import type { ConvOperator, Graph } from "../../../core/graph/mod.ts";
import { ablation, EFFECTS, networkGraph, type Variant } from "../../../models/zoo/mod.ts";

const LARGE = { size: "large", width: 1 } as const;

function convolutions(graph: Graph): Map<string, ConvOperator> {
  return new Map(
    graph.layers.flatMap(({ name, operator }) => operator.kind === "conv" ? [[name, operator]] : []),
  );
}

function graphOf(variants: readonly Variant[], label: string): Graph {
  return networkGraph(variants.find((variant) => variant.label === label)!.network);
}

Deno.test("the first network of every effect is the published one", () => {
  for (const effect of EFFECTS) {
    const { variants: [published] } = ablation(effect, LARGE);
    assert.deepEqual([published.label, published.network.name], ["as published", "mobilenetv3-large-1.0"]);
  }
});

Deno.test("without squeeze-and-excite everything else is as it was", () => {
  const { variants } = ablation("se", LARGE);
  const names = (label: string) => graphOf(variants, label).layers.map(({ name }) => name);
  assert.deepEqual(
    names("without squeeze-and-excite"),
    names("as published").filter((name) => !name.includes(".se.")),
  );
});

Deno.test("the original last stage is a block to 320 channels, 1280 before the pooling and one product", () => {
  const { variants } = ablation("last-stage", { size: "large", width: 0.5 });
  const layers = convolutions(graphOf(variants, "original last stage"));
  const before = convolutions(graphOf(variants, "as published"));
  assert.equal(before.get("backbone.head")!.channels, 480);
  assert.equal(layers.get("backbone.block16.expand")!.channels, 480);
  assert.deepEqual(layers.get("backbone.block16.depthwise")!.kernel, [3, 3]);
  assert.equal(layers.get("backbone.block16.project")!.channels, 160);
  assert.equal(layers.get("backbone.head")!.channels, 1280);
  assert.equal(layers.get("classify.linear")!.channels, 1000);
  assert.deepEqual([layers.has("classify.last"), before.has("classify.last")], [false, true]);
});

Deno.test("h-swish @N is used from N channels on", () => {
  const { variants } = ablation("nonlinearity", LARGE);
  assert.deepEqual(variants.map(({ label }) => label), [
    "as published",
    "ReLU",
    ...[16, 24, 40, 80, 112, 160].map((channels) => `h-swish @${channels}`),
  ]);
  const hardSwish = (label: string) =>
    [...convolutions(graphOf(variants, label))].filter(([, { activation }]) => activation === "h-swish")
      .map(([name]) => name);
  assert.deepEqual(hardSwish("ReLU"), []);
  assert.equal(hardSwish("h-swish @16").length, 32);
  assert.equal(hardSwish("h-swish @16")[0], "backbone.stem");
  assert.equal(hardSwish("h-swish @24")[0], "backbone.block2.expand");
  assert.equal(hardSwish("h-swish @112")[0], "backbone.block11.expand");
  assert.deepEqual(hardSwish("h-swish @112").slice(-2), ["backbone.head", "classify.last"]);
  // The published network has it in its stem too.
  assert.deepEqual(hardSwish("as published"), ["backbone.stem", ...hardSwish("h-swish @80")]);
});

Deno.test("the printed times are those of Large at width 1 alone", () => {
  const printed = (width: number) =>
    ablation("nonlinearity", { size: "large", width }).variants.filter((variant) => variant.printed).length;
  assert.equal(printed(1), 4);
  assert.equal(printed(0.75), 0);
});

Deno.test("Small never had another last stage", () => {
  assert.throws(() => ablation("last-stage", { size: "small", width: 1 }), /MobileNetV3-Small has no other/);
});
