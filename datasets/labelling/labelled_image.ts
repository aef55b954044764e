/**
 * What tools for labelling images write, in one form: images with objects, whose parts are boxes, polygons and masks.
 *
 * @module
 */
import { inputError } from "../../core/errors.ts";
import { DEFAULT_MAX_PIXELS, type ImageSize, type LabelMap } from "../../core/images/image.ts";
import { rasterizePolygon } from "../coco/masks/polygon.ts";
import { mergeRles, type Rle, rleArea, rleBox } from "../coco/masks/rle.ts";

/** x, y, width, height in pixels. */
export type LabelledBox = readonly [x: number, y: number, width: number, height: number];

/** A part of an object. */
export type LabelledPart =
  | { readonly kind: "box"; readonly box: LabelledBox }
  /** x, y, x, y, … in pixels, of three corners at least. */
  | { readonly kind: "polygon"; readonly corners: readonly number[] }
  /** Over the whole image. */
  | { readonly kind: "mask"; readonly mask: Rle };

/** An object, or a region of a class. */
export interface LabelledObject {
  readonly label: string;
  /** At least one. */
  readonly parts: readonly LabelledPart[];
  /** x and y in pixels and visibility of each: 0 not labelled, 1 hidden, 2 visible. */
  readonly keypoints?: readonly number[];
  /** Of a detection. */
  readonly score?: number;
  /** Whether it may be found or not, as regions of many objects. */
  readonly isCrowd?: boolean;
}

/** An image with its objects; of two that overlap, the later one lies on top. */
export interface LabelledImage extends ImageSize {
  /** Its path as the labels name it. */
  readonly name: string;
  /** The path of its own file of labels in their folder, which is named as the image is. */
  readonly file?: string;
  /** The file that its labels were read from, which may hold those of other images; none where nothing is labelled. */
  readonly source?: string;
  readonly objects: readonly LabelledObject[];
}

/** All that was read from a folder or a file. */
export interface LabelledSet {
  /** The folder or file. */
  readonly path: string;
  readonly images: readonly LabelledImage[];
  /** Names of classes in the order of the tool, as far as it keeps one; then those that objects have besides. */
  readonly classes: readonly string[];
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
}

/** Coordinates farther out than this many pixels are an error: COCO's masks cannot be drawn there. */
export const MAX_COORDINATE = 1e6;

/** The corners of a box, clockwise. */
export function boxCorners([x, y, width, height]: LabelledBox): number[] {
  return [x, y, x + width, y, x + width, y + height, x, y + height];
}

/** The box around all parts of an object. */
export function boxAround(parts: readonly LabelledPart[]): LabelledBox {
  if (parts.length === 1 && parts[0].kind === "box") return parts[0].box;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of parts) {
    const corners = part.kind === "polygon" ? part.corners : boxCorners(boxOf(part));
    for (let i = 0; i + 1 < corners.length; i += 2) {
      left = Math.min(left, corners[i]);
      right = Math.max(right, corners[i]);
      top = Math.min(top, corners[i + 1]);
      bottom = Math.max(bottom, corners[i + 1]);
    }
  }
  return [left, top, right - left, bottom - top];
}

function boxOf(part: Exclude<LabelledPart, { kind: "polygon" }>): LabelledBox {
  if (part.kind === "box") return part.box;
  const box = new Float64Array(4);
  const { counts, height, width } = part.mask;
  rleBox(counts, 0, counts.length, height, width, box, 0);
  return [box[0], box[1], box[2], box[3]];
}

/** The mask of an object: all its parts, drawn as COCO's tools draw them. */
export function maskOfParts(parts: readonly LabelledPart[], { width, height }: ImageSize): Rle {
  const masks = parts.map((part) =>
    part.kind === "mask"
      ? part.mask
      : rasterizePolygon(part.kind === "box" ? boxCorners(part.box) : part.corners, height, width)
  );
  return masks.length === 1 ? masks[0] : mergeRles(masks);
}

/** In pixels: of a single box that of the box, else that of the mask. */
export function areaOfParts(parts: readonly LabelledPart[], size: ImageSize): number {
  const [first] = parts;
  if (parts.length === 1 && first.kind === "box") return first.box[2] * first.box[3];
  return rleArea(maskOfParts(parts, size).counts);
}

/** A label map that is still to be drawn; plain data. */
export interface DrawnLabels extends ImageSize {
  /** The value of pixels that no object covers. */
  readonly background: number;
  /** The file that they were read from, see {@linkcode LabelledImage.source}. */
  readonly source?: string;
  readonly objects: readonly { readonly id: number; readonly parts: readonly LabelledPart[] }[];
}

/**
 * Draws the objects one over another.
 *
 * @param name names the labels in errors
 * @throws {BneckError} The image has too many pixels.
 */
export function drawLabels(
  labels: DrawnLabels,
  name: string,
  maxPixels: number = DEFAULT_MAX_PIXELS,
): LabelMap {
  const { width, height, background, objects } = labels;
  if (width * height > maxPixels) {
    throw inputError(`cannot read ${name}: ${width}×${height} pixels are more than ${maxPixels}`, undefined, {
      option: "maxPixels",
      advice: "raise it",
    });
  }
  const wide = Math.max(background, ...new Set(objects.map(({ id }) => id))) > 255;
  const data = (wide ? new Uint16Array(width * height) : new Uint8Array(width * height)).fill(background);
  for (const { id, parts } of objects) {
    const { counts } = maskOfParts(parts, labels);
    for (let i = 0, place = 0; i < counts.length; place += counts[i++]) {
      if (i % 2 === 1) paint(data, id, place, place + counts[i], height, width);
    }
  }
  return { width, height, data };
}

/** Gives pixels that follow one another down the columns a value. */
function paint(
  data: LabelMap["data"],
  id: number,
  from: number,
  to: number,
  height: number,
  width: number,
): void {
  let x = Math.floor(from / height), y = from - x * height;
  for (let place = from; place < to; place++) {
    data[y * width + x] = id;
    if (++y === height) {
      y = 0;
      x++;
    }
  }
}
