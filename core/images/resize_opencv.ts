/** Resizing images as OpenCV does, without antialiasing. */
import type { RgbImage } from "./image.ts";

/** Fractional bits of the weights, `INTER_RESIZE_COEF_BITS` in OpenCV. */
const WEIGHT_BITS = 11;

/** The two pixels of one axis that each output lies between. */
interface Neighbours {
  /** The left pixel of each output. */
  readonly low: Int32Array;
  /** The right one: the same at the edge. */
  readonly high: Int32Array;
  /** The weight of the left pixel, with 11 fractional bits. */
  readonly lowWeights: Int32Array;
  /** The weight of the right pixel. */
  readonly highWeights: Int32Array;
}

/**
 * The image in another size, `[height, width, 3]`, bit for bit as OpenCV's `cv2.resize(image, (width, height))` gives it
 * with `INTER_LINEAR`: the two nearest pixels of each axis, however much smaller the image becomes, in fixed point. Halving
 * both sides averages four pixels.
 *
 * @see OpenCV `modules/imgproc/src/resize.cpp`: `HResizeLinear`, `VResizeLinear`, `ResizeAreaFastVec`
 * @example
 * ```ts
 * import { resizeLikeOpenCv } from "./resize_opencv.ts";
 * const two = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
 * console.log(resizeLikeOpenCv(two, 1, 1).data); // Uint8Array(3) [ 128, 128, 128 ]
 * ```
 */
export function resizeLikeOpenCv(image: RgbImage, width: number, height: number): RgbImage {
  if (width === image.width && height === image.height) return image;
  if (image.width === 2 * width && image.height === 2 * height) return halved(image);
  const across = neighboursOf(image.width, width, true);
  const down = neighboursOf(image.height, height, false);
  const rowLength = width * 3;
  // Two rows of the image, resized across; most are used for several rows of the result.
  const rows = [new Int32Array(rowLength), new Int32Array(rowLength)];
  const held = [-1, -1];
  const rowAt = (y: number, other: number): Int32Array => {
    const found = held.indexOf(y);
    if (found !== -1) return rows[found];
    const free = held[0] === other ? 1 : 0;
    resizeRow(image, y, across, rows[free]);
    held[free] = y;
    return rows[free];
  };
  const data = new Uint8Array(rowLength * height);
  for (let y = 0, to = 0; y < height; y++) {
    const upper = rowAt(down.low[y], down.high[y]);
    const lower = rowAt(down.high[y], down.low[y]);
    const a = down.lowWeights[y];
    const b = down.highWeights[y];
    for (let x = 0; x < rowLength; x++, to++) {
      data[to] = ((a * (upper[x] >> 4) >> 16) + (b * (lower[x] >> 4) >> 16) + 2) >> 2;
    }
  }
  return { width, height, data };
}

function resizeRow({ width, data }: RgbImage, y: number, across: Neighbours, row: Int32Array): void {
  const { low, high, lowWeights, highWeights } = across;
  const start = y * width * 3;
  for (let x = 0, to = 0; x < low.length; x++, to += 3) {
    const left = start + low[x] * 3;
    const right = start + high[x] * 3;
    const a = lowWeights[x];
    const b = highWeights[x];
    row[to] = data[left] * a + data[right] * b;
    row[to + 1] = data[left + 1] * a + data[right + 1] * b;
    row[to + 2] = data[left + 2] * a + data[right + 2] * b;
  }
}

/** The neighbours of each of `outputs` pixels among `inputs`. Only across do outputs beyond the edge lose their fraction. */
function neighboursOf(inputs: number, outputs: number, isAcross: boolean): Neighbours {
  const scale = 1 / (outputs / inputs);
  const low = new Int32Array(outputs);
  const high = new Int32Array(outputs);
  const lowWeights = new Int32Array(outputs);
  const highWeights = new Int32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const place = Math.fround((output + 0.5) * scale - 0.5);
    let at = Math.floor(place);
    let fraction = Math.fround(place - at);
    if (isAcross && (at < 0 || at >= inputs - 1)) {
      at = Math.max(0, Math.min(at, inputs - 1));
      fraction = 0;
    }
    low[output] = Math.max(0, Math.min(at, inputs - 1));
    high[output] = Math.max(0, Math.min(at + 1, inputs - 1));
    lowWeights[output] = fixedPoint(Math.fround(1 - fraction));
    highWeights[output] = fixedPoint(fraction);
  }
  return { low, high, lowWeights, highWeights };
}

/** Rounds halves to even, as the processor's conversion does. */
function fixedPoint(weight: number): number {
  const scaled = weight * (1 << WEIGHT_BITS);
  const whole = Math.round(scaled);
  return whole - scaled === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}

function halved({ width, height, data }: RgbImage): RgbImage {
  const [halfWidth, halfHeight] = [width / 2, height / 2];
  const result = new Uint8Array(halfWidth * halfHeight * 3);
  const below = width * 3;
  for (let y = 0, to = 0; y < halfHeight; y++) {
    for (let x = 0, from = y * 2 * below; x < halfWidth; x++, from += 6) {
      for (let channel = from; channel < from + 3; channel++) {
        const sum = data[channel] + data[channel + 3] + data[channel + below] + data[channel + below + 3];
        result[to++] = (sum + 2) >> 2;
      }
    }
  }
  return { width: halfWidth, height: halfHeight, data: result };
}
