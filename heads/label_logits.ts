/** From low-resolution class logits to one label per pixel of the original image. */
import type { LabelMap } from "../core/images/image.ts";
import { MemoryLayout } from "../core/wasm_memory.ts";
import type { Decoder, HeadOutput, ImageView, OutputKind, Placement } from "./head.ts";
import { findBest, memory, paintRow, useGrid } from "./label_cells.wasm";

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
}

/** Decodes the outputs of a segmentation head. Labels and confidences are computed from its result on demand. */
export const SEGMENTATION_DECODER: Decoder<Record<never, never>, LabelLogits> = {
  spec: { kind: "labels" },
  decode: ({ logits }, view) => readLabelLogits(logits, view),
};

/** The output `logits`, `[1, K, h, w]`: a class for every pixel. */
export const SEGMENTATION_OUTPUTS: OutputKind<
  { readonly kind: "labels" },
  Record<never, never>,
  LabelLogits
> = {
  kind: "labels",
  outputs: () => ({ logits: [1, "classes", "height", "width"] }),
  parse: () => ({ kind: "labels" }),
  decoder: () => SEGMENTATION_DECODER,
};

/** The output `logits`, `[1, h, w, K]`, as TensorFlow's networks return it: a class for every pixel. */
export const LABEL_ROW_OUTPUTS: OutputKind<
  { readonly kind: "label-rows" },
  Record<never, never>,
  LabelLogits
> = {
  kind: "label-rows",
  outputs: () => ({ logits: [1, "height", "width", "classes"] }),
  parse: () => ({ kind: "label-rows" }),
  decoder: (spec) => ({
    spec,
    decode({ logits: { data, shape: [, height, width, classes] } }, view) {
      const plane = height * width;
      const planes = new Float32Array(data.length);
      for (let at = 0, from = 0; at < plane; at++) {
        for (let k = 0, to = at; k < classes; k++, to += plane) planes[to] = data[from++];
      }
      return readLabelLogits({ shape: [1, classes, height, width], data: planes }, view);
    },
  }),
};

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

/** The mean probability (softmax) of the winning class over the coarse grid, 0…1: low where no class fits. */
export function meanProbability({ data, height, width }: LabelLogits): number {
  const plane = height * width;
  let total = 0;
  for (let cell = 0; cell < plane; cell++) {
    let largest = -Infinity;
    for (let at = cell; at < data.length; at += plane) if (data[at] > largest) largest = data[at];
    let sum = 0;
    for (let at = cell; at < data.length; at += plane) sum += Math.exp(data[at] - largest);
    total += 1 / sum;
  }
  return total / plane;
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
 */
export function labelsOf(
  logits: LabelLogits,
  counts: Uint32Array = new Uint32Array(logits.classes),
): LabelMap {
  const { imageWidth: width, imageHeight: height, classes, classMap } = logits;
  if (classMap) return labelsOfMap(logits, classMap, counts);
  const [columns, rows] = axesOver(logits);
  const { bytes, ints, places, gridWidth, stride } = layOut(logits, columns, rows);

  const labels = new Uint8Array(width * height);
  for (const { low, start, end } of rows.cells) {
    paintRow(low * gridWidth, end - start, places.down + start * 4, places.out, stride);
    for (let y = start, from = places.out; y < end; y++, from += stride) {
      labels.set(bytes.subarray(from, from + width), y * width);
    }
  }
  for (let label = 0; label < classes; label++) counts[label] += ints[places.counts / 4 + label];
  return { width, height, data: labels };
}

/** The class of the nearest cell at every pixel. */
function labelsOfMap(logits: LabelLogits, classMap: Uint8Array, counts: Uint32Array): LabelMap {
  const { imageWidth: width, imageHeight: height, width: cells } = logits;
  const [across, down] = axesOver(logits).map(({ cells, weights }) =>
    cells.flatMap(({ low, high, start, end }) =>
      Array.from(weights.subarray(start, end), (weight) => weight < 0.5 ? low : high)
    )
  );
  const data = new Uint8Array(width * height);
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
function layOut({ data, classes, height, width }: LabelLogits, columns: Axis, rows: Axis) {
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

/** The probability (softmax over the interpolated logits) of the class in `labels` at every pixel, 0…255. */
export function confidenceOf(logits: LabelLogits, labels: LabelMap): LabelMap {
  const { data, classes, width: cells, imageWidth: width, imageHeight: height } = logits;
  const plane = logits.height * cells;
  const confidence = new Uint8Array(width * height);
  if (logits.classMap) return { width, height, data: confidence.fill(255) };
  const [across, downward] = axesOver(logits);
  const values = new Float64Array(classes);
  for (const row of downward.cells) {
    for (let y = row.start; y < row.end; y++) {
      const down = downward.weights[y];
      for (const column of across.cells) {
        for (let x = column.start; x < column.end; x++) {
          const right = across.weights[x];
          let largest = -Infinity;
          for (let c = 0; c < classes; c++) {
            const top = c * plane + row.low * cells;
            const bottom = c * plane + row.high * cells;
            const upper = data[top + column.low] + right * (data[top + column.high] - data[top + column.low]);
            const lower = data[bottom + column.low] +
              right * (data[bottom + column.high] - data[bottom + column.low]);
            values[c] = upper + down * (lower - upper);
            if (values[c] > largest) largest = values[c];
          }
          let sum = 0;
          for (let c = 0; c < classes; c++) sum += Math.exp(values[c] - largest);
          const at = y * width + x;
          confidence[at] = Math.round(255 * Math.exp(values[labels.data[at]] - largest) / sum);
        }
      }
    }
  }
  return { width, height, data: confidence };
}

/** The pixels between two adjacent grid points along one axis. */
interface AxisCell {
  readonly low: number;
  readonly high: number;
  readonly start: number;
  readonly end: number;
}

/** One axis of the image, relative to the coarse grid. */
interface Axis {
  readonly cells: readonly AxisCell[];
  /** The weight of the grid point `high` at every pixel, from 0 to 1. */
  readonly weights: Float32Array;
}

/** Both axes of the image: across, and down. */
function axesOver({ width, height, imageWidth, imageHeight, placement }: LabelLogits): [Axis, Axis] {
  const { left, top, width: across, height: down } = placement ?? { left: 0, top: 0, width, height };
  return [axisOver(width, imageWidth, left, across), axisOver(height, imageHeight, top, down)];
}

/** Splits `pixels`, which lie on `length` cells from `first` on, into runs between the same two of `points` grid points. */
function axisOver(points: number, pixels: number, first: number, length: number): Axis {
  const ratio = length / pixels;
  const weights = new Float32Array(pixels);
  const cells: AxisCell[] = [];
  const placeOf = (at: number) => Math.min(points - 1, Math.max(0, first + (at + 0.5) * ratio - 0.5));
  let start = 0;
  for (let at = 0, low = Math.floor(placeOf(0)); at < pixels; at++) {
    const place = placeOf(at);
    if (Math.floor(place) !== low) {
      if (at > start) cells.push({ low, high: low + 1, start, end: at });
      low = Math.floor(place);
      start = at;
    }
    weights[at] = place - low;
  }
  const low = Math.floor(placeOf(pixels - 1));
  cells.push({ low, high: Math.min(points - 1, low + 1), start, end: pixels });
  return { cells, weights };
}
