import assert from "node:assert/strict";
import fc from "fast-check";
import { bindWeights, type Graph, GraphBuilder, randomWeights, toOnnx } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";

interface Chain {
  readonly channels: readonly number[];
  readonly activation: "relu" | "h-swish" | "h-sigmoid" | undefined;
  readonly batchNorm: boolean;
  /** Also returns what is between, which keeps its channels as they are. */
  readonly observed: boolean;
}

/** 1×1 and depthwise convolutions in turns, as in inverted residuals. */
function chain({ channels, activation, batchNorm, observed }: Chain): Graph {
  const g = new GraphBuilder();
  const outputs: Record<string, ReturnType<typeof g.conv>> = {};
  const options = { activation, ...(batchNorm ? { batchNorm: { epsilon: 1e-3 } } : { bias: true }) };
  let x = g.tensor("input", 3);
  channels.forEach((count, index) => {
    x = g.conv(x, { name: `expand${index}`, channels: count, kernel: 1, ...options });
    if (observed) outputs[`expanded${index}`] = x;
    x = g.depthwise(x, { name: `depthwise${index}`, kernel: 3, padding: "same", ...options });
    if (observed) outputs[`filtered${index}`] = x;
  });
  return g.finish({ ...outputs, result: g.conv(x, { name: "project", channels: 5, kernel: 1, ...options }) });
}

function lower(graph: Graph) {
  return toOnnx(graph, bindWeights(graph, randomWeights(graph, 1), "test")).model;
}

async function resultOf(graph: Graph): Promise<Float32Array> {
  const session = await Session.open(encodeOnnx(lower(graph)), "test");
  const data = Float32Array.from({ length: 3 * 7 * 9 }, (_, i) => Math.sin(i * 0.7));
  const { result } = await session.run({ input: { shape: [1, 3, 7, 9], data } });
  await session.close();
  return result.data as Float32Array;
}

/** The first dimension of a layer's weight in the file. */
function channelsOf(graph: Graph, layer: string): number {
  return lower(graph).graph.initializers.find(({ name }) => name === `${layer}.weight`)!.shape[0];
}

Deno.test("added channels change nothing that leaves the network", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        channels: fc.array(fc.integer({ min: 2, max: 22 }), { minLength: 1, maxLength: 3 }),
        activation: fc.constantFrom("relu" as const, "h-swish" as const, "h-sigmoid" as const, undefined),
        batchNorm: fc.boolean(),
      }),
      async (options) => {
        const aligned = await resultOf(chain({ ...options, observed: false }));
        const plain = await resultOf(chain({ ...options, observed: true }));
        const largest = plain.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
        aligned.forEach((value, i) => assert.ok(Math.abs(value - plain[i]) <= 1e-5 * largest));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("depthwise convolutions run with a multiple of four channels, where nothing else reads them", () => {
  const options = { activation: "relu" as const, batchNorm: true };
  const graph = chain({ channels: [18, 8, 22], ...options, observed: false });
  assert.deepEqual(
    ["expand0", "depthwise0", "expand1", "depthwise1", "expand2", "depthwise2", "project"].map((layer) =>
      channelsOf(graph, layer)
    ),
    [20, 20, 8, 8, 24, 24, 5],
  );
  const observed = chain({ channels: [18], ...options, observed: true });
  assert.deepEqual(["expand0", "depthwise0"].map((layer) => channelsOf(observed, layer)), [18, 18]);
});
