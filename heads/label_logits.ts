/** From low-resolution class logits to one label per pixel of the original image. */
import type { LabelMap } from "../core/images/image.ts";
import { MemoryLayout, WasmInstance } from "../core/wasm_memory.ts";
import type { Decoder, HeadOutput, ImageView, OutputKind, Placement } from "./head.ts";
import { axesOver, type Axis } from "./label_axes.ts";
import { parseChoice } from "./spec_fields.ts";
import { LABEL_CELLS } from "./label_cells_module.js";

/** The exports of `label_cells.wat`. */
interface LabelCells {
  readonly memory: WebAssembly.Memory;
  useGrid(
    logits: number,
    classes: number,
    plane: number,
    gridWidth: number,
    best: number,
    candidates: number,
    counts: number,
    columns: number,
    columnsEnd: number,
    shares: number,
  ): void;
  findBest(): void;
  paintRow(top: number, rows: number, down: number, out: number, stride: number): void;
}

const CELLS = new WasmInstance<LabelCells>(LABEL_CELLS);

/** The result of a segmentation head: logits of every class on a coarse grid. */
export interface LabelLogits {
  /** `[classes, height, width]`. */
  readonly data: Float32Array;
  readonly classes: number;
  readonly height: number;
  readonly width: number;
  /** The size of the original image in pixels. */
  readonly imageWidth: number;
  readonly imageHeight: number;
  /** Where the image lies on the grid, in its cells. @default {it covers the grid} */
  readonly placement?: Placement;
  /** The class of each cell, `[height, width]`, where the network returns classes: there are no logits then. */
  readonly classMap?: Uint8Array;
  /** Where the network returns one number a cell: `data` holds zeros, and these numbers less that of the threshold. */
  readonly matte?: MatteValues;
  /** Whether `data` holds probabilities, or what is proportional to them, not logits. */
  readonly areShares?: boolean;
}

/** What the numbers of a network that tells one thing from its background are. */
export interface MatteValues {
  readonly values: "probabilities" | "logits";
  /** The number above which a pixel is of class 1. */
  readonly threshold: number;
}

/** Decodes the outputs of a segmentation head. Labels and confidences are computed from its result on demand. */
export const SEGMENTATION_DECODER: Decoder<Record<never, never>, LabelLogits> = {
  spec: { kind: "labels" },
  decode: ({ logits }, view) => readLabelLogits(logits, view),
};

/** The spec of {@linkcode SEGMENTATION_OUTPUTS} and {@linkcode LABEL_ROW_OUTPUTS}. */
export interface LabelSpec<Kind extends string> {
  readonly kind: Kind;
  /** What the numbers are. @default {"logits"} */
  readonly values?: "probabilities" | "logits";
}

/** The output `logits`, `[1, K, h, w]`: a class for every pixel. */
export const SEGMENTATION_OUTPUTS: OutputKind<LabelSpec<"labels">, Record<never, never>, LabelLogits> = {
  kind: "labels",
  outputs: () => ({ logits: [1, "classes", "height", "width"] }),
  parse: ({ values }, fail) => ({ kind: "labels", ...parseValues(values, fail) }),
  decoder: (spec) => ({
    spec,
    decode: ({ logits }, view) => ({ ...readLabelLogits(logits, view), ...sharesOf(spec) }),
  }),
};

/** The output `logits`, `[1, h, w, K]`, as TensorFlow's networks return it: a class for every pixel. */
export const LABEL_ROW_OUTPUTS: OutputKind<LabelSpec<"label-rows">, Record<never, never>, LabelLogits> = {
  kind: "label-rows",
  outputs: () => ({ logits: [1, "height", "width", "classes"] }),
  parse: ({ values }, fail) => ({ kind: "label-rows", ...parseValues(values, fail) }),
  decoder: (spec) => ({
    spec,
    decode({ logits: { data, shape: [, height, width, classes] } }, view) {
      const plane = height * width;
      const planes = new Float32Array(data.length);
      for (let at = 0, from = 0; at < plane; at++) {
        for (let k = 0, to = at; k < classes; k++, to += plane) planes[to] = data[from++];
      }
      const grid = readLabelLogits({ shape: [1, classes, height, width], data: planes }, view);
      return { ...grid, ...sharesOf(spec) };
    },
  }),
};

function parseValues(values: unknown, fail: (problem: string) => never) {
  if (values === undefined) return {};
  return { values: parseChoice("values", values, ["probabilities", "logits"], fail) };
}

function sharesOf({ values }: LabelSpec<string>): Pick<LabelLogits, "areShares"> {
  return values === "probabilities" ? { areShares: true } : {};
}

/** Wraps the network's output `[1, K, h, w]`. */
export function readLabelLogits({ shape, data }: HeadOutput, view: ImageView): LabelLogits {
  const [, classes, height, width] = shape;
  const grid = { data, classes, height, width, imageWidth: view.width, imageHeight: view.height };
  if (view.placement === undefined) return grid;
  const { left, top, width: across, height: down } = view.placement;
  const [sx, sy] = [width / view.inputWidth, height / view.inputHeight];
  return { ...grid, placement: { left: left * sx, top: top * sy, width: across * sx, height: down * sy } };
}

