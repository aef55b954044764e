/**
 * Masks of objects from prototypes, as YOLO's segmenting networks return them: an object has a coefficient for each
 * prototype, and its mask is where the sum of the prototypes, so weighted, is positive inside its box.
 *
 * Bolya et al., "YOLACT: Real-time Instance Segmentation", 2019, section 3.3; ultralytics `ops.process_mask_native`.
 */
import type { Box, ImageSize, PlacedMask } from "../core/images/mod.ts";
import type { NumberTable } from "./box_tables.ts";
import { boxAt, type Detections } from "./detections.ts";
import { type HeadOutput, type ImageView, type OutputShapes, placementOf } from "./head.ts";
import { parseWhole } from "./spec_fields.ts";

/** What the specs of detectors say of masks. */
export interface PrototypeSpec {
  /** The prototypes, and so the numbers of each box after its classes: 0 where there are no masks. */
  readonly coefficients: number;
}

/** No network has more prototypes. */
const MAX_COEFFICIENTS = 1024;

/** Reads {@linkcode PrototypeSpec}. */
export function parsePrototypeSpec(
  { coefficients }: Readonly<Record<string, unknown>>,
  fail: (problem: string) => never,
): PrototypeSpec {
  return { coefficients: parseWhole("coefficients", coefficients, 0, MAX_COEFFICIENTS, fail) };
}

/** The output of the prototypes, where there are masks. */
export function prototypeOutput({ coefficients }: PrototypeSpec): OutputShapes {
  return coefficients === 0 ? {} : { prototypes: [1, coefficients, "mask height", "mask width"] };
}

/** What the masks of all boxes of a network are made of. */
export interface MaskParts {
  /** A row for each box that the network returns, a column for each prototype. */
  readonly coefficients: NumberTable;
  /** `[1, C, h, w]`: they cover the network's input. */
  readonly prototypes: HeadOutput;
}

/** The masks of detected objects, before they are made: those of a photo at once would take gigabytes. */
export interface PrototypeMasks extends MaskParts {
  readonly view: ImageView;
  /** Of each object its row of the coefficients, `[count]`. */
  readonly rows: Int32Array;
}

/**
 * The mask of an object, clipped to its box; `undefined` where no pixel of it is set, or the network returns no masks.
 *
 * @param size at which the whole image is drawn; by default its own, to which the boxes belong
 */
export function maskAt(detections: Detections, row: number, size?: ImageSize): PlacedMask | undefined {
  const { masks } = detections;
  if (masks === undefined) return undefined;
  const { x1, y1, x2, y2 } = boxAt(detections, row);
  const { width, height } = size ?? masks.view;
  const [sx, sy] = [width / masks.view.width, height / masks.view.height];
  const box = { x1: x1 * sx, y1: y1 * sy, x2: x2 * sx, y2: y2 * sy };
  return prototypeMask(masks, masks.rows[row], box, { width, height });
}

/** The mask of one row of the coefficients in a box; `size` is that of the whole image, in the pixels of the box. */
export function prototypeMask(
  { coefficients, prototypes, view }: Omit<PrototypeMasks, "rows">,
  row: number,
  box: Box,
  size: ImageSize,
): PlacedMask | undefined {
  const x = Math.max(0, Math.ceil(box.x1));
  const y = Math.max(0, Math.ceil(box.y1));
  const width = Math.min(size.width, Math.ceil(box.x2)) - x;
  const height = Math.min(size.height, Math.ceil(box.y2)) - y;
  if (width <= 0 || height <= 0) return undefined;

  const [, , gridHeight, gridWidth] = prototypes.shape;
  const [across, down] = contentOf(gridWidth, gridHeight, view);
  const columns = tapsOf(across, gridWidth, x, width, size.width);
  const rows = tapsOf(down, gridHeight, y, height, size.height);
  const source = new MaskRows(coefficients, row, prototypes, columns);
  const data = new Uint8Array(width * height);
  let isEmpty = true;
  for (let i = 0, tap = 0, to = 0; i < height; i++, tap += TAPS) {
    const [a, b, c] = [source.row(rows.at[tap]), source.row(rows.at[tap + 1]), source.row(rows.at[tap + 2])];
    const [wa, wb, wc] = [rows.weights[tap], rows.weights[tap + 1], rows.weights[tap + 2]];
    for (let j = 0; j < width; j++, to++) {
      if (wa * a[j] + wb * b[j] + wc * c[j] > 0) {
        data[to] = 1;
        isEmpty = false;
      }
    }
  }
  return isEmpty ? undefined : { x, y, width, height, data };
}

