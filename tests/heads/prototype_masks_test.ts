import assert from "node:assert/strict";
import fc from "fast-check";
import type { Box, PlacedMask } from "../../core/images/mod.ts";
import {
  clipDetections,
  type Detections,
  type HeadOutputs,
  type ImageView,
  maskAt,
  type OutputSpec,
  parseDecoder,
  prototypeMask,
} from "../../heads/mod.ts";

type Grid = number[][];

/** PyTorch's `interpolate(mode="bilinear")` of a grid, value by value. */
function interpolated(grid: Grid, height: number, width: number): Grid {
  const at = (values: readonly number[], place: number) => {
    const low = Math.floor(place);
    return values[low] + (place - low) * (values[Math.min(low + 1, values.length - 1)] - values[low]);
  };
  const places = (from: number, to: number) =>
    Array.from(
      { length: to },
      (_, i) => Math.min(Math.max((i + 0.5) * from / to - 0.5, 0), from - 1),
    );
  const across = places(grid[0].length, width);
  const wide = grid.map((row) => across.map((place) => at(row, place)));
  return places(grid.length, height).map((place) =>
    across.map((_, x) => at(wide.map((row) => row[x]), place))
  );
}

/** The whole mask, as ultralytics makes it: the grid made finer, the image cut out, made as large as it, and cut to the box. */
function referenceMask(
  prototypes: readonly Grid[],
  coefficients: readonly number[],
  box: Box,
  { width, height, inputWidth, placement }: ImageView,
): Grid {
  const sums = prototypes[0].map((row, y) =>
    row.map((_, x) => prototypes.reduce((sum, grid, k) => sum + coefficients[k] * grid[y][x], 0))
  );
  const stride = inputWidth / sums[0].length;
  const { left, top, width: across, height: down } = placement!;
  const finer = [1, 2, 4].find((f) =>
    [left, top, across, down].every((side) => Number.isInteger(side * f / stride))
  )!;
  const fine = finer === 1 ? sums : interpolated(sums, sums.length * finer, sums[0].length * finer);
  const cell = finer / stride;
  const cut = fine.slice(top * cell, (top + down) * cell).map((row) =>
    row.slice(left * cell, (left + across) * cell)
  );
  return interpolated(cut, height, width).map((row, y) =>
    row.map((value, x) => value > 0 && x >= box.x1 && x < box.x2 && y >= box.y1 && y < box.y2 ? 1 : 0)
  );
}

function wholeMask(mask: PlacedMask | undefined, width: number, height: number): Grid {
  const whole = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  mask?.data.forEach((value, at) => {
    whole[mask.y + Math.floor(at / mask.width)][mask.x + at % mask.width] = value;
  });
  return whole;
}

Deno.test("masks are those of the sums interpolated as a whole, wherever padding ends", () => {
  const number = fc.integer({ min: -9, max: 9 });
  fc.assert(fc.property(
    // Cells of the grid, and of each side of the input what is padding.
    fc.tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 })),
    fc.tuple(...new Array(4).fill(fc.integer({ min: 0, max: 3 })) as [fc.Arbitrary<number>]),
    fc.array(number, { minLength: 50, maxLength: 50 }),
    fc.tuple(number, number),
    fc.tuple(fc.integer({ min: 1, max: 23 }), fc.integer({ min: 1, max: 23 })),
    fc.array(fc.integer({ min: 0, max: 44 }), { minLength: 4, maxLength: 4 }),
    ([columns, rows], padding, values, coefficients, [width, height], sides) => {
      const [left, top, right = 0, bottom = 0] = padding as number[];
      const view: ImageView = {
        width,
        height,
        inputWidth: columns * 4,
        inputHeight: rows * 4,
        placement: { left, top, width: columns * 4 - left - right, height: rows * 4 - top - bottom },
      };
      const grids = [0, 1].map((k) =>
        Array.from({ length: rows }, (_, y) =>
          Array.from(
            { length: columns },
            // Odd multiples: no sum ends on the threshold, where rounding decides.
            (_, x) => values[k * 25 + y * 5 + x] + (k === 0 ? 0.137 : 0.059),
          ))
      );
      const weights = coefficients.map((value) => value + 0.31);
      const [x1, y1, x2, y2] = sides.map((side) => side / 2);
      const mask = prototypeMask(
        {
          view,
          prototypes: { shape: [1, 2, rows, columns], data: Float32Array.from(grids.flat(2)) },
          coefficients: {
            data: Float32Array.from(weights),
            rows: 1,
            columns: 2,
            start: 0,
            rowStep: 2,
            columnStep: 1,
          },
        },
        0,
        { x1, y1, x2, y2 },
        view,
      );
      assert.deepEqual(
        wholeMask(mask, width, height),
        referenceMask(grids, weights, { x1, y1, x2, y2 }, view),
      );
    },
  ));
});

