/**
 * NanoDet-Plus as its own exporter writes it: probabilities, and distributions of the distances from a cell to the sides.
 *
 * Li et al., "Generalized Focal Loss", 2020; RangiLyu/nanodet `NanoDetPlusHead.get_bboxes`.
 */
import { readObjects, rowTable } from "./box_tables.ts";
import { cellGrid, parseStrides } from "./cell_grid.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parseSuppression, parseWhole, type Suppression } from "./spec_fields.ts";

/** The spec of {@linkcode NANODET_OUTPUTS}. */
export interface NanodetSpec extends Suppression {
  readonly kind: "nanodet";
  readonly strides: readonly number[];
  /** How many logits a distance has: those of 0, 1, … cells. */
  readonly bins: number;
}

/** The output `predictions`, `[1, n, K + 4 · bins]`, a row for each cell. */
export const NANODET_OUTPUTS: OutputKind<NanodetSpec, DetectionSettings, Detections> = {
  kind: "nanodet",
  outputs: ({ bins }) => ({ predictions: [1, "boxes", `classes + ${4 * bins}`] }),
  parse: (json, fail) => ({
    kind: "nanodet",
    strides: parseStrides(json.strides, fail),
    bins: parseWhole("bins", json.bins, 2, 64, fail),
    ...parseSuppression(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ predictions: { data, shape: [, rows, length] } }, view, settings) {
      const { strides, bins } = spec;
      const classes = length - 4 * bins;
      const { cells } = cellGrid(strides, view, rows);
      const boxes = new Float32Array(rows * 4);
      for (let row = 0; row < rows; row++) {
        const stride = cells[row * 3 + 2];
        for (let side = 0; side < 4; side++) {
          const distance = expectedBin(data, row * length + classes + side * bins, bins);
          const place = cells[row * 3 + side % 2];
          boxes[row * 4 + side] = stride * (place + (side < 2 ? -distance : distance));
        }
      }
      return readObjects(
        rowTable(data, length, 0, classes),
        rowTable(boxes, 4, 0, 4),
        { format: "corners", unit: "pixels", ...spec },
        view,
        settings,
      );
    },
  }),
};

/** The mean of 0, 1, … `bins − 1`, weighted with the softmax of `bins` logits. */
function expectedBin(data: Float32Array, start: number, bins: number): number {
  let largest = -Infinity;
  for (let k = start; k < start + bins; k++) largest = Math.max(largest, data[k]);
  let [sum, weighted] = [0, 0];
  for (let k = 0; k < bins; k++) {
    const weight = Math.exp(data[start + k] - largest);
    sum += weight;
    weighted += weight * k;
  }
  return weighted / sum;
}
