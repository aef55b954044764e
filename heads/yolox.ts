/**
 * YOLOX as its own exporter writes it: boxes in cells, which are decoded here.
 *
 * Ge et al., "YOLOX: Exceeding YOLO Series in 2021"; Megvii-BaseDetection/YOLOX `demo_postprocess`.
 */
import { readObjects, rowTable } from "./box_tables.ts";
import { cellGrid, parseStrides } from "./cell_grid.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { OutputKind } from "./head.ts";
import { parseSuppression, type Suppression } from "./spec_fields.ts";

/** The spec of {@linkcode YOLOX_OUTPUTS}. */
export interface YoloxSpec extends Suppression {
  readonly kind: "yolox";
  readonly strides: readonly number[];
}

/**
 * The output `predictions`, `[1, n, 5 + K]`, a row for each cell: the centre as a distance from the cell's corner, in cells;
 * the logarithms of width and height, in cells; objectness, probabilities.
 */
export const YOLOX_OUTPUTS: OutputKind<YoloxSpec, DetectionSettings, Detections> = {
  kind: "yolox",
  outputs: () => ({ predictions: [1, "boxes", "classes + 5"] }),
  parse: (json, fail) => ({
    kind: "yolox",
    strides: parseStrides(json.strides, fail),
    ...parseSuppression(json, fail),
  }),
  decoder: (spec) => ({
    spec,
    decode({ predictions: { data, shape: [, rows, length] } }, view, settings) {
      const { cells } = cellGrid(spec.strides, view, rows);
      const boxes = new Float32Array(rows * 4);
      for (let cell = 0, from = 0, to = 0; to < boxes.length; cell += 3, from += length, to += 4) {
        const stride = cells[cell + 2];
        boxes[to] = (data[from] + cells[cell]) * stride;
        boxes[to + 1] = (data[from + 1] + cells[cell + 1]) * stride;
        boxes[to + 2] = Math.exp(data[from + 2]) * stride;
        boxes[to + 3] = Math.exp(data[from + 3]) * stride;
      }
      return readObjects(
        rowTable(data, length, 5, length - 5),
        rowTable(boxes, 4, 0, 4),
        { format: "centre", unit: "pixels", ...spec },
        view,
        settings,
        { factors: rowTable(data, length, 4, 1) },
      );
    },
  }),
};
