/**
 * What is evaluated: thresholds, area ranges, limits. The defaults are those of pycocotools' `Params`.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { CocoId } from "./ids.ts";

/** Which overlap decides a match: that of boxes or that of masks. */
export type IouType = "bbox" | "segm";

/** Truth counts, and an unmatched detection counts, if its area lies in `[min, max]`, both included. */
export interface AreaRange {
  readonly label: string;
  readonly min: number;
  readonly max: number;
}

/** The parameters of an evaluation; {@linkcode cocoParams} fills in the defaults. */
export interface CocoParams {
  readonly iouType: IouType;
  /** IoU a detection needs to match, 0.50 to 0.95 in steps of 0.05. */
  readonly iouThresholds: readonly number[];
  /** Recalls at which precision is read off, 0 to 1 in steps of 0.01. */
  readonly recallThresholds: readonly number[];
  /** Ascending limits of detections per image and category: 1, 10, 100. */
  readonly maxDetections: readonly number[];
  /** `all`, `small` (to 32²), `medium` (to 96²), `large`. */
  readonly areaRanges: readonly AreaRange[];
  /** Whether a detection has to be of the truth's category. */
  readonly useCategories: boolean;
  /** The ids of the images to evaluate; all images of the annotations by default. */
  readonly imageIds?: readonly CocoId[];
  /** The ids of the categories to evaluate; all by default. */
  readonly categoryIds?: readonly CocoId[];
  /** Whether a truth of id 0 counts as never matched, as in pycocotools. */
  readonly pycocotoolsCompat: boolean;
}

/** numpy's `linspace(from, to, count)`, to the bit. */
export function linspace(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => i === count - 1 ? to : i * step + from);
}

const MAX_AREA = 1e10;

/** The area ranges of COCO. */
export const COCO_AREA_RANGES: readonly AreaRange[] = [
  { label: "all", min: 0, max: MAX_AREA },
  { label: "small", min: 0, max: 32 ** 2 },
  { label: "medium", min: 32 ** 2, max: 96 ** 2 },
  { label: "large", min: 96 ** 2, max: MAX_AREA },
];

const MAX_AREA_RANGES = 31;

/** So that `AP` and a label are no name of another number, such as `AP50`. */
const AREA_LABEL = /^\p{L}[\p{L}\d_-]*$/u;

/**
 * Own area ranges, after the one of all areas.
 *
 * @param ranges a maximum left out is that of COCO's `all`
 */
export function areaRanges(
  ranges: readonly (Omit<AreaRange, "max"> & { readonly max?: number })[],
): AreaRange[] {
  return [COCO_AREA_RANGES[0], ...ranges.map(({ max = MAX_AREA, ...range }) => ({ ...range, max }))];
}

/**
 * COCO's parameters with the given ones in their place; limits of detections are put in ascending order.
 *
 * @throws {BneckError} A list is empty or a number is invalid.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { cocoParams } from "./params.ts";
 * const params = cocoParams({ iouType: "segm", maxDetections: [300, 1, 10] });
 * assert.ok(params.maxDetections.join() === "1,10,300");
 * ```
 */
export function cocoParams(overrides: Partial<CocoParams> = {}): CocoParams {
  const params: CocoParams = {
    iouType: "bbox",
    iouThresholds: linspace(0.5, 0.95, 10),
    recallThresholds: linspace(0, 1, 101),
    areaRanges: COCO_AREA_RANGES,
    useCategories: true,
    pycocotoolsCompat: false,
    ...overrides,
    maxDetections: [...overrides.maxDetections ?? [1, 10, 100]].sort((a, b) => a - b),
  };
  if (params.iouType !== "bbox" && params.iouType !== "segm") {
    throw usageError(`cannot evaluate: "${params.iouType}" is neither "bbox" nor "segm"`);
  }
  for (const name of ["iouThresholds", "recallThresholds", "maxDetections", "areaRanges"] as const) {
    if (!Array.isArray(params[name]) || params[name].length === 0) {
      throw usageError(`cannot evaluate: ${name} is empty`);
    }
  }
  if (![...params.iouThresholds, ...params.recallThresholds].every(Number.isFinite)) {
    throw usageError("cannot evaluate: a threshold is not a number");
  }
  if (!params.maxDetections.every((limit) => Number.isSafeInteger(limit) && limit > 0)) {
    throw usageError(
      `cannot evaluate: maxDetections must be whole numbers from 1, got ${params.maxDetections}`,
    );
  }
  if (!params.areaRanges.every(({ min, max }) => min <= max)) {
    throw usageError("cannot evaluate: an area range ends before it begins");
  }
  if (params.areaRanges.length > MAX_AREA_RANGES) {
    throw usageError(
      `cannot evaluate: at most ${MAX_AREA_RANGES} area ranges, got ${params.areaRanges.length}`,
    );
  }
  const labels = params.areaRanges.map(({ label }) => label);
  const invalid = labels.find((label, i) => !AREA_LABEL.test(label) || labels.indexOf(label) < i);
  if (invalid !== undefined) {
    throw usageError(
      `cannot evaluate: area ranges need different names of letters, digits and _, a letter first, got "${invalid}"`,
    );
  }
  return params;
}
