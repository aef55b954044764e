import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bindWeights,
  GraphBuilder,
  inferShapes,
  type Padding,
  randomWeights,
  type Shape,
  shapeOf,
  toOnnx,
  windowOutput,
} from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import { randomGraph, runGraph } from "./random_graph.ts";

Deno.test("inferred shapes are the shapes that onnxruntime returns", async () => {
  await fc.assert(
    fc.asyncProperty(randomGraph, async ({ graph, input }) => {
      const [, channels, height, width] = input.shapes.input;
      const shapes = inferredOrTooSmall(() => inferShapes(graph, input));
      fc.pre(shapes !== undefined);
      const returned = await runGraph(graph, channels, [height, width]);
      for (const [name, value] of Object.entries(graph.outputs)) {
        assert.deepEqual(returned[name].shape, shapeOf(shapes!, value), name);
      }
    }),
    { numRuns: 300 },
  );
});

function inferredOrTooSmall<T>(infer: () => T): T | undefined {
  try {
    return infer();
  } catch (error) {
    if (error instanceof RangeError && /too small/.test(error.message)) return undefined;
    throw error;
  }
}

Deno.test("a window under `same` padding gives ⌈length / stride⌉ positions", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 4 }),
      (length, kernel, stride) => {
        assert.equal(windowOutput(length, kernel, stride, 1, "same"), Math.ceil(length / stride));
      },
    ),
  );
});

Deno.test("for odd kernels `symmetric` padding gives as many positions as `same`", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.constantFrom(1, 3, 5, 7),
      fc.constantFrom(1, 2),
      fc.integer({ min: 1, max: 4 }),
      (length, kernel, stride, dilation) => {
        const positions = (padding: Padding) => windowOutput(length, kernel, stride, dilation, padding);
        assert.equal(positions("symmetric"), positions("same"));
      },
    ),
  );
});

Deno.test("a raw image is resized to the size that is fed, and kept as it is without", async () => {
  for (const resize of ["antialias", "bilinear", "none"] as const) {
    const g = new GraphBuilder();
    const image = g.preprocess(g.image(), { resize, mean: [1, 2, 3], std: [4, 5, 6] });
    const graph = g.finish({ resized: image });
    const shapes = { image: [1, 7, 9, 3] };
    const size = resize === "none" ? undefined : [14, 5] as const;
    const inferred = shapeOf(inferShapes(graph, { shapes, size }), image);
    const weights = bindWeights(graph, randomWeights(graph, 1), "no weights");
    const session = await Session.open(encodeOnnx(toOnnx(graph, weights).model), resize);
    const { resized: returned } = await session.run({
      image: { shape: shapes.image, data: new Uint8Array(7 * 9 * 3) },
      ...(size ? { size: { shape: [2], data: BigInt64Array.from(size, BigInt) } } : {}),
    });
    await session.close();
    assert.deepEqual(returned.shape, inferred);
    assert.deepEqual(inferred, resize === "none" ? [1, 3, 7, 9] : [1, 3, 14, 5]);
  }
});

Deno.test("the middle of a resized image is cut out where there is one", () => {
  const g = new GraphBuilder();
  const options = { resize: "antialias-bicubic", mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const image = g.preprocess(g.image(), { ...options, crop: [4, 6] });
  const graph = g.finish({ image });
  const shapes = { image: [1, 20, 30, 3] };
  assert.deepEqual(shapeOf(inferShapes(graph, { shapes, size: [5, 7] }), image), [1, 3, 4, 6]);
  assert.throws(
    () => inferShapes(graph, { shapes, size: [5, 5] }),
    /resized to 5×5 is too small for a crop of 4×6/,
  );
  assert.throws(() => g.preprocess(g.image(), { ...options, resize: "none", crop: [4, 6] }), RangeError);
});

const INPUT: Shape = [1, 4, 6, 6];

Deno.test("layers that cannot take what they would get are named", () => {
  const infer = (build: (g: GraphBuilder) => Parameters<GraphBuilder["finish"]>[0], shape = INPUT) => {
    const g = new GraphBuilder();
    return inferShapes(g.finish(build(g)), { shapes: { input: shape } });
  };
  const input = (g: GraphBuilder) => g.tensor("input", 4);
  assert.throws(
    () =>
      infer((g) => ({ out: g.conv(input(g), { name: "big", channels: 2, kernel: 7, padding: "valid" }) })),
    /big would have the empty shape .* too small/,
  );
  assert.throws(
    () =>
      infer((g) => ({
        out: g.add("sum", input(g), g.conv(input(g), { name: "c", channels: 4, kernel: 1, stride: 2 })),
      })),
    /sum cannot combine the shapes \[1,4,6,6\] and \[1,4,3,3\]/,
  );
  assert.throws(
    () => infer((g) => ({ out: g.conv(input(g), { name: "stem", channels: 2, kernel: 1 }) }), [1, 3, 6, 6]),
    /the input input has 4 channels, but its given shape is \[1,3,6,6\]/,
  );
  assert.throws(
    () => {
      const g = new GraphBuilder();
      return inferShapes(g.finish({ out: g.scale("twice", input(g), 2) }), { shapes: {} });
    },
    /no shape given for the input input/,
  );
});
