import assert from "node:assert/strict";
import { mobileNetV3, mobileNetV3Channels, type MobileNetV3Options } from "../../../core/backbones/mod.ts";
import { built, convNamed, describeBlocks } from "./describe_blocks.ts";

const graphOf = (options: MobileNetV3Options) => built((g, image) => mobileNetV3(g, image, options)).graph;
const blocksOf = (options: MobileNetV3Options) => describeBlocks(graphOf(options));

Deno.test("MobileNetV3-Large is the paper's table 1", () => {
  assert.deepEqual(blocksOf({ size: "large" }), [
    "block1 16-16 k3 +",
    "block2 16-64-24 k3 s2",
    "block3 24-72-24 k3 +",
    "block4 24-72-40 k5 s2 se24",
    "block5 40-120-40 k5 se32 +",
    "block6 40-120-40 k5 se32 +",
    "block7 40-240-80 k3 s2",
    "block8 80-200-80 k3 +",
    "block9 80-184-80 k3 +",
    "block10 80-184-80 k3 +",
    "block11 80-480-112 k3 se120",
    "block12 112-672-112 k3 se168 +",
    "block13 112-672-160 k5 s2 se168",
    "block14 160-960-160 k5 se240 +",
    "block15 160-960-160 k5 se240 +",
  ]);
});

Deno.test("MobileNetV3-Small is the paper's table 2", () => {
  assert.deepEqual(blocksOf({ size: "small" }), [
    "block1 16-16 k3 s2 se8",
    "block2 16-72-24 k3 s2",
    "block3 24-88-24 k3 +",
    "block4 24-96-40 k5 s2 se24",
    "block5 40-240-40 k5 se64 +",
    "block6 40-240-40 k5 se64 +",
    "block7 40-120-48 k5 se32",
    "block8 48-144-48 k5 se40 +",
    "block9 48-288-96 k5 s2 se72",
    "block10 96-576-96 k5 se144 +",
    "block11 96-576-96 k5 se144 +",
  ]);
});

Deno.test("MobileNetV3-Large 0.75 keeps the expansion ratios of the table", () => {
  const options = { size: "large", width: 0.75 } as const;
  assert.deepEqual(blocksOf(options), [
    "block1 16-16 k3 +",
    "block2 16-64-24 k3 s2",
    "block3 24-72-24 k3 +",
    "block4 24-72-32 k5 s2 se24",
    "block5 32-96-32 k5 se24 +",
    "block6 32-96-32 k5 se24 +",
    "block7 32-192-64 k3 s2",
    "block8 64-160-64 k3 +",
    "block9 64-144-64 k3 +",
    "block10 64-144-64 k3 +",
    "block11 64-384-88 k3 se96",
    "block12 88-528-88 k3 se136 +",
    "block13 88-528-120 k5 s2 se136",
    "block14 120-720-120 k5 se184 +",
    "block15 120-720-120 k5 se184 +",
  ]);
  const { stem, head, last } = mobileNetV3Channels(options);
  assert.deepEqual([stem, head, last], [16, 720, 1280]);
});

Deno.test("MobileNetV3-Small 0.75 keeps the expansion ratios of the table", () => {
  const options = { size: "small", width: 0.75 } as const;
  assert.deepEqual(blocksOf(options), [
    "block1 16-16 k3 s2 se8",
    "block2 16-72-24 k3 s2",
    "block3 24-88-24 k3 +",
    "block4 24-96-32 k5 s2 se24",
    "block5 32-192-32 k5 se48 +",
    "block6 32-192-32 k5 se48 +",
    "block7 32-96-40 k5 se24",
    "block8 40-120-40 k5 se32 +",
    "block9 40-240-72 k5 s2 se64",
    "block10 72-432-72 k5 se112 +",
    "block11 72-432-72 k5 se112 +",
  ]);
  const { stem, head, last } = mobileNetV3Channels(options);
  assert.deepEqual([stem, head, last], [16, 432, 1024]);
});

Deno.test("torchvision's multiplier scales the expansion sizes and the last layer", () => {
  const options = { size: "large", width: 0.75, convention: "torchvision" } as const;
  assert.equal(blocksOf(options)[12], "block13 88-504-120 k5 s2 se128");
  const { head, last } = mobileNetV3Channels(options);
  assert.deepEqual([head, last], [720, 960]);
});

Deno.test("detection halves what follows C4's expansion, segmentation that too", () => {
  const tail = (size: "large" | "small", tail: "detection" | "segmentation") =>
    blocksOf({ size, tail }).slice(size === "large" ? 12 : 8);
  assert.deepEqual(tail("large", "detection"), [
    "block13 112-672-80 k5 s2 se168",
    "block14 80-480-80 k5 se120 +",
    "block15 80-480-80 k5 se120 +",
  ]);
  assert.deepEqual(tail("large", "segmentation"), [
    "block13 112-336-80 k5 s2 se88",
    "block14 80-480-80 k5 se120 +",
    "block15 80-480-80 k5 se120 +",
  ]);
  assert.deepEqual(tail("small", "segmentation"), [
    "block9 48-144-48 k5 s2 se40",
    "block10 48-288-48 k5 se72 +",
    "block11 48-288-48 k5 se72 +",
  ]);
});

