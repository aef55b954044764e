import assert from "node:assert/strict";
import fc from "fast-check";
import {
  crossEntropy,
  type Extent,
  gradientGraph,
  type Graph,
  GraphBuilder,
  type Value,
} from "../../../core/graph/mod.ts";
import type { NamedTensor } from "../../../core/session/mod.ts";
import { assertGradients, noise, runGradients } from "./finite_differences.ts";

const seeds = fc.integer({ min: 1, max: 1e6 });
const channels = fc.integer({ min: 1, max: 5 });
const extent = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** A graph of one layer on inputs `x` and `y`. */
function graphOf(build: (g: GraphBuilder) => Value): Graph {
  const g = new GraphBuilder();
  return g.finish({ out: build(g) });
}

Deno.test("convolutions of any stride, dilation, grouping and padding have the gradients that differences show", async () => {
  const geometry = fc.record({
    batch: fc.integer({ min: 1, max: 3 }),
    inputs: channels,
    perGroup: fc.integer({ min: 1, max: 3 }),
    size: extent(1, 9),
    kernel: extent(1, 5),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    grouping: fc.constantFrom("one", "two", "depthwise"),
    padding: fc.constantFrom("same" as const, "symmetric" as const, "valid" as const),
    bias: fc.boolean(),
    seed: seeds,
  });
  await fc.assert(
    fc.asyncProperty(geometry, async ({ batch, inputs, perGroup, size, grouping, seed, ...conv }) => {
      const groups = { one: 1, two: 2, depthwise: inputs }[grouping];
      const input = grouping === "two" ? inputs * 2 : inputs;
      const dilation = conv.padding === "same" && conv.stride > 1 ? 1 : conv.dilation;
      const reach = conv.kernel.map((length) => (length - 1) * dilation + 1);
      if (conv.padding !== "same" && size.some((length, axis) => length < reach[axis])) return;
      const graph = graphOf((g) =>
        g.conv(g.tensor("x", input), { ...conv, name: "conv", dilation, groups, channels: perGroup * groups })
      );
      // The loss is linear in each of them, so a wide step is exact.
      await assertGradients(graph, { shapes: { x: [batch, input, ...size] } }, { seed, step: 1 });
    }),
    { numRuns: 60 },
  );
});

Deno.test("activations have the gradients that differences show, away from their kinks", async () => {
  const kinds = ["relu", "relu6", "h-swish", "h-sigmoid", "sigmoid"] as const;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...kinds), extent(1, 6), seeds, async (kind, size, seed) => {
      const shape = [2, 3, ...size];
      // Kinks are at whole numbers.
      const data = noise(6 * size[0] * size[1], seed).map((value) => Math.round(value * 8) + 0.5);
      const graph = graphOf((g) => g.activation("act", g.tensor("x", 3), kind));
      await assertGradients(graph, { shapes: { x: shape } }, {
        seed,
        step: 0.2,
        feeds: { x: { shape, data } },
      });
    }),
    { numRuns: 40 },
  );
});

Deno.test("sums, products, joins, means, shifts and softmax have the gradients that differences show", async () => {
  const layers: Record<string, (g: GraphBuilder, x: Value, y: Value) => Value> = {
    add: (g, x, y) => g.add("l", x, y),
    "the same value twice": (g, x) => g.multiply("l", x, x),
    multiply: (g, x, y) => g.multiply("l", x, y),
    gate: (g, x, y) => g.multiply("l", x, g.globalAveragePool("mean", y)),
    scale: (g, x) => g.scale("l", x, -1.25),
    concat: (g, x, y) => g.concat("l", [x, y, x]),
    "concat of rows": (g, x, y) => g.concat("l", [y, x], 2),
    mean: (g, x) => g.globalAveragePool("l", x),
    flatten: (g, x) => g.flatten("l", x),
    shiftDown: (g, x) => g.shiftDown("l", x, 0.375),
    softmax: (g, x) => g.softmax("l", x, 1),
  };
  const names = fc.constantFrom(...Object.keys(layers));
  await fc.assert(
    fc.asyncProperty(names, channels, extent(1, 6), seeds, async (name, c, size, seed) => {
      const graph = graphOf((g) => layers[name](g, g.tensor("x", c), g.tensor("y", c)));
      const shape = [2, c, ...size];
      await assertGradients(graph, { shapes: { x: shape, y: shape } }, { seed, step: 0.2 });
    }),
    { numRuns: 80 },
  );
});

Deno.test("bilinear resizing by a factor or to a size has the value of ONNX's and the gradient that differences show", async () => {
  const arbitrary = fc.record({
    from: extent(1, 9),
    to: extent(1, 12),
    factor: fc.constantFrom(undefined, 2, 0.5, 1.7),
    coordinates: fc.constantFrom("half_pixel" as const, "asymmetric" as const, "align_corners" as const),
    seed: seeds,
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ from, to, factor, coordinates, seed }) => {
      if (factor !== undefined && from.some((length) => Math.floor(factor * length) < 1)) return;
      // align_corners of a factor is about the enlarged length, which onnxruntime does not round.
      if (factor !== undefined && coordinates === "align_corners") return;
      const g = new GraphBuilder();
      const target = factor === undefined ? { like: g.tensor("y", 1) } : { factor };
      const graph = g.finish({ out: g.resize("resize", g.tensor("x", 2), target, coordinates) });
      const shapes = { x: [2, 2, ...from], y: [2, 1, ...to] };
      await assertGradients(graph, { shapes, learns: (name) => name === "x" }, { seed, step: 1 });

      const x = { shape: shapes.x, data: noise(4 * from[0] * from[1], seed) };
      const y = { shape: shapes.y, data: noise(2 * to[0] * to[1], seed) };
      const feeds: Record<string, NamedTensor> = factor === undefined ? { x, y } : { x };
      const expected = await runGradients({ graph }, feeds);
      const tape = gradientGraph(graph, {
        shapes,
        learns: () => false,
        loss: (_, outputs) => outputs.out,
      });
      const { loss } = await runGradients(tape, { x });
      assert.deepEqual([...loss.shape], [...expected.out.shape]);
      expected.out.data.forEach((value, i) =>
        assert.ok(Math.abs(Number(value) - Number(loss.data[i])) < 1e-5)
      );
    }),
    { numRuns: 50 },
  );
});

