import assert from "node:assert/strict";
import { BneckError, type ExitStatus, ExitStatus as Status, type Hint } from "../../../core/errors.ts";
import { GraphBuilder } from "../../../core/graph/mod.ts";
import type { OnnxValueInfo } from "../../../core/onnx/mod.ts";
import { type FeedOptions, graphFeeds, onnxFeeds } from "../../../core/profile/feeds.ts";
import { floats, graph, info } from "./small_onnx.ts";

function feeds(inputs: OnnxValueInfo[], options?: FeedOptions) {
  return onnxFeeds(graph([], inputs, []), "net.onnx", options);
}

function shapes(inputs: OnnxValueInfo[], options?: FeedOptions) {
  return Object.fromEntries(Object.entries(feeds(inputs, options)).map(([name, feed]) => [name, feed.shape]));
}

function refused(
  run: () => unknown,
  message: RegExp,
  status: ExitStatus = Status.usage,
  hint?: RegExp,
): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof BneckError, String(error));
    assert.equal(error.exitStatus, status);
    assert.match(error.message, message);
    if (hint) assert.match(hintText(error.hint!), hint);
    return true;
  });
}

function hintText({ option, advice, or }: Hint): string {
  return `${advice} with --${option}${or ? `, or ${hintText(or)}` : ""}`;
}

Deno.test("fixed inputs need nothing, and an open first dimension is a batch of one", () => {
  assert.deepEqual(shapes([info("x", [1, 3, 8, 8]), info("ids", ["n", 16], "int64"), info("scalar", [])]), {
    x: [1, 3, 8, 8],
    ids: [1, 16],
    scalar: [],
  });
});

Deno.test("a size fills the open sides of images, channels first or last", () => {
  const options = { size: [64, 96] } as const;
  assert.deepEqual(shapes([info("x", ["n", 3, "h", "w"])], options), { x: [1, 3, 64, 96] });
  assert.deepEqual(shapes([info("x", ["", "", "", 3])], options), { x: [1, 64, 96, 3] });
  assert.deepEqual(shapes([info("x", [2, 3, 64, "w"])], options), { x: [2, 3, 64, 96] });
});

Deno.test("our own files take the size as an input", () => {
  const { size } = feeds([info("image", ["n", 32, 48, 3], "uint8"), info("size", [2], "int64")], {
    size: [32, 48],
  });
  assert.deepEqual(size.data, BigInt64Array.of(32n, 48n));
});

Deno.test("a given shape also tells what its symbols stand for", () => {
  const inputs = [info("ids", ["batch", "length"], "int64"), info("state", [2, "batch", 128])];
  assert.deepEqual(shapes(inputs, { input: { ids: { shape: [4, 10] } } }), {
    ids: [4, 10],
    state: [2, 4, 128],
  });
});

Deno.test("open shapes are refused with the names and shapes of all inputs", () => {
  refused(
    () => feeds([info("x", ["n", 3, "h", ""]), info("t", [], "int64")]),
    /^the shape of x is open in net\.onnx: its inputs are x float32 \[n, 3, h, \?\], t int64 \[\]$/,
    Status.usage,
    /^give the height and width of images with --size, or give its shape, such as x:1x3x224x224, with --input$/,
  );
  refused(
    () => feeds([info("x", ["n", "samples"])]),
    /x float32 \[n, samples\]$/,
    Status.usage,
    /^give its shape, such as x:1x1, with --input$/,
  );
  refused(() => feeds([info("x")]), /x float32 of unknown rank/);
});

Deno.test("shapes that do not fit are refused", () => {
  const x = info("x", ["n", 3, 224, 224]);
  refused(() => feeds([x], { size: [96, 96] }), /fixed at 224×224 and cannot be run at 96×96/);
  refused(
    () => feeds([x], { input: { x: { shape: [1, 4, 224, 224] } } }),
    /cannot have the shape \[1, 4, 224, 224\]/,
  );
  refused(() => feeds([x], { input: { x: { shape: [1, 3] } } }), /cannot have the shape/);
  refused(() => feeds([x], { input: { y: { shape: [1] } } }), /net\.onnx has no input y: its inputs are x /);
  refused(() => feeds([x], { input: { constructor: { value: 1 } } }), /has no input constructor/);
});

Deno.test("inputs with a default need none", () => {
  const graphOfOld = graph([], [info("x", [2]), info("w", [3])], [], [floats("w", [3])]);
  assert.deepEqual(Object.keys(onnxFeeds(graphOfOld, "old.onnx")), ["x"]);
});

Deno.test("every type of tensor is generated, and can be filled with a value", () => {
  const types = "float32 float64 float16 uint8 int8 uint16 int16 int32 uint32 int64 uint64 bool string".split(
    " ",
  );
  for (const type of types as OnnxValueInfo["elementType"][]) {
    const { x } = feeds([info("x", [2, 3], type)]);
    assert.equal(x.data.length, 6, type);
    assert.equal(x.type, type);
    const { x: filled } = feeds([info("x", [2, 3], type)], { input: { x: { value: 1 } } });
    assert.equal(new Set<unknown>(filled.data).size, 1, type);
  }
  refused(
    () => feeds([info("x", [2], "bfloat16")]),
    /not a tensor, or has an unsupported type/,
    Status.unusableModel,
  );
  refused(() => feeds([info("x", undefined, "type 0")]), /not a tensor/, Status.unusableModel);
});

Deno.test("images are noise from 0 to 1 or 255, the same every time", () => {
  const { data } = feeds([info("x", [1, 3, 16, 16])]).x;
  const values = [...data as Float32Array];
  assert.ok(values.every((value) => value >= 0 && value < 1));
  assert.ok(new Set(values).size > 700);
  assert.deepEqual(feeds([info("x", [1, 3, 16, 16])]).x.data, data);
  const bytes = feeds([info("x", [1, 16, 16, 3], "uint8")]).x.data as Uint8Array;
  assert.ok(new Set(bytes).size > 200);
});

Deno.test("an input may have the name of a property that every object has", () => {
  assert.deepEqual(shapes([info("constructor", [2]), info("__proto__", [3])]).constructor, [2]);
});

Deno.test("our graphs are fed with an image and its size", () => {
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), { resize: "antialias", mean: [0, 0, 0], std: [1, 1, 1] });
  const fed = graphFeeds(g.finish({ image }), { shapes: { image: [1, 6, 8, 3] }, size: [32, 64] });
  assert.deepEqual(fed.image.shape, [1, 6, 8, 3]);
  assert.equal(fed.image.data.length, 144);
  assert.deepEqual(fed.size.data, BigInt64Array.of(32n, 64n));
});

Deno.test("a dimension of −1 is open, other negative ones and inputs beyond all memory are refused", () => {
  const shapes = (shape: number[]) => onnxFeeds(graph([], [info("x", shape)], []), "net.onnx").x.shape;
  assert.deepEqual(shapes([-1, 16, 20, 20]), [1, 16, 20, 20]);
  assert.throws(() => shapes([1, -5]), /the input x of net\.onnx has the dimension -5/);
  assert.throws(() => shapes([1, 3, 60_000, 60_000]), /larger than 1 GiB/);
  assert.throws(() => shapes([1, 805_306_368]), /larger than 1 GiB/);
});
