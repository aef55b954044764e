import assert from "node:assert/strict";
import {
  bindWeights,
  type BoundConv,
  channelLayout,
  type Graph,
  GraphBuilder,
  graphParameters,
  type Layer,
  narrowGraph,
  narrowWeights,
  randomWeights,
  toOnnx,
} from "../../../core/graph/mod.ts";
import { mobileNetV3 } from "../../../core/backbones/mod.ts";
import { centerNet, lrAspp } from "../../../heads/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";

const BATCH_NORM = { epsilon: 1e-3 };

/** A small detector: V3-Small with a CenterNet head. */
function detector(): Graph {
  const g = new GraphBuilder();
  const taps = mobileNetV3(g, g.tensor("input", 3), { size: "small", head: false });
  const laterals = [
    { tap: "C3.end", channels: 24 },
    { tap: "C2.end.expand", channels: 16 },
    { tap: "C2.expand", channels: 16 },
  ];
  return g.finish(centerNet({ classes: 4, coarse: "C4.end", neck: 32, laterals }).build(g, taps));
}

function scoped(graph: Graph): Map<string, BoundConv> {
  const bound = bindWeights(graph, randomWeights(graph, 3), "random");
  return new Map([...bound].map(([{ scope }, conv]) => [scope, conv]));
}