Deno.test("BatchNorm in training has the gradients that differences show, and returns the batch's statistics", async () => {
  await fc.assert(
    fc.asyncProperty(channels, extent(2, 6), seeds, async (c, size, seed) => {
      const graph = graphOf((g) =>
        g.conv(g.tensor("x", 2), { name: "conv", channels: c, kernel: 1, batchNorm: { epsilon: 0.1 } })
      );
      const options = { shapes: { x: [3, 2, ...size] as const }, trainsBatchNorm: () => true };
      await assertGradients(graph, options, { seed, step: 0.1 });
    }),
    { numRuns: 25 },
  );
  const graph = graphOf((g) =>
    g.conv(g.tensor("x", 1), { name: "conv", channels: 1, kernel: 1, batchNorm: { epsilon: 1e-3 } })
  );
  const gradients = gradientGraph(graph, {
    shapes: { x: [2, 1, 1, 2] },
    learns: () => false,
    trainsBatchNorm: () => true,
    loss: (_, outputs) => outputs.out,
  });
  const tensor = (shape: number[], ...data: number[]) => ({ shape, data: Float32Array.from(data) });
  const outputs = await runGradients(gradients, {
    x: tensor([2, 1, 1, 2], 1, 2, 3, 6),
    "conv.weight": tensor([1, 1, 1, 1], 2),
    "conv.batch_norm.weight": tensor([1], 1),
    "conv.batch_norm.bias": tensor([1], 0),
  });
  assert.equal(outputs["conv.batch_mean"].data[0], 6);
  assert.equal(outputs["conv.batch_variance"].data[0], 14);
});

Deno.test("a folded BatchNorm learns as weight and bias", async () => {
  const graph = graphOf((g) =>
    g.conv(g.tensor("x", 3), { name: "conv", channels: 2, kernel: 3, batchNorm: { epsilon: 1e-3 } })
  );
  const { learned } = gradientGraph(graph, {
    shapes: { x: [1, 3, 4, 4] },
    learns: (name) => name.startsWith("conv."),
    loss: (_, outputs) => outputs.out,
  });
  assert.deepEqual(learned.map(({ name }) => name), ["conv.weight", "conv.bias"]);
  await assertGradients(graph, { shapes: { x: [2, 3, 5, 4] } }, { seed: 3, step: 1 });
});

Deno.test("cross-entropy with class weights leaves ignored cells out", async () => {
  const arbitrary = fc.record({
    classes: fc.integer({ min: 2, max: 6 }),
    size: extent(1, 5) as fc.Arbitrary<Extent>,
    seed: seeds,
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ classes, size, seed }) => {
      const cells = 2 * size[0] * size[1];
      const labels = Uint8Array.from(noise(cells, seed), (value) => {
        const id = Math.floor((value + 1) / 2 * (classes + 1));
        return id >= classes ? 255 : id;
      });
      const weights = noise(classes, seed + 1).map((value) => value + 1.5);
      const graph = graphOf((g) => g.scale("out", g.tensor("x", classes), 3));
      const shape = [2, classes, ...size];
      await assertGradients(graph, {
        shapes: { x: shape },
        loss: (tape, { out }) =>
          crossEntropy(tape, out, tape.input("labels", "uint8", [2, ...size]), weights),
      }, { seed, step: 0.1, feeds: { labels: { shape: [2, ...size], data: labels } } });
    }),
    { numRuns: 40 },
  );

  // Two cells of two classes with equal logits, weights 1 and 3, and one that is ignored: log 2 whatever the weights.
  const graph = graphOf((g) => g.tensor("x", 2));
  const gradients = gradientGraph(graph, {
    shapes: { x: [1, 2, 1, 3] },
    learns: () => true,
    loss: (tape, { out }) =>
      crossEntropy(tape, out, tape.input("labels", "uint8", [1, 1, 3]), Float32Array.of(1, 3)),
  });
  const outputs = await runGradients(gradients, {
    x: { shape: [1, 2, 1, 3], data: new Float32Array(6) },
    labels: { shape: [1, 1, 3], data: Uint8Array.of(0, 1, 2) },
  });
  assert.ok(Math.abs(Number(outputs.loss.data[0]) - Math.LN2) < 1e-6);
  assert.deepEqual([...outputs["gradient.x"].data].map((value) => Math.round(Number(value) * 1e4) / 1e4), [
    -0.125,
    0.375,
    0,
    0.125,
    -0.375,
    0,
  ]);
});

Deno.test("what has no gradient is refused by name", () => {
  const graph = graphOf((g) =>
    g.pool("pool", g.tensor("x", 1), { pool: "max", kernel: [2, 2], stride: [2, 2], padding: "valid" })
  );
  assert.throws(
    () =>
      gradientGraph(graph, { shapes: { x: [1, 1, 4, 4] }, learns: () => true, loss: (_, { out }) => out }),
    /pool: pool has no gradient here/,
  );
});
