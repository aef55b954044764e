import type { InputSize } from "../../../../models/input_size.ts";
import type { IouType } from "../../../../datasets/coco/mod.ts";
import type { ScoredModelFlags, ScoreFlags } from "../flags.ts";

/** The flags of `bneck eval coco`. */
export interface CocoFlags extends ScoreFlags, ScoredModelFlags {
  readonly annotations: string;
  readonly images?: string;
  readonly size?: InputSize;
  readonly detections?: string;
  readonly saveDetections?: string;
  readonly iouType: IouType;
  readonly classes?: readonly string[];
  readonly imagesSubset?: string;
  readonly skipMissing: boolean;
  readonly maxDets?: readonly number[];
  readonly iouThresholds?: readonly number[];
  readonly pycocotoolsCompat: boolean;
  readonly reportScore: number;
  readonly compare: boolean;
  readonly samples: number;
  readonly seed: number;
}