/** An input of 8×8 that the image, as large, covers. */
const VIEW: ImageView = { width: 8, height: 8, inputWidth: 8, inputHeight: 8 };

/** Two prototypes, of the left and of the upper half. */
const HALVES = { shape: [1, 2, 2, 2], data: Float32Array.of(1, -1, 1, -1, 1, 1, -1, -1) };

const SUPPRESSION = { iou: 0.5, agnostic: false, multiLabel: false };

function detected(spec: OutputSpec & Record<string, unknown>, outputs: HeadOutputs): Detections {
  const fail = (problem: string): never => {
    throw new Error(problem);
  };
  const decoder = parseDecoder("detect", spec, fail);
  return clipDetections(decoder.decode(outputs, VIEW, { score: 0.1, max: 5 }), 8, 8);
}

/** The columns and rows that a mask covers, and its pixels. */
function extent(mask: PlacedMask | undefined): number[] | undefined {
  return mask && [mask.x, mask.y, mask.width, mask.height, mask.data.reduce((sum, value) => sum + value, 0)];
}

Deno.test("YOLOv8 with masks: the coefficients go with their boxes through suppression", () => {
  const columns = [
    [4, 4, 8, 8, 0.3, 0, 1, 0],
    [4, 4, 8, 8, 0, 0.9, 0, 1],
    [4, 4, 8, 8, 0, 0.8, 1, 0],
    [4, 4, 8, 8, 0, 0, 1, 0],
  ];
  const predictions = {
    shape: [1, 8, 4],
    data: Float32Array.from(columns[0].flatMap((_, row) => columns.map((column) => column[row]))),
  };
  const found = detected({ kind: "yolo-v8", ...SUPPRESSION, coefficients: 2 }, {
    predictions,
    prototypes: HALVES,
  });
  assert.deepEqual([...found.classes], [1, 0]);
  assert.deepEqual(extent(maskAt(found, 0)), [0, 0, 8, 8, 32]);
  const upper = maskAt(found, 0)!, left = maskAt(found, 1)!;
  assert.deepEqual([...upper.data.subarray(0, 32)], new Array(32).fill(1));
  assert.deepEqual([...left.data.subarray(0, 8)], [1, 1, 1, 1, 0, 0, 0, 0]);
  assert.deepEqual(
    extent(maskAt(found, 1, { width: 4, height: 4 })),
    [0, 0, 4, 4, 8],
    "drawn at half the size",
  );
});

Deno.test("selected objects with masks: masks end with their boxes, and may have no pixels", () => {
  const objects = {
    shape: [1, 2, 8],
    data: Float32Array.of(1, 2, 7.5, 6, 0.5, 0, 1, 0, 5, 1, 8, 8, 0.9, 0, 1, 0),
  };
  const found = detected({ kind: "final-rows", coefficients: 2, format: "corners", unit: "pixels" }, {
    objects,
    prototypes: HALVES,
  });
  assert.equal(maskAt(found, 0), undefined, "nothing of the left half is in the better box");
  assert.deepEqual(extent(maskAt(found, 1)), [1, 2, 7, 4, 12]);
});

Deno.test("detectors without prototypes return no masks", () => {
  const objects = { shape: [1, 1, 6], data: Float32Array.of(1, 2, 7, 6, 0.5, 0) };
  const found = detected(
    { kind: "final-rows", coefficients: 0, format: "corners", unit: "pixels" },
    { objects },
  );
  assert.equal(found.masks, undefined);
  assert.equal(maskAt(found, 0), undefined);
});
