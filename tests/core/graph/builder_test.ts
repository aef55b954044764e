import assert from "node:assert/strict";
import fc from "fast-check";
import { GraphBuilder, graphInputs, type Layer, type Value } from "../../../core/graph/mod.ts";
import { randomGraph } from "./random_graph.ts";

const POINTWISE = { channels: 4, kernel: 1 } as const;

Deno.test("the same call on the same value returns the same value", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 4);
  assert.equal(g.tensor("x", 4), x);
  assert.equal(g.conv(x, { name: "a", ...POINTWISE }), g.conv(x, { name: "a", ...POINTWISE }));
  assert.equal(g.activation("r", x, "relu"), g.activation("another name", x, "relu"));
  assert.equal(g.add("s", x, x), g.add("s", x, x));
  assert.equal(g.resize("up", x, { factor: 2 }), g.resize("up", x, { factor: 2 }));
});

Deno.test("calls that differ in anything that matters return different values", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 4);
  const y = g.tensor("y", 4);
  const values: Value[] = [
    g.conv(x, { name: "a", ...POINTWISE }),
    g.conv(x, { name: "b", ...POINTWISE }),
    g.conv(y, { name: "a", ...POINTWISE }),
    g.conv(x, { name: "a", ...POINTWISE, stride: 2 }),
    g.conv(x, { name: "a", ...POINTWISE, activation: "relu" }),
    g.add("s", x, y),
    g.add("s", y, x),
    g.scale("t", x, 2),
    g.scale("t", x, 3),
    g.resize("up", x, { factor: 2 }),
    g.resize("up", x, { factor: 2 }, "asymmetric"),
    g.resize("up", x, { like: y }),
    g.concat("c", [x, y]),
    g.concat("c", [x, y], 2),
  ];
  assert.equal(new Set(values).size, values.length);
});

Deno.test("two heads on one backbone share its layers, except where it differs", () => {
  const g = new GraphBuilder();
  const backbone = (stride: number) => {
    const stem = g.conv(g.tensor("x", 3), { name: "stem", channels: 4, kernel: 3, stride: 2 });
    return g.conv(stem, { name: "tail", channels: 4, kernel: 3, stride });
  };
  const graph = g.finish({ fine: backbone(1), coarse: backbone(2) });
  assert.deepEqual(graph.layers.map((layer) => layer.name), ["x", "stem", "tail", "tail~2"]);
  // What differs is a layer of its own with the same weights.
  assert.deepEqual(graph.layers.map((layer) => layer.scope), ["x", "stem", "tail", "tail"]);
});

Deno.test("a layer may take another's parameters", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 4);
  const first = g.conv(x, { name: "first", ...POINTWISE });
  const second = g.conv(first, { name: "second", scope: "first", ...POINTWISE });
  assert.equal(second.layer.scope, "first");
});

Deno.test("layers cannot share parameters of different shapes", () => {
  for (const other of [{ channels: 8 }, { kernel: 3 }, { bias: false }, { batchNorm: { epsilon: 1e-3 } }]) {
    const g = new GraphBuilder();
    const x = g.tensor("x", 4);
    g.conv(x, { name: "shared", ...POINTWISE, bias: true });
    assert.throws(
      () => g.conv(x, { name: "shared", ...POINTWISE, bias: true, ...other }),
      /two layers share the parameters of shared/,
    );
  }
});

Deno.test("names are unique and the order is one in which layers can run", () => {
  fc.assert(
    fc.property(randomGraph, ({ graph }) => {
      const names = graph.layers.map((layer) => layer.name);
      assert.equal(new Set(names).size, names.length);
      const seen = new Set<Layer>();
      for (const layer of graph.layers) {
        for (const input of layer.inputs) assert.ok(seen.has(input.layer), `${layer.name} comes too early`);
        seen.add(layer);
      }
    }),
  );
});

Deno.test("finishing keeps what the outputs need and nothing else", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 4);
  const used = g.conv(x, { name: "used", ...POINTWISE });
  g.conv(used, { name: "unused", ...POINTWISE });
  g.tensor("unused input", 2);
  const graph = g.finish({ out: g.scale("out", used, 2) });
  assert.deepEqual(graph.layers.map((layer) => layer.name), ["x", "used", "out"]);
  assert.deepEqual(graphInputs(graph).map((layer) => layer.operator.name), ["x"]);
});

Deno.test("values know their channels", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 6);
  assert.equal(g.conv(x, { name: "a", channels: 10, kernel: 1 }).channels, 10);
  assert.equal(g.depthwise(x, { name: "b", kernel: 3 }).channels, 6);
  assert.equal(g.concat("c", [x, g.scale("d", x, 2)]).channels, 12);
  assert.equal(g.concat("e", [x, g.scale("d", x, 2)], 2).channels, 6);
  assert.equal(g.preprocess(g.image(), { resize: "none", mean: [0, 0, 0], std: [1, 1, 1] }).channels, 3);
});

Deno.test("a convolution has a bias unless BatchNorm follows it", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 4);
  const bias = (value: Value) => value.layer.operator.kind === "conv" && value.layer.operator.bias;
  assert.equal(bias(g.conv(x, { name: "a", ...POINTWISE })), true);
  assert.equal(bias(g.conv(x, { name: "b", ...POINTWISE, batchNorm: { epsilon: 1e-3 } })), false);
  assert.equal(bias(g.conv(x, { name: "c", ...POINTWISE, bias: false })), false);
});

Deno.test("what no runtime can compute is refused with the layer's name", () => {
  const g = new GraphBuilder();
  const x = g.tensor("x", 6);
  assert.throws(() => g.conv(x, { name: "a", channels: 6, kernel: 1, groups: 4 }), /a: 6 → 6 channels/);
  assert.throws(() => g.conv(x, { name: "b", channels: 4, kernel: 1, groups: 3 }), /b: 6 → 4 channels/);
  assert.throws(
    () => g.depthwise(x, { name: "c", kernel: 3, stride: 2, dilation: 2, padding: "same" }),
    /c: "same" padding cannot be combined/,
  );
  assert.throws(
    () => g.pool("d", x, { pool: "max", kernel: [2, 1], stride: [2, 2], padding: "same" }),
    /d: "same" padding needs a pooling window/,
  );
});
