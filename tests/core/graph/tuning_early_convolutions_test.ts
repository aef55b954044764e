import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bindWeights,
  type ConvOptions,
  type Graph,
  GraphBuilder,
  randomWeights,
  toOnnx,
  type Value,
} from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";

/** How a map is enlarged and what reads it. */
interface Decoder {
  readonly target: "factor" | "like";
  readonly coordinates: "half_pixel" | "asymmetric" | "align_corners";
  readonly classifier: Partial<ConvOptions>;
  /** Reads the enlarged map, too. */
  readonly observed?: boolean;
}

/** Seven channels, enlarged and classified, and added to another classifier of the fine map. */
function decoder({ target, coordinates, classifier, observed }: Decoder): Graph {
  const g = new GraphBuilder();
  const fine = g.tensor("input", 3);
  const coarse = g.conv(fine, { name: "coarse", channels: 7, kernel: 3, stride: 2 });
  const enlarged = g.resize(
    "upsample",
    coarse,
    target === "like" ? { like: fine } : { factor: 2 },
    coordinates,
  );
  const classes = g.conv(enlarged, { name: "classifier", channels: 5, kernel: 1, ...classifier });
  const outputs: Record<string, Value> = { result: g.scale("result", classes, 2) };
  return g.finish(observed ? { ...outputs, enlarged } : outputs);
}

function lower(graph: Graph, tuned: boolean) {
  return toOnnx(graph, bindWeights(graph, randomWeights(graph, 1), "test"), { tuned });
}

async function resultOf(graph: Graph, tuned: boolean): Promise<Float32Array> {
  const session = await Session.open(encodeOnnx(lower(graph, tuned).model), "test");
  const data = Float32Array.from({ length: 3 * 10 * 14 }, (_, i) => Math.sin(i * 0.7));
  const { result } = await session.run({ input: { shape: [1, 3, 10, 14], data } });
  await session.close();
  return result.data as Float32Array;
}

/** The operators of a graph's own layers in the order in which they run. */
function order(graph: Graph): string[] {
  return lower(graph, true).model.graph.nodes
    .filter(({ name }) => ["upsample", "classifier", "result"].includes(name))
    .map(({ name }) => name);
}

const TARGETS = ["factor", "like"] as const;
const COORDINATES = ["half_pixel", "asymmetric", "align_corners"] as const;

Deno.test("a classifier that runs before the upsampling returns what it would after it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        target: fc.constantFrom(...TARGETS),
        coordinates: fc.constantFrom(...COORDINATES),
        classifier: fc.record({ channels: fc.integer({ min: 1, max: 6 }), bias: fc.boolean() }),
      }),
      async (options) => {
        const graph = decoder(options);
        assert.deepEqual(order(graph), ["classifier", "upsample", "result"]);
        const [early, late] = [await resultOf(graph, true), await resultOf(graph, false)];
        const largest = late.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
        assert.equal(early.length, late.length);
        early.forEach((value, i) => assert.ok(Math.abs(value - late[i]) <= 1e-5 * largest));
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("tensors keep the names of the layers that make them", () => {
  const graph = decoder({ target: "like", coordinates: "half_pixel", classifier: {} });
  const { model, tensorLayers } = lower(graph, true);
  for (const layer of graph.layers) assert.equal(tensorLayers.get(layer.name), layer);
  const reader = model.graph.nodes.find(({ name }) => name === "result")!;
  assert.equal(reader.inputs[0], "upsample");
});

Deno.test("a convolution stays after the upsampling where moving it changes the result or saves nothing", () => {
  const common = { target: "factor", coordinates: "half_pixel" } as const;
  const kept = (options: Partial<Decoder>) => order(decoder({ ...common, classifier: {}, ...options }))[0];
  assert.equal(kept({}), "classifier");
  assert.equal(kept({ classifier: { activation: "relu" } }), "upsample");
  assert.equal(kept({ classifier: { kernel: 3 } }), "upsample");
  assert.equal(kept({ classifier: { stride: 2 } }), "upsample");
  assert.equal(kept({ classifier: { channels: 7 } }), "upsample");
  assert.equal(kept({ observed: true }), "upsample");
});

Deno.test("a convolution that leaves the graph keeps its place", () => {
  const g = new GraphBuilder();
  const enlarged = g.resize("upsample", g.tensor("input", 3), { factor: 2 });
  const graph = g.finish({ classes: g.conv(enlarged, { name: "classifier", channels: 2, kernel: 1 }) });
  assert.deepEqual(order(graph), ["upsample", "classifier"]);
});
