/** Images as the input of graphs that others exported, which take a tensor that is prepared already. */
import type { Extent } from "../core/graph/mod.ts";
import { DEFAULT_MAX_PIXELS, resizeImage, resizeLikeOpenCv, type RgbImage } from "../core/images/mod.ts";
import type { NamedTensor } from "../core/session/mod.ts";
import type { ImageView, Placement } from "../heads/mod.ts";
import { companionTensor } from "./companion_inputs.ts";
import type { AdoptedGraph } from "./network.ts";
import type {
  CHANNEL_ORDERS,
  CROP_ROUNDINGS,
  FITS,
  INPUT_FILTERS,
  INPUT_TYPES,
  LAYOUTS,
  PADDING_PLACES,
} from "./adopt/choices.ts";

/** A number for each channel, in the order in which the network takes them. */
export type ChannelValues = readonly [number, number, number];

/** How an image becomes the input of a graph. Plain data. */
export interface TensorInput {
  /** The name of the graph's input. */
  readonly name: string;
  readonly layout: typeof LAYOUTS[number];
  readonly elementType: typeof INPUT_TYPES[number];
  /** How many images the graph takes at once: all are the same one, and the outputs of the first are read. */
  readonly batch: number;
  readonly fit: typeof FITS[number];
  readonly filter: typeof INPUT_FILTERS[number];
  /** How the sides of a letterboxed image are rounded; absent in files of before and where nothing is: `even`. */
  readonly fitRounding?: typeof CROP_ROUNDINGS[number];
  /** Where crops begin; absent in files of before and where there is none: `even`. */
  readonly cropRounding?: typeof CROP_ROUNDINGS[number];
  /** The value of padding, 0 to 255, and where it is not. */
  readonly padding: { readonly value: number; readonly place: typeof PADDING_PLACES[number] };
  readonly channels: typeof CHANNEL_ORDERS[number];
  /** Subtracted from each channel of an image in 0…255. */
  readonly mean: ChannelValues;
  /** Divides each channel after `mean`. */
  readonly std: ChannelValues;
}

/** An image as the network sees it. */
export interface PreparedImage {
  readonly tensor: NamedTensor;
  readonly view: ImageView;
}

/**
 * An image, and what goes with it, as a graph that others exported takes them, by the names of its inputs.
 *
 * @param extent the size that the image is resized or padded to, `[height, width]`
 * @param crop the middle of that, where the network sees no more
 */
export function adoptedFeeds(
  image: RgbImage,
  extent: Extent,
  crop: Extent | undefined,
  { input, companions = [] }: AdoptedGraph,
): { readonly feeds: Readonly<Record<string, NamedTensor>>; readonly view: ImageView } {
  const { tensor, view } = prepareTensor(image, extent, crop, input);
  const seen: Extent = [view.inputHeight, view.inputWidth];
  const others = companions.map((companion) => [companion.name, companionTensor(companion, seen)]);
  return { feeds: { [input.name]: tensor, ...Object.fromEntries(others) }, view };
}

/**
 * Resizes, pads, crops and normalises an image.
 *
 * @param extent the size that it is resized or padded to, `[height, width]`
 * @param crop the middle of that, where the network sees no more
 * @see ultralytics `LetterBox` and `ops.scale_boxes`, whose rounding this has
 */
export function prepareTensor(
  image: RgbImage,
  extent: Extent,
  crop: Extent | undefined,
  input: TensorInput,
): PreparedImage {
  const [inputHeight, inputWidth] = crop ?? extent;
  const { pixels, left, top, placement } = fitted(image, extent, crop, input);
  const view = { width: image.width, height: image.height, inputWidth, inputHeight, placement };
  return { tensor: tensorOf(pixels, left, top, [inputHeight, inputWidth], input), view };
}

/** An image in its final scale, and where its upper left pixel lies in the input. */
interface Fitted {
  readonly pixels: RgbImage;
  readonly left: number;
  readonly top: number;
  /** Where the image lies to the fraction; absent where it covers the input. */
  readonly placement?: Placement;
}

