/** What a convolution reads and should return in some places of some images. */
import type { OnnxNode } from "../../../core/onnx/mod.ts";
import type { Bytes } from "../../../core/quantize/mod.ts";
import { namedSeed, randomNumbers } from "../../../core/random.ts";
import type { NamedTensor } from "../../../core/session/mod.ts";

/** Samples of a convolution, one for each place. */
export interface Patches {
  readonly count: number;
  /** What is read, `[count, channels · height · width]` of the kernel, without the factors of channels. */
  readonly read: Float32Array;
  /** What should be returned, `[count, outputs]`. */
  readonly wanted: Float32Array;
}

/** A convolution whose patches are taken. */
export interface PatchSource {
  readonly node: OnnxNode;
  /** Height and width. */
  readonly kernel: readonly number[];
  /** The channels that are read and written. */
  readonly channels: number;
  readonly outputs: number;
  readonly bytes: Bytes;
}

/**
 * Takes patches at random places, the same for the same seed; all where there are no more.
 *
 * @param read of each image the bytes that are convolved, `[1, H, W, C]`
 * @param made of each image what the float network makes of it, `[1, C, H, W]`
 * @param count of all images together
 */
export function takePatches(
  source: PatchSource,
  read: readonly NamedTensor[],
  made: readonly NamedTensor[],
  count: number,
  seed: number,
): Patches {
  const { node, kernel, channels, outputs, bytes } = source;
  const size = channels * kernel[0] * kernel[1];
  const limit = Math.max(1, Math.ceil(count / read.length));
  const counts = made.map(({ shape: [, , height, width] }) => Math.min(limit, height * width));
  const total = counts.reduce((sum, n) => sum + n, 0);
  const patches = {
    count: total,
    read: new Float32Array(total * size),
    wanted: new Float32Array(total * outputs),
  };
  let at = 0;
  read.forEach((image, i) => {
    const [, , height, width] = made[i].shape;
    const cells = height * width;
    const random = randomNumbers(namedSeed(`${node.outputs[0]} ${i}`, seed));
    const place = placesOf(node, kernel, image.shape, made[i].shape);
    const values = made[i].data as Float32Array;
    for (let n = 0; n < counts[i]; n++, at++) {
      const cell = cells <= limit ? n : Math.floor(random() * cells);
      const [y, x] = place(Math.floor(cell / width), cell % width);
      copyPatch(source, image, y, x, patches.read, at * size);
      for (let o = 0; o < outputs; o++) patches.wanted[at * outputs + o] = values[o * cells + cell];
    }
  });
  return patches;

  /** Zeros stay where the kernel is outside. */
  function copyPatch(
    { node: { attributes: { dilations } } }: PatchSource,
    { shape: [, height, width, memory], data }: NamedTensor,
    top: number,
    left: number,
    to: Float32Array,
    start: number,
  ): void {
    const [down, right] = dilations?.type === "ints" ? dilations.value : [1, 1];
    const { scale, zeroPoint } = bytes.scale;
    const taps = kernel[0] * kernel[1];
    for (let tap = 0; tap < taps; tap++) {
      const y = top + Math.floor(tap / kernel[1]) * down;
      const x = left + tap % kernel[1] * right;
      if (y < 0 || x < 0 || y >= height || x >= width) continue;
      const from = (y * width + x) * memory;
      for (let c = 0; c < channels; c++) {
        to[start + c * taps + tap] = (Number(data[from + c]) - zeroPoint) * scale;
      }
    }
  }
}

/** Where the kernel begins for a cell of what is returned. */
function placesOf(
  { attributes: { strides, dilations, pads, auto_pad: mode } }: OnnxNode,
  kernel: readonly number[],
  [, ...read]: readonly number[],
  [, , ...made]: readonly number[],
): (y: number, x: number) => readonly [top: number, left: number] {
  const [strideY, strideX] = strides?.type === "ints" ? strides.value : [1, 1];
  const dilation = dilations?.type === "ints" ? dilations.value : [1, 1];
  let [top, left] = pads?.type === "ints" ? pads.value : [0, 0];
  if (mode?.type === "string" && mode.value.startsWith("SAME")) {
    const stride = [strideY, strideX];
    [top, left] = [0, 1].map((axis) => {
      const covered = (made[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
      const missing = Math.max(0, covered - read[axis]);
      return mode.value === "SAME_LOWER" ? Math.ceil(missing / 2) : Math.floor(missing / 2);
    });
  }
  return (y, x) => [y * strideY - top, x * strideX - left];
}
