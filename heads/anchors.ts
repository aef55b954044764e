/**
 * The boxes that an SSD starts from: several shapes at every cell of every feature map.
 *
 * Liu et al., "SSD: Single Shot MultiBox Detector", 2016, §2.2.
 */
import { isJsonObject } from "../core/files/mod.ts";
import type { Extent } from "../core/graph/mod.ts";

/** The shape of an anchor, as a fraction of what {@linkcode AnchorSet.relativeTo} names. */
export type AnchorShape = readonly [width: number, height: number];

/** The anchors of a detector, before the size of its input is known. */
export interface AnchorSet {
  /** The shapes at each cell, by feature map, finest map first. */
  readonly shapes: readonly (readonly AnchorShape[])[];
  /** Whether shapes are fractions of the image's width and height, or both of its shorter side. */
  readonly relativeTo: "sides" | "shorter side";
}

/** How shapes grow from map to map. */
export interface AnchorScales {
  /** The number of feature maps. @default {6} */
  readonly maps?: number;
  /** The scale of the finest map. @default {0.2} */
  readonly min?: number;
  /** The scale of the coarsest map. @default {0.95} */
  readonly max?: number;
}

/**
 * torchvision's anchors. Six shapes per cell: a square, a square between this scale and the next, and 2:1, 1:2, 3:1 and
 * 1:3. Shapes are clipped to the image's size, boxes are not.
 *
 * @see torchvision `DefaultBoxGenerator`
 */
export function torchvisionAnchors(scales: AnchorScales = {}): AnchorSet {
  const shapes = scalesOf(scales).map(([scale, next]) => {
    const between = Math.sqrt(scale * next);
    const ratios = [2, 3].flatMap((ratio): AnchorShape[] => {
      const [long, short] = [scale * Math.sqrt(ratio), scale / Math.sqrt(ratio)];
      return [[long, short], [short, long]];
    });
    const clip = ([width, height]: AnchorShape): AnchorShape => [Math.min(width, 1), Math.min(height, 1)];
    return [[scale, scale] as const, [between, between] as const, ...ratios].map(clip);
  });
  return { shapes, relativeTo: "sides" };
}

/**
 * The paper's anchors: three shapes per cell of the finest map, six elsewhere, in the order of the configurations that
 * TensorFlow's detection models were trained with (1, 2, 1/2, 3, 1/3, then the square between two scales).
 *
 * @see TensorFlow Object Detection `create_ssd_anchors`, `reduce_boxes_in_lowest_layer`
 */
export function tensorflowAnchors(scales: AnchorScales = {}): AnchorSet {
  const shape = (scale: number, ratio: number): AnchorShape => [
    scale * Math.sqrt(ratio),
    scale / Math.sqrt(ratio),
  ];
  const shapes = scalesOf(scales).map(([scale, next], map) =>
    map === 0
      ? [shape(0.1, 1), shape(scale, 2), shape(scale, 1 / 2)]
      : [...[1, 2, 1 / 2, 3, 1 / 3].map((ratio) => shape(scale, ratio)), shape(Math.sqrt(scale * next), 1)]
  );
  return { shapes, relativeTo: "shorter side" };
}

/** Each map's scale and that of the next map; after the last comes 1. */
function scalesOf({ maps = 6, min = 0.2, max = 0.95 }: AnchorScales): (readonly [number, number])[] {
  const scale = (map: number) => map === maps ? 1 : maps === 1 ? min : min + (max - min) * map / (maps - 1);
  return Array.from({ length: maps }, (_, map) => [scale(map), scale(map + 1)] as const);
}

/**
 * An anchor set from JSON that may be anything.
 *
 * @param fail throws the caller's error
 */
export function parseAnchors(json: unknown, fail: (problem: string) => never): AnchorSet {
  if (!isJsonObject(json)) return fail("the anchors are not an object");
  const { shapes, relativeTo } = json;
  const isShape = (shape: unknown) =>
    Array.isArray(shape) && shape.length === 2 &&
    shape.every((side) => typeof side === "number" && side >= 0 && side <= MAX_SHAPE);
  const isMap = (map: unknown) =>
    Array.isArray(map) && map.length > 0 && map.length <= MAX_SHAPES && map.every(isShape);
  if (!Array.isArray(shapes) || shapes.length === 0 || shapes.length > MAX_MAPS || !shapes.every(isMap)) {
    return fail("the shapes of the anchors are invalid");
  }
  if (relativeTo !== "sides" && relativeTo !== "shorter side") return fail("relativeTo is invalid");
  return { shapes, relativeTo };
}

/** Limits on anchors from files: feature maps, shapes at a cell, and the side of a shape as a fraction of the image. */
const MAX_MAPS = 16;
const MAX_SHAPES = 64;
const MAX_SHAPE = 100;

/**
 * Lays the anchors over the feature maps of an image: map by map, row by row, cell by cell.
 *
 * @param grids the height and width of every feature map, in cells
 * @param size the height and width of the network's input, in pixels
 * @returns `[n, 4]`: centre x, centre y, width, height in pixels
 */
export function layAnchors(anchors: AnchorSet, grids: readonly Extent[], size: Extent): Float32Array {
  const [height, width] = size;
  const shorter = Math.min(height, width);
  const [shareX, shareY] = anchors.relativeTo === "sides" ? [1, 1] : [shorter / width, shorter / height];
  const rows = grids.reduce((sum, [h, w], map) => sum + h * w * anchors.shapes[map].length, 0);
  const boxes = new Float32Array(rows * 4);
  let at = 0;
  grids.forEach(([gridHeight, gridWidth], map) => {
    const shapes = anchors.shapes[map];
    for (let y = 0; y < gridHeight; y++) {
      for (let x = 0; x < gridWidth; x++) {
        for (let s = 0; s < shapes.length; s++, at += 4) {
          laySpan(boxes, at, (x + 0.5) / gridWidth, shapes[s][0] * shareX, width);
          laySpan(boxes, at + 1, (y + 0.5) / gridHeight, shapes[s][1] * shareY, height);
        }
      }
    }
  });
  return boxes;
}

/**
 * Writes the centre and length of an anchor along one axis. Computed from the corners in single precision, as torchvision
 * does, because the last bit may decide which of two boxes is suppressed.
 */
function laySpan(boxes: Float32Array, at: number, centre: number, length: number, pixels: number): void {
  const f = Math.fround;
  const low = f(f(f(centre) - f(length) / 2) * pixels);
  const high = f(f(f(centre) + f(length) / 2) * pixels);
  boxes[at + 2] = high - low;
  boxes[at] = low + boxes[at + 2] / 2;
}
