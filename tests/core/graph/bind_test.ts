import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import {
  bindWeights,
  GraphBuilder,
  type Padding,
  randomWeights,
  type WeightSource,
} from "../../../core/graph/mod.ts";
import { runGraph } from "./random_graph.ts";
import { convolve, normalise } from "./reference_conv.ts";

const BATCH_NORM = { epsilon: 1e-3 };

function smallGraph() {
  const g = new GraphBuilder();
  const stem = g.conv(g.tensor("x", 3), { name: "stem", channels: 4, kernel: 3, batchNorm: BATCH_NORM });
  return g.finish({ head: g.conv(stem, { name: "head", channels: 2, kernel: 1 }) });
}

/** A source with some tensors replaced (or, by `undefined`, removed). */
function replaced(source: WeightSource, changes: Record<string, ReturnType<WeightSource>>): WeightSource {
  return (name) => name in changes ? changes[name] : source(name);
}

Deno.test("every missing and misshapen tensor is listed in one error", () => {
  const graph = smallGraph();
  const source = replaced(randomWeights(graph, 1), {
    "stem.batch_norm.weight": undefined,
    "head.bias": undefined,
    "stem.weight": { shape: [4, 3, 5, 5], data: new Float32Array(300) },
    "head.weight": { shape: [2, 4], data: new Float32Array(7) },
  });
  assert.throws(() => bindWeights(graph, source, "some.pth"), (error: unknown) => {
    assert.ok(error instanceof BneckError);
    assert.equal(error.exitStatus, ExitStatus.unusableModel);
    assert.equal(
      error.message,
      "some.pth does not match the network: 2 missing: stem.batch_norm.weight [4], head.bias [2]; " +
        "2 of the wrong shape: stem.weight is [4,3,5,5], must be [4,3,3,3], " +
        "head.weight has 7 elements, [2,4,1,1] needs 8",
    );
    return true;
  });
});

Deno.test("of very many problems the first are named and the others counted", () => {
  const g = new GraphBuilder();
  let x = g.tensor("x", 1);
  for (let i = 0; i < 30; i++) x = g.conv(x, { name: `layer${i}`, channels: 1, kernel: 1 });
  assert.throws(
    () => bindWeights(g.finish({ x }), () => undefined, "an empty file"),
    /60 missing: layer0\.weight \[1,1,1,1\], .*layer5\.bias \[1\], and 48 more$/,
  );
});

Deno.test("a linear layer's weight is that of a 1×1 convolution", () => {
  const graph = smallGraph();
  const data = Float32Array.from({ length: 8 }, (_, i) => i);
  const bound = bindWeights(
    graph,
    replaced(randomWeights(graph, 1), { "head.weight": { shape: [2, 4], data } }),
    "x",
  );
  assert.deepEqual(bound.get(graph.outputs.head.layer)?.weight, data);
});

Deno.test("a source whose BatchNorm is folded gives a bias in its place", () => {
  const graph = smallGraph();
  const random = randomWeights(graph, 1);
  const bias = Float32Array.of(1, 2, 3, 4);
  const source: WeightSource = (name) =>
    name === "stem.bias"
      ? { shape: [4], data: bias }
      : name.includes("batch_norm")
      ? undefined
      : random(name);
  const bound = bindWeights(graph, source, "x");
  const [stem] = graph.layers.filter((layer) => layer.name === "stem");
  assert.deepEqual(bound.get(stem), { weight: random("stem.weight")!.data, bias });
});

Deno.test("layers that share parameters share what is bound to them", () => {
  const g = new GraphBuilder();
  const shared = { channels: 4, kernel: 1, scope: "shared", batchNorm: BATCH_NORM };
  const first = g.conv(g.tensor("x", 4), { name: "first", ...shared });
  const second = g.conv(first, { name: "second", ...shared });
  const graph = g.finish({ second });
  const bound = bindWeights(graph, randomWeights(graph, 1), "x");
  assert.equal(bound.get(first.layer), bound.get(second.layer));
});

Deno.test("a convolution with its BatchNorm folded returns what both return one after the other", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        inputs: fc.integer({ min: 1, max: 4 }),
        size: fc.tuple(fc.integer({ min: 6, max: 13 }), fc.integer({ min: 6, max: 13 })),
        perGroup: fc.integer({ min: 1, max: 3 }),
        depthwise: fc.boolean(),
        kernel: fc.integer({ min: 1, max: 5 }),
        stride: fc.integer({ min: 1, max: 2 }),
        dilation: fc.integer({ min: 1, max: 2 }),
        padding: fc.constantFrom<Padding>("same", "symmetric", "valid"),
        bias: fc.boolean(),
        batchNorm: fc.option(fc.constantFrom({ epsilon: 1e-3 }, { epsilon: 0.5 }), { nil: undefined }),
      }),
      async ({ inputs, size: [height, width], perGroup, depthwise, ...options }) => {
        fc.pre(options.padding !== "same" || options.stride === 1 || options.dilation === 1);
        fc.pre(options.padding !== "valid" || (options.kernel - 1) * options.dilation < 6);
        const groups = depthwise ? inputs : 1;
        const channels = perGroup * groups;
        const g = new GraphBuilder();
        const value = g.conv(g.tensor("input", inputs), { ...options, name: "conv", channels, groups });
        const graph = g.finish({ conv: value });
        const { conv } = await runGraph(graph, inputs, [height, width]);

        const source = randomWeights(graph, 1);
        const tensor = (name: string) => source(`conv.${name}`)?.data ?? new Float32Array();
        const data = Float64Array.from({ length: inputs * height * width }, (_, i) => Math.sin(i * 12.9898));
        let expected = convolve({ channels: inputs, height, width, data }, {
          ...options,
          channels,
          groups,
          weight: tensor("weight"),
          bias: options.bias ? tensor("bias") : undefined,
        });
        if (options.batchNorm) {
          const statistics = {
            scale: tensor("batch_norm.weight"),
            shift: tensor("batch_norm.bias"),
            mean: tensor("batch_norm.running_mean"),
            variance: tensor("batch_norm.running_var"),
          };
          expected = normalise(expected, statistics, options.batchNorm.epsilon);
        }
        assert.deepEqual(conv.shape, [1, expected.channels, expected.height, expected.width]);
        expected.data.forEach((value, index) =>
          assert.ok(
            Math.abs(value - Number(conv.data[index])) < 1e-4,
            `${index}: ${conv.data[index]}, not ${value}`,
          )
        );
      },
    ),
    { numRuns: 100 },
  );
});