Deno.test("a block that lost its stride has a residual in TensorFlow and none in torchvision", () => {
  const block9 = (convention: "paper" | "torchvision") =>
    blocksOf({ size: "small", tail: "segmentation", outputStride: 16, convention })[8];
  assert.equal(block9("paper"), "block9 48-144-48 k5 se40 +");
  assert.equal(block9("torchvision"), "block9 48-144-48 k5 d2 se40");
});

Deno.test("the minimalistic variant has 3×3 kernels, ReLU and no squeeze-and-excite", () => {
  for (const size of ["large", "small"] as const) {
    const graph = graphOf({ size, minimalistic: true });
    for (const { operator } of graph.layers) {
      assert.ok(!["multiply", "globalAveragePool"].includes(operator.kind));
      if (operator.kind !== "conv") continue;
      assert.ok([1, 3].includes(operator.kernel[0]));
      assert.ok([undefined, "relu"].includes(operator.activation));
    }
    const channels = (blocks: string[]) => blocks.map((block) => block.split(" ")[1]);
    assert.deepEqual(channels(describeBlocks(graph)), channels(blocksOf({ size })));
  }
});

Deno.test("h-swish starts where the tables say, and in the stem", () => {
  const activations = (size: "large" | "small") => {
    const graph = graphOf({ size });
    return [1, 3, 4, 6, 7, 8].map((block) => convNamed(graph, `backbone.block${block}.depthwise`).activation);
  };
  assert.deepEqual(activations("large"), ["relu", "relu", "relu", "relu", "h-swish", "h-swish"]);
  assert.deepEqual(activations("small"), ["relu", "relu", "h-swish", "h-swish", "h-swish", "h-swish"]);
  const graph = graphOf({ size: "large" });
  assert.equal(convNamed(graph, "backbone.stem").activation, "h-swish");
  assert.equal(convNamed(graph, "backbone.block1.project").activation, undefined);
  assert.equal(convNamed(graph, "backbone.block5.se.excite").activation, "h-sigmoid");
});

Deno.test("blocks may have names, and so weights, of their own", () => {
  const blockName = (block: number) => `${block > 10 ? "tuned" : "backbone"}.block${block}`;
  const graph = graphOf({ size: "small", blockName });
  assert.ok(graph.layers.some((layer) => layer.scope === "tuned.block11.depthwise"));
  assert.ok(!graph.layers.some((layer) => layer.scope === "backbone.block11.depthwise"));
});

Deno.test("dilation may follow torchvision's rule in a network with the paper's channels, as fastseg's does", () => {
  const blocks = blocksOf({ size: "large", outputStride: 8, dilation: "torchvision" });
  assert.deepEqual(blocks.slice(6, 9), [
    "block7 40-240-80 k3 d2",
    "block8 80-200-80 k3 d2 +",
    "block9 80-184-80 k3 d2 +",
  ]);
  assert.equal(blocks[12], "block13 112-672-160 k5 d4 se168");
});

Deno.test("squeeze-and-excite may come before the depthwise activation, but not without an expansion", () => {
  const graph = graphOf({ size: "small", exciteFirst: true });
  const inputsOf = (name: string) =>
    graph.layers.find((layer) => layer.name === name)!.inputs.map((value) => value.layer.name);
  assert.equal(convNamed(graph, "backbone.block4.depthwise").activation, undefined);
  assert.deepEqual(inputsOf("backbone.block4.project"), ["backbone.block4.activation"]);
  assert.deepEqual(inputsOf("backbone.block4.activation"), ["backbone.block4.se.scale"]);
  assert.equal(convNamed(graph, "backbone.block1.depthwise").activation, "relu");
  assert.equal(convNamed(graph, "backbone.block2.depthwise").activation, "relu");
});

Deno.test("the stem may keep its channels in a narrow network, and its features are a tap", () => {
  const { graph, taps } = built((g, image) => mobileNetV3(g, image, { size: "small", width: 0.5, stem: 16 }));
  assert.equal(convNamed(graph, "backbone.stem").channels, 16);
  assert.equal(taps.C0.layer.name, "backbone.stem");
  const large = built((g, image) => mobileNetV3(g, image, { size: "large" }));
  assert.equal(large.taps.C0.layer.name, "backbone.block1.add");
  assert.equal(large.taps["C1.end"].layer.name, "backbone.block3.add");
});