/** One axis of the image on the grid of prototypes. */
interface Content {
  /** How many times finer the grid becomes before the image is cut out of it. */
  readonly finer: number;
  /** Where the image begins on the finer grid, and how many cells it has. */
  readonly first: number;
  readonly cells: number;
}

/**
 * Where the image lies. Ultralytics makes the grid twice or four times finer if otherwise padding would end within a cell:
 * edges depend on it, since what is cut off does not reach into the image.
 */
function contentOf(gridWidth: number, gridHeight: number, view: ImageView): [Content, Content] {
  const { left, top, width, height } = placementOf(view);
  const [sx, sy] = [gridWidth / view.inputWidth, gridHeight / view.inputHeight];
  const ends = [left * sx, width * sx, top * sy, height * sy];
  const finer = [1, 2, 4].find((factor) => ends.every((end) => Number.isInteger(end * factor))) ?? 1;
  return [
    { finer, first: ends[0] * finer, cells: ends[1] * finer },
    { finer, first: ends[2] * finer, cells: ends[3] * finer },
  ];
}

/** Cells of the grid that a pixel is interpolated from, along one axis. */
const TAPS = 3;

/** The cells of each pixel and their weights, `[pixels, TAPS]`. */
interface Taps {
  readonly at: Int32Array;
  readonly weights: Float32Array;
}

/** Bilinear interpolation to the finer grid, and from its image part to pixels, in one step. */
function tapsOf(
  { finer, first, cells }: Content,
  points: number,
  start: number,
  pixels: number,
  all: number,
): Taps {
  const at = new Int32Array(pixels * TAPS);
  const weights = new Float32Array(pixels * TAPS);
  const last = Math.max(first, first + cells - 1);
  const inside = (place: number, max: number) => Math.min(Math.max(place, 0), max);
  for (let i = 0; i < pixels; i++) {
    const place = (start + i + 0.5) * cells / all - 0.5 + first;
    const fine = inside(Math.min(Math.max(place, first), last), points * finer - 1);
    const below = Math.floor(fine);
    const share = fine - below;
    const lower = inside((below + 0.5) / finer - 0.5, points - 1);
    const upper = inside((Math.min(below + 1, Math.ceil(last)) + 0.5) / finer - 0.5, points - 1);
    const base = Math.floor(lower);
    for (const [where, weight] of [[lower, 1 - share], [upper, share]]) {
      const low = Math.floor(where);
      weights[i * TAPS + low - base] += weight * (low + 1 - where);
      if (where > low) weights[i * TAPS + low - base + 1] += weight * (where - low);
    }
    for (let k = 0; k < TAPS; k++) at[i * TAPS + k] = Math.min(base + k, points - 1);
  }
  return { at, weights };
}

/** Rows of the weighted sum of prototypes, at the columns of the mask; the last three are kept. */
class MaskRows {
  readonly #numbers = new Int32Array(TAPS).fill(-1);
  readonly #rows: readonly Float32Array[];
  readonly #sums: Float32Array;
  readonly #first: number;

  constructor(
    readonly coefficients: NumberTable,
    readonly box: number,
    readonly prototypes: HeadOutput,
    readonly columns: Taps,
  ) {
    const { at } = columns;
    this.#first = at[0];
    this.#sums = new Float32Array(at[at.length - 1] - this.#first + 1);
    this.#rows = Array.from({ length: TAPS }, () => new Float32Array(at.length / TAPS));
  }

  /** A row of the grid. */
  row(number: number): Float32Array {
    const slot = number % TAPS;
    const row = this.#rows[slot];
    if (this.#numbers[slot] === number) return row;
    this.#numbers[slot] = number;
    this.#sum(number);
    const sums = this.#sums;
    const first = this.#first;
    const { at, weights } = this.columns;
    for (let j = 0, tap = 0; j < row.length; j++, tap += TAPS) {
      row[j] = weights[tap] * sums[at[tap] - first] + weights[tap + 1] * sums[at[tap + 1] - first] +
        weights[tap + 2] * sums[at[tap + 2] - first];
    }
    return row;
  }

  #sum(number: number): void {
    const { data: values, start, rowStep, columnStep, columns } = this.coefficients;
    const { data, shape: [, , height, width] } = this.prototypes;
    const sums = this.#sums.fill(0);
    const plane = height * width;
    for (let k = 0; k < columns; k++) {
      const value = values[start + this.box * rowStep + k * columnStep];
      const from = k * plane + number * width + this.#first;
      for (let j = 0; j < sums.length; j++) sums[j] += value * data[from + j];
    }
  }
}
