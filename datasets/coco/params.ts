/**
 * What is evaluated: thresholds, area ranges, limits. The defaults are those of pycocotools' `Params`.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { CocoId } from "./ids.ts";

/**
 * The groups of LVIS's categories, by how many images one is in: rare (below 10), common (below 100) or frequent. Their
 * names follow `AP` in those of metrics.
 */
export const FREQUENCIES = ["r", "c", "f"] as const;

/** One of {@linkcode FREQUENCIES}. */
export type Frequency = typeof FREQUENCIES[number];

/** Which overlap decides a match: that of boxes, that of masks, or the similarity of keypoints (OKS). */
export type IouType = "bbox" | "segm" | "keypoints";

const IOU_TYPES: readonly IouType[] = ["bbox", "segm", "keypoints"];

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
  /**
   * Ascending limits of detections per image and category: 1, 10, 100; of keypoints 20. With `lvis` it is one limit per
   * image, of all categories together: 300.
   */
  readonly maxDetections: readonly number[];
  /** `all`, `small` (to 32²), `medium` (to 96²), `large`; of keypoints without `small`. */
  readonly areaRanges: readonly AreaRange[];
  /** Whether a detection has to be of the truth's category. */
  readonly useCategories: boolean;
  /** The ids of the images to evaluate; all images of the annotations by default. */
  readonly imageIds?: readonly CocoId[];
  /** The ids of the categories to evaluate; all by default. */
  readonly categoryIds?: readonly CocoId[];
  /** Of keypoints, how far each may be off, as a share of the object's size: {@linkcode COCO_SIGMAS} by default. */
  readonly oksSigmas?: readonly number[];
  /**
   * Whether the rules of LVIS hold (Gupta et al. 2019, `lvis-api`): detections count only of categories that the image's
   * annotations or its negative list have, and an unmatched one of a category that is not annotated exhaustively is
   * neither right nor wrong.
   */
  readonly lvis?: boolean;
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

/** The sigmas of COCO's 17 keypoints, from the nose to the ankles (`Params.setKpParams`). */
export const COCO_SIGMAS: readonly number[] = [
  ...[.26, .25, .25, .35, .35],
  ...[.79, .79, .72, .72, .62, .62],
  ...[1.07, 1.07, .87, .87, .89, .89],
].map((tenfold) => tenfold / 10);

const MAX_AREA_RANGES = 31;

const MAX_KEYPOINTS = 1000;

/** So that `AP` and a label are no name of another number, such as `AP50`. */
const AREA_LABEL = /^\p{L}[\p{L}\d_-]*$/u;

/** The limit of detections at which AP is read: 100, of keypoints 20, of LVIS 300. */
export function usualLimit({ iouType, lvis }: Pick<CocoParams, "iouType" | "lvis">): number {
  return lvis ? 300 : iouType === "keypoints" ? 20 : 100;
}

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
  const keypoints = overrides.iouType === "keypoints";
  const usual = usualLimit({ iouType: "bbox", ...overrides });
  const limits = usual === 100 ? [1, 10, 100] : [usual];
  const params: CocoParams = {
    iouType: "bbox",
    iouThresholds: linspace(0.5, 0.95, 10),
    recallThresholds: linspace(0, 1, 101),
    areaRanges: keypoints ? COCO_AREA_RANGES.filter(({ label }) => label !== "small") : COCO_AREA_RANGES,
    ...keypoints && { oksSigmas: COCO_SIGMAS },
    useCategories: true,
    pycocotoolsCompat: false,
    ...overrides,
    maxDetections: [...overrides.maxDetections ?? limits].sort((a, b) => a - b),
  };
  if (!IOU_TYPES.includes(params.iouType)) {
    throw usageError(`cannot evaluate: "${params.iouType}" is neither "bbox" nor "segm" nor "keypoints"`);
  }
  checkKeypoints(params);
  if (params.lvis) checkLvis(params);
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

function checkKeypoints({ iouType, oksSigmas, useCategories, pycocotoolsCompat }: CocoParams): void {
  if (iouType !== "keypoints") {
    if (oksSigmas !== undefined) throw usageError("cannot evaluate: sigmas are those of keypoints");
    return;
  }
  const valid = Array.isArray(oksSigmas) && oksSigmas.length > 0 && oksSigmas.length <= MAX_KEYPOINTS;
  if (!valid || !oksSigmas.every((sigma) => Number.isFinite(sigma) && sigma > 0)) {
    throw usageError(
      `cannot evaluate: the sigmas of keypoints must be 1 to ${MAX_KEYPOINTS} numbers above 0`,
    );
  }
  if (!useCategories && pycocotoolsCompat) {
    throw usageError("cannot evaluate: pycocotools matches no keypoints without categories");
  }
}

function checkLvis({ iouType, maxDetections, areaRanges }: CocoParams): void {
  if (iouType === "keypoints") throw usageError("cannot evaluate: LVIS has boxes and masks, no keypoints");
  if (maxDetections.length > 1) {
    throw usageError(
      `cannot evaluate: LVIS has one limit of detections, of an image, got ${maxDetections.join(", ")}`,
    );
  }
  const taken = areaRanges.find(({ label }) => FREQUENCIES.some((frequency) => frequency === label));
  if (taken) {
    throw usageError(`cannot evaluate: LVIS calls a group of classes "${taken.label}", so no area range`);
  }
}