/** Averages logits, in place, with those of the mirror image. */
export function averageWithMirrored({ data, width }: LabelLogits, mirrored: Pick<LabelLogits, "data">): void {
  for (let row = 0; row < data.length; row += width) {
    for (let x = 0; x < width; x++) {
      data[row + x] = (data[row + x] + mirrored.data[row + width - 1 - x]) / 2;
    }
  }
}

/**
 * The class with the largest bilinearly interpolated logit at every pixel (half-pixel centres, clamped edges), exactly as
 * resizing all logits and taking the argmax, `[imageHeight, imageWidth]`.
 *
 * A cell of the coarse grid whose four corners have the same best class belongs to that class entirely, because
 * interpolation is a convex combination. Only the other cells are interpolated, and there only classes that no corner's
 * best class dominates. A WebAssembly module (`label_cells.wat`) does it, a row of cells at a time.
 *
 * @param counts `[classes]`: the pixels of each class are added to it
 * @param labels where the classes are written, an array of as many bytes as the image has pixels
 */
export function labelsOf(
  logits: LabelLogits,
  counts: Uint32Array = new Uint32Array(logits.classes),
  labels = new Uint8Array(logits.imageWidth * logits.imageHeight),
): LabelMap {
  if (logits.classMap) return labelsOfMap(logits, logits.classMap, counts, labels);
  return CELLS.use((cells) => labelsOfCells(cells, logits, counts, labels));
}

function labelsOfCells(
  cells: LabelCells,
  logits: LabelLogits,
  counts: Uint32Array,
  labels: Uint8Array,
): LabelMap {
  const { imageWidth: width, imageHeight: height, classes } = logits;
  const [columns, rows] = axesOver(logits);
  const { bytes, ints, places, gridWidth, stride } = layOut(cells, logits, columns, rows);

  for (const { low, start, end } of rows.cells) {
    cells.paintRow(low * gridWidth, end - start, places.down + start * 4, places.out, stride);
    for (let y = start, from = places.out; y < end; y++, from += stride) {
      labels.set(bytes.subarray(from, from + width), y * width);
    }
  }
  for (let label = 0; label < classes; label++) counts[label] += ints[places.counts / 4 + label];
  return { width, height, data: labels };
}

/** The class of the nearest cell at every pixel. */
function labelsOfMap(
  logits: LabelLogits,
  classMap: Uint8Array,
  counts: Uint32Array,
  data: Uint8Array,
): LabelMap {
  const { imageWidth: width, imageHeight: height, width: cells } = logits;
  const [across, down] = axesOver(logits).map(({ cells, weights }) =>
    cells.flatMap(({ low, high, start, end }) =>
      Array.from(weights.subarray(start, end), (weight) => weight < 0.5 ? low : high)
    )
  );
  for (let y = 0, to = 0; y < height; y++) {
    const row = down[y] * cells;
    for (let x = 0; x < width; x++, to++) {
      data[to] = classMap[row + across[x]];
      counts[data[to]]++;
    }
  }
  return { width, height, data };
}

/** Copies the logits and both axes to the module's memory, and finds the best class at every grid point. */
function layOut(
  { memory, useGrid, findBest }: LabelCells,
  { data, classes, height, width }: LabelLogits,
  columns: Axis,
  rows: Axis,
) {
  const gridWidth = width + 1;
  const plane = Math.ceil(gridWidth * (height + 1) / 4) * 16;
  // Reading or writing eight or sixteen pixels at a time may reach beyond the last.
  const stride = Math.ceil(columns.weights.length / 16) * 16 + 16;
  const maxCellHeight = rows.cells.reduce((max, { start, end }) => Math.max(max, end - start), 0);
  const layout = new MemoryLayout(memory);
  const places = {
    logits: layout.place(classes * plane),
    best: layout.place(plane / 4),
    candidates: layout.place(classes * 32),
    counts: layout.place(classes * 4),
    columns: layout.place(columns.cells.length * 12),
    shares: layout.place(columns.weights.length * 4),
    down: layout.place(rows.weights.length * 4),
    out: layout.place(maxCellHeight * stride),
  };
  const { bytes, ints, floats } = layout.views();

  for (let c = 0; c < classes; c++) {
    for (let y = 0; y <= height; y++) {
      const from = (c * height + Math.min(y, height - 1)) * width;
      const to = (places.logits + c * plane) / 4 + y * gridWidth;
      floats.set(data.subarray(from, from + width), to);
      floats[to + width] = data[from + width - 1];
    }
  }
  columns.cells.forEach(({ low, start, end }, k) => ints.set([low, start, end], places.columns / 4 + k * 3));
  floats.set(columns.weights, places.shares / 4);
  floats.set(rows.weights, places.down / 4);
  ints.fill(0, places.counts / 4, places.counts / 4 + classes);
  const columnsEnd = places.columns + columns.cells.length * 12;
  useGrid(
    places.logits,
    classes,
    plane,
    gridWidth,
    places.best,
    places.candidates,
    places.counts,
    places.columns,
    columnsEnd,
    places.shares,
  );
  findBest();
  return { bytes, ints, places, gridWidth, stride };
}