async function outputs(
  graph: Graph,
  weights: ReadonlyMap<string, BoundConv>,
): Promise<Record<string, number[]>> {
  const bound = new Map<Layer, BoundConv>(
    graph.layers.filter(({ operator }) => operator.kind === "conv").map((l) => [l, weights.get(l.scope)!]),
  );
  const session = await Session.open(encodeOnnx(toOnnx(graph, bound).model), "test");
  const data = Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i * 0.37));
  const result = await session.run({ input: { shape: [1, 3, 64, 64], data } });
  await session.close();
  return Object.fromEntries(
    Object.entries(result).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

Deno.test("an expansion is a group with its depthwise filters, its gate, and whoever reads it", () => {
  const { groups } = channelLayout(detector());
  const expansion = groups.find(({ name }) => name === "backbone.block4.expand")!;
  assert.deepEqual(expansion, {
    name: "backbone.block4.expand",
    channels: 96,
    producers: ["backbone.block4.expand", "backbone.block4.se.excite"],
    carriers: ["backbone.block4.depthwise"],
    consumers: [
      { scope: "backbone.block4.se.squeeze", offset: 0 },
      { scope: "backbone.block4.project", offset: 0 },
    ],
  });
  // A tap of the detector reads the expansion of block 3.
  const tapped = groups.find(({ name }) => name === "backbone.block3.expand")!;
  assert.ok(tapped.consumers.some(({ scope }) => scope === "detect.level3.lateral.reduce"));
});

Deno.test("blocks that add up their outputs share one group of channels", () => {
  const { groups } = channelLayout(detector());
  const bottleneck = groups.find(({ name }) => name === "backbone.block4.project")!;
  assert.deepEqual(bottleneck.producers, [4, 5, 6].map((n) => `backbone.block${n}.project`));
  assert.deepEqual(bottleneck.consumers.map(({ scope }) => scope), [
    "backbone.block5.expand",
    "backbone.block6.expand",
    "backbone.block7.expand",
  ]);
});

Deno.test("what is concatenated stays apart, and is read at an offset", () => {
  const { groups, convs } = channelLayout(detector());
  const coarse = groups.find(({ name }) => name === "detect.level4.coarse.branch3.pointwise")!;
  assert.deepEqual(coarse.producers, [
    "detect.level4.coarse.branch3.pointwise",
    "detect.level4.coarse.branch5.pointwise",
  ]);
  assert.deepEqual(coarse.consumers.map(({ offset }) => offset), [24, 24]);
  assert.deepEqual(convs.get("detect.level3.coarse.branch3.depthwise")!.inputs.map((part) => part.group), [
    "detect.level4.lateral.pointwise",
    "detect.level4.coarse.branch3.pointwise",
  ]);
});

Deno.test("channels of outputs and of the image are fixed", () => {
  const g = new GraphBuilder();
  const taps = mobileNetV3(g, g.tensor("input", 3), { size: "small" });
  const graph = g.finish(lrAspp({ classes: 5, high: "C5", low: "C2.end" }).build(g, taps));
  const { groups, convs } = channelLayout(graph);
  assert.ok(!groups.some(({ name }) => name.endsWith("_classifier")));
  assert.deepEqual(convs.get("backbone.stem")!.inputs, [{ group: null, channels: 3 }]);
  assert.ok(
    groups.some(({ name, producers }) => name === "segment.reduce" && producers.includes("segment.gate")),
  );
});

Deno.test("grouped convolutions, softmax over channels and flattening fix what they read", () => {
  const g = new GraphBuilder();
  const a = g.conv(g.tensor("input", 4), { name: "a", channels: 8, kernel: 1 });
  const grouped = g.conv(a, { name: "grouped", channels: 8, kernel: 3, groups: 2 });
  const b = g.conv(grouped, { name: "b", channels: 6, kernel: 1 });
  const c = g.conv(g.softmax("softmax", b, 1), { name: "c", channels: 6, kernel: 1 });
  const graph = g.finish({ out: g.flatten("flat", c) });
  assert.deepEqual(channelLayout(graph).groups, []);
});

Deno.test("what is added to joined values is divided where they are joined", () => {
  const g = new GraphBuilder();
  const input = g.tensor("input", 4);
  const a = g.conv(input, { name: "a", channels: 3, kernel: 1 });
  const b = g.conv(input, { name: "b", channels: 5, kernel: 1 });
  const c = g.conv(input, { name: "c", channels: 8, kernel: 1 });
  const sum = g.add("sum", g.concat("joined", [a, b]), c);
  const { groups, convs } = channelLayout(
    g.finish({ out: g.conv(sum, { name: "out", channels: 2, kernel: 1 }) }),
  );
  assert.deepEqual(groups.map(({ name, channels, producers }) => [name, channels, producers]), [
    ["a", 3, ["a", "c"]],
    ["b", 5, ["b", "c"]],
  ]);
  assert.deepEqual(convs.get("c")!.outputs, [{ group: "a", channels: 3 }, { group: "b", channels: 5 }]);
  assert.deepEqual(groups.map(({ consumers }) => consumers), [[{ scope: "out", offset: 0 }], [{
    scope: "out",
    offset: 3,
  }]]);
});

Deno.test("parts that overlap in different ways are divided as often as it takes", () => {
  const g = new GraphBuilder();
  const input = g.tensor("input", 4);
  const make = (name: string, channels: number) => g.conv(input, { name, channels, kernel: 1 });
  const left = g.concat("left", [make("a", 2), make("b", 6)]);
  const right = g.concat("right", [make("c", 5), make("d", 3)]);
  const graph = g.finish({ out: g.conv(g.add("sum", left, right), { name: "out", channels: 1, kernel: 1 }) });
  const { groups, convs } = channelLayout(graph);
  assert.deepEqual(groups.map(({ channels }) => channels), [2, 3, 3]);
  assert.equal(new Set(groups.map(({ name }) => name)).size, 3);
  assert.deepEqual(convs.get("b")!.outputs.map(({ channels }) => channels), [3, 3]);
  const narrow = narrowGraph(graph, new Map(groups.map(({ name }) => [name, 1])));
  assert.deepEqual(
    narrow.layers.filter(({ operator }) => operator.kind === "conv").map((layer) =>
      layer.operator.kind === "conv" ? layer.operator.channels : 0
    ),
    [1, 2, 2, 1, 1],
  );
});

Deno.test("the attention of a detector takes part in both halves of what it scales", () => {
  const { groups } = channelLayout(detector());
  const halves = groups.filter(({ producers }) => producers.includes("detect.attention.excite"));
  assert.deepEqual(halves.map(({ name, channels }) => [name, channels]), [
    ["detect.level2.lateral.pointwise", 16],
    ["detect.level2.coarse.branch3.pointwise", 16],
  ]);
});

Deno.test("removing channels whose weights are zero changes no output", async () => {
  const graph = detector();
  const layout = channelLayout(graph);
  const weights = scoped(graph);
  const kept = new Map<string, number[]>();
  const zeroed = new Map(weights);
  for (const { name, channels, producers, carriers } of layout.groups) {
    if (channels < 16) continue;
    const removed = new Set(Array.from({ length: channels / 8 | 0 }, (_, i) => i * 5 % channels));
    kept.set(name, Array.from({ length: channels }, (_, i) => i).filter((i) => !removed.has(i)));
    for (const scope of [...producers, ...carriers]) {
      const { weight, bias } = zeroed.get(scope)!;
      const parts = layout.convs.get(scope)!.outputs;
      const all = parts.reduce((sum, part) => sum + part.channels, 0);
      const [w, b] = [weight.slice(), bias?.slice()];
      let offset = 0;
      for (const part of parts) {
        for (const i of part.group === name ? removed : []) {
          w.fill(0, (offset + i) * w.length / all, (offset + i + 1) * w.length / all);
          if (b) b[offset + i] = 0;
        }
        offset += part.channels;
      }
      zeroed.set(scope, { weight: w, bias: b });
    }
  }
  const narrow = narrowGraph(graph, new Map([...kept].map(([name, { length }]) => [name, length])));
  const expected = await outputs(graph, zeroed);
  const found = await outputs(narrow, narrowWeights(layout, zeroed, kept));
  for (const [name, values] of Object.entries(expected)) {
    const scale = Math.max(...values.map(Math.abs));
    values.forEach((value, i) => assert.ok(Math.abs(value - found[name][i]) < 1e-5 * scale, `${name} ${i}`));
  }
  assert.ok(graphParameters(narrow).length === graphParameters(graph).length);
});

Deno.test("a network of other widths has its groups under the same names", () => {
  const graph = detector();
  const channels = new Map([["backbone.block4.expand", 40], ["detect.neck", 24]]);
  const { groups } = channelLayout(narrowGraph(graph, channels));
  assert.deepEqual(groups.map(({ name }) => name), channelLayout(graph).groups.map(({ name }) => name));
  assert.equal(groups.find(({ name }) => name === "backbone.block4.expand")!.channels, 40);
});

Deno.test("unknown groups and more channels than there are are refused", () => {
  assert.throws(() => narrowGraph(detector(), new Map([["nobody", 8]])), /no group of channels nobody/);
  assert.throws(() => narrowGraph(detector(), new Map([["detect.neck", 33]])), /between 1 and 32/);
  assert.throws(() => narrowGraph(detector(), new Map([["detect.neck", 0]])), /between 1 and 32/);
});

Deno.test("layers that share weights share their channels", () => {
  const g = new GraphBuilder();
  const [one, two] = [g.tensor("one", 3), g.tensor("two", 3)];
  const shared = [one, two].map((input, i) =>
    g.conv(input, { name: `head${i}`, scope: "head", channels: 8, kernel: 1, batchNorm: BATCH_NORM })
  );
  const outs = shared.map((value, i) => g.conv(value, { name: `out${i}`, channels: 2, kernel: 1 }));
  const { groups } = channelLayout(g.finish({ a: outs[0], b: outs[1] }));
  assert.deepEqual(groups.map(({ name, producers, consumers }) => [name, producers, consumers.length]), [
    ["head", ["head"], 2],
  ]);
});
