import type { InputSize } from "../../../../models/input_size.ts";
import type { IouType } from "../../../../datasets/coco/mod.ts";
import type { ScoredModelFlags, ScoreFlags } from "../flags.ts";
import type { SigmasFlag } from "./sigmas.ts";

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
