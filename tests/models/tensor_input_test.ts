import assert from "node:assert/strict";
import type { RgbImage } from "../../core/images/mod.ts";
import { prepareTensor, type TensorInput } from "../../models/tensor_input.ts";

const INPUT: TensorInput = {
  name: "images",
  layout: "NCHW",
  elementType: "float32",
  batch: 1,
  fit: "stretch",
  filter: "opencv",
  padding: { value: 114, place: "centre" },
  channels: "rgb",
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** Red is 10, green 20, blue 30 everywhere. */
function plain(width: number, height: number): RgbImage {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => 10 * (1 + i % 3)) };
}

Deno.test("channels lie in planes or side by side, in either order", () => {
  const values = (changes: Partial<TensorInput>) => [
    ...prepareTensor(plain(2, 1), [1, 2], undefined, { ...INPUT, ...changes }).tensor.data,
  ];
  assert.deepEqual(values({}), [10, 10, 20, 20, 30, 30]);
  assert.deepEqual(values({ channels: "bgr" }), [30, 30, 20, 20, 10, 10]);
  assert.deepEqual(values({ layout: "NHWC" }), [10, 20, 30, 10, 20, 30]);
  assert.deepEqual(values({ layout: "NHWC", channels: "bgr" }), [30, 20, 10, 30, 20, 10]);
});

Deno.test("the mean is subtracted and the rest divided, channel by channel as the network takes them", () => {
  const { tensor } = prepareTensor(plain(1, 1), [1, 1], undefined, {
    ...INPUT,
    channels: "bgr",
    mean: [10, 10, 10],
    std: [2, 5, 10],
  });
  assert.deepEqual([...tensor.data], [10, 2, 0]);
});

Deno.test("inputs may be bytes or of half precision", () => {
  const bytes = prepareTensor(plain(1, 1), [1, 1], undefined, { ...INPUT, elementType: "uint8" }).tensor;
  assert.deepEqual(bytes.data, Uint8Array.of(10, 20, 30));
  const half = prepareTensor(plain(1, 1), [1, 1], undefined, {
    ...INPUT,
    elementType: "float16",
    std: [4, 4, 4],
  }).tensor;
  assert.deepEqual(half.data, Float16Array.of(2.5, 5, 7.5));
});

Deno.test("a batch that is fixed holds the same image several times", () => {
  const { shape, data } = prepareTensor(plain(1, 1), [1, 1], undefined, { ...INPUT, batch: 3 }).tensor;
  assert.deepEqual(shape, [3, 3, 1, 1]);
  assert.deepEqual([...data], [10, 20, 30, 10, 20, 30, 10, 20, 30]);
});

Deno.test("a letterboxed image lies in the middle, with padding around it", () => {
  const { tensor, view } = prepareTensor(plain(4, 2), [4, 4], undefined, { ...INPUT, fit: "letterbox" });
  const red = [...tensor.data.subarray(0, 16)];
  assert.deepEqual(red, [...row(114), ...row(10), ...row(10), ...row(114)]);
  assert.deepEqual(view.placement, { left: 0, top: 1, width: 4, height: 2 });
});

Deno.test("sides are rounded as ultralytics rounds them: 500×334 into 320×320", () => {
  const { view } = prepareTensor(plain(500, 334), [320, 320], undefined, { ...INPUT, fit: "letterbox" });
  assert.deepEqual(view.placement, { left: 0, top: 53, width: 320, height: 214 });
});

Deno.test("a letterboxed image may lie in the corner", () => {
  const input: TensorInput = { ...INPUT, fit: "letterbox", padding: { value: 0, place: "corner" } };
  const { tensor, view } = prepareTensor(plain(2, 4), [4, 4], undefined, input);
  assert.deepEqual([...tensor.data.subarray(0, 4)], [10, 10, 0, 0]);
  assert.deepEqual(view.placement, { left: 0, top: 0, width: 2, height: 4 });
});

Deno.test("a padded image is padded before it is resized", () => {
  const input: TensorInput = { ...INPUT, fit: "pad", padding: { value: 0, place: "corner" } };
  const { tensor, view } = prepareTensor(plain(8, 4), [4, 4], undefined, input);
  assert.deepEqual([...tensor.data.subarray(0, 16)], [...row(10), ...row(10), ...row(0), ...row(0)]);
  assert.deepEqual(view.placement, { left: 0, top: 0, width: 4, height: 2 });
});

Deno.test("padding a strip to a square takes no more memory than the input", () => {
  const input: TensorInput = { ...INPUT, fit: "pad", padding: { value: 0, place: "corner" } };
  const { view } = prepareTensor(plain(100_000, 1), [64, 64], undefined, input);
  assert.deepEqual(view.placement, { left: 0, top: 0, width: 64, height: 1 });
});

Deno.test("a crop takes the middle of the resized image, and boxes are placed by what was cut off", () => {
  const image = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => Math.floor(i / 3)) };
  const { tensor, view } = prepareTensor(image, [2, 4], [2, 2], INPUT);
  assert.deepEqual([...tensor.data.subarray(0, 4)], [1, 2, 5, 6]);
  assert.deepEqual(view, {
    width: 4,
    height: 2,
    inputWidth: 2,
    inputHeight: 2,
    placement: { left: -1, top: 0, width: 4, height: 2 },
  });
});

Deno.test("a crop whose place ends in a half begins at the even pixel as in torchvision, or the lower as in Hugging Face", () => {
  const image = { width: 5, height: 1, data: Uint8Array.from({ length: 15 }, (_, i) => Math.floor(i / 3)) };
  const first = (input: TensorInput, width: number) =>
    prepareTensor(image, [1, 5], [1, width], input).tensor.data[0];
  assert.deepEqual([first(INPUT, 2), first(INPUT, 4)], [2, 0]);
  const input: TensorInput = { ...INPUT, cropRounding: "down" };
  assert.deepEqual([first(input, 2), first(input, 4)], [1, 0]);
});

function row(value: number): number[] {
  return [value, value, value, value];
}
