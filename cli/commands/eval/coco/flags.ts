/** The flags of `bneck eval coco`, and how those are read that only it has. */
import { usageError } from "../../../../core/errors.ts";
import type { InputSize } from "../../../../models/input_size.ts";
import type { IouType } from "../../../../datasets/coco/mod.ts";
import type { ScoredModelFlags, ScoreFlags } from "../flags.ts";

/** How far each keypoint may be off; in an object, since a list of a flag's values has each value once. */
export interface SigmasFlag {
  readonly sigmas: readonly number[];
}

/** An area range as `--area-ranges` names it; without a maximum it has no end. */
export interface AreaRangeFlag {
  readonly label: string;
  readonly min: number;
  readonly max?: number;
}

/** The flags of `bneck eval coco`, for one set. */
export interface CocoFlags extends ScoreFlags, ScoredModelFlags {
  readonly annotations: string;
  readonly images?: string;
  readonly size?: InputSize;
  readonly detections?: string;
  readonly saveDetections?: string;
  readonly iouType: IouType;
  readonly oksSigmas?: SigmasFlag;
  readonly lvis: boolean;
  readonly classes?: readonly string[];
  readonly imagesSubset?: string;
  readonly skipMissing: boolean;
  readonly maxDets?: readonly number[];
  readonly iouThresholds?: readonly number[];
  readonly areaRanges?: readonly AreaRangeFlag[];
  readonly classAgnostic: boolean;
  readonly honorIgnore: boolean;
  readonly pycocotoolsCompat: boolean;
  readonly reportScore: number;
  readonly compare: boolean;
  readonly samples: number;
  readonly seed: number;
}

/** The flags as they are given: of several sets there are several files. */
export interface CocoCommandFlags extends Omit<CocoFlags, "annotations" | "detections"> {
  readonly annotations: readonly string[];
  readonly detections?: readonly string[];
}

const AREA_RANGE = /^([^=]+)=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)?$/;

/**
 * Reads `tiny=0..256` or, without an end, `huge=90000..`.
 *
 * @throws {BneckError} (usage) It is something else.
 */
export function parseAreaRange(text: string): AreaRangeFlag {
  const [, label, min, max] = AREA_RANGE.exec(text.trim()) ?? [];
  if (label === undefined) throw usageError(`expected NAME=MIN..MAX, as in tiny=0..256, got ${text}`);
  return { label: label.trim(), min: Number(min), ...max !== undefined && { max: Number(max) } };
}

/**
 * Reads `0.026,0.025,0.025`.
 *
 * @throws {BneckError} (usage) It is something else.
 */
export function parseSigmas(text: string): SigmasFlag {
  const sigmas = text.split(",").map((sigma) =>
    /^\d*\.?\d+(e-?\d+)?$/i.test(sigma.trim()) ? Number(sigma) : NaN
  );
  if (!sigmas.every((sigma) => sigma > 0 && sigma < Infinity)) {
    throw usageError("expected numbers above 0, one for each keypoint, as in 0.026,0.025,0.025");
  }
  return { sigmas };
}