function fitted(image: RgbImage, extent: Extent, crop: Extent | undefined, input: TensorInput): Fitted {
  const [height, width] = extent;
  if (input.fit === "letterbox") return letterboxed(image, extent, input);
  if (input.fit === "pad") {
    const side = Math.max(image.width / width, image.height / height);
    const [paddedWidth, paddedHeight] = [Math.round(side * width), Math.round(side * height)];
    // A strip would become a square of its length: resized first, it takes no more than the input.
    if (paddedWidth * paddedHeight > DEFAULT_MAX_PIXELS) {
      return letterboxed(image, extent, { ...input, padding: { ...input.padding, place: "corner" } });
    }
    const padded = padTo(image, paddedWidth, paddedHeight, input.padding.value);
    const placement = {
      left: 0,
      top: 0,
      width: width * image.width / paddedWidth,
      height: height * image.height / paddedHeight,
    };
    return { pixels: resize(padded, width, height, input), left: 0, top: 0, placement };
  }
  const pixels = input.fit === "none" ? image : resize(image, width, height, input);
  if (!crop) return { pixels, left: 0, top: 0 };
  const round = input.cropRounding === "down" ? Math.floor : roundHalfEven;
  const left = 0 - round((pixels.width - crop[1]) / 2);
  const top = 0 - round((pixels.height - crop[0]) / 2);
  return { pixels, left, top, placement: { left, top, width: pixels.width, height: pixels.height } };
}

function letterboxed(image: RgbImage, [height, width]: Extent, input: TensorInput): Fitted {
  const scale = Math.min(height / image.height, width / image.width);
  const [wide, high] = [image.width * scale, image.height * scale];
  const isFloor = input.fitRounding === "down";
  const [across, down] = [wide, high].map((side) =>
    Math.max(1, isFloor ? Math.floor(side) : roundHalfEven(side))
  );
  const isCentred = input.padding.place === "centre";
  const left = isCentred ? roundHalfEven((width - across) / 2 - 0.1) : 0;
  const top = isCentred ? roundHalfEven((height - down) / 2 - 0.1) : 0;
  // Programs that cut fractions off return to the image by the scale itself.
  const placement = {
    left,
    top,
    ...(isFloor ? { width: wide, height: high } : { width: across, height: down }),
  };
  return { pixels: resize(image, across, down, input), left, top, placement };
}

function resize(image: RgbImage, width: number, height: number, { filter }: TensorInput): RgbImage {
  switch (filter) {
    case "opencv":
      return resizeLikeOpenCv(image, width, height);
    case "torchvision-bilinear":
      return resizeImage(image, width, height, "bilinear", "torchvision");
    case "torchvision-bicubic":
      return resizeImage(image, width, height, "bicubic", "torchvision");
    default:
      return resizeImage(image, width, height, filter);
  }
}

function padTo(image: RgbImage, width: number, height: number, value: number): RgbImage {
  const data = new Uint8Array(width * height * 3).fill(value);
  for (let y = 0; y < image.height; y++) {
    data.set(image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3), y * width * 3);
  }
  return { width, height, data };
}

/** Writes an image to where it lies in the input; padding lies around it. */
function tensorOf(
  image: RgbImage,
  left: number,
  top: number,
  [height, width]: Extent,
  { layout, elementType, batch, padding, channels, mean, std }: TensorInput,
): NamedTensor {
  const plane = height * width;
  const data = new ARRAYS[elementType](batch * plane * 3);
  const isPlanar = layout !== "NHWC";
  const [step, next] = isPlanar ? [1, plane] : [3, 1];
  const [firstRow, endRow] = [Math.max(0, top), Math.min(height, top + image.height)];
  const [firstColumn, endColumn] = [Math.max(0, left), Math.min(width, left + image.width)];
  const isPadded = (endRow - firstRow) * (endColumn - firstColumn) < plane;
  for (let channel = 0; channel < 3; channel++) {
    const values = new ARRAYS[elementType](256);
    for (let level = 0; level < 256; level++) values[level] = (level - mean[channel]) / std[channel];
    const start = channel * next;
    if (isPadded) {
      for (let at = 0, to = start; at < plane; at++, to += step) data[to] = values[padding.value];
    }
    const source = channels === "rgb" ? channel : 2 - channel;
    for (let y = firstRow; y < endRow; y++) {
      let from = ((y - top) * image.width + firstColumn - left) * 3 + source;
      let to = start + (y * width + firstColumn) * step;
      for (let x = firstColumn; x < endColumn; x++, from += 3, to += step) {
        data[to] = values[image.data[from]];
      }
    }
  }
  for (let copy = 1; copy < batch; copy++) data.copyWithin(copy * plane * 3, 0, plane * 3);
  const sizes = isPlanar ? [3, height, width] : [height, width, 3];
  return { shape: layout === "CHW" ? sizes : [batch, ...sizes], data };
}

const ARRAYS = { float32: Float32Array, float16: Float16Array, uint8: Uint8Array } as const;

/** As Python's `round` and NumPy's. */
function roundHalfEven(value: number): number {
  // Never −0.
  const whole = Math.round(value) + 0;
  return whole - value === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}
