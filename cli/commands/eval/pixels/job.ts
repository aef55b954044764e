/** What the workers that run a segmentation model are told, and what they report. Plain data throughout. */
import type { Palette } from "../../../../core/images/mod.ts";
import type { CityscapesOptions, CityscapesTally } from "../../../../datasets/cityscapes/mod.ts";
import type { SegmentationOptions, SegmentationTally } from "../../../../datasets/segmentation/mod.ts";
import type { InputSize } from "../../../../models/input_size.ts";
import type { ModelRequest } from "../../../../models/open.ts";

/** A model that makes label images. */
export interface SegmentingModel {
  readonly request: ModelRequest;
  readonly inputSize?: InputSize;
  /** Pixel value of each of the model's classes in the data set's label images. */
  readonly ids: readonly number[];
}

/** How label images are scored. */
export type PixelScoring =
  | { readonly benchmark: "cityscapes"; readonly options: CityscapesOptions }
  | { readonly benchmark: "segmentation"; readonly options: SegmentationOptions };

/** The files of one image. */
export interface PixelFiles {
  readonly name: string;
  readonly truth: string;
  readonly instances: string | null;
  readonly image: string | null;
  /** The prediction, where it exists. */
  readonly prediction: string | null;
}

/** What a worker of `tally_worker.ts` starts with. */
export interface TallySettings {
  readonly model: SegmentingModel;
  readonly scoring: PixelScoring;
  /** Colours of the predictions that are saved, by pixel value. */
  readonly palette: Palette;
}

/** One image to predict and score. */
export interface TallyJob extends PixelFiles {
  readonly image: string;
  /** Where the prediction is saved, `null` for nowhere. */
  readonly saveTo: string | null;
}

/** What came of it. */
export interface TallyReport {
  readonly tally: CityscapesTally | SegmentationTally;
  /** The size of the photo. */
  readonly width: number;
  readonly height: number;
  /** The size at which the network saw the photo. */
  readonly inputHeight: number;
  readonly inputWidth: number;
}

/** What a worker of `picture_worker.ts` starts with. */
export interface PictureSettings {
  /** Absent where predictions are files. */
  readonly model?: SegmentingModel;
  readonly scoring: PixelScoring;
  /** Colours by place in the confusion matrix. */
  readonly palette: Palette;
  /** Places of the ground truth that are not scored. */
  readonly ignored: readonly number[];
  /** The longer side of the images. */
  readonly side: number;
  /** Larger files are refused. */
  readonly maxPixels: number;
}

/** Small images of one image, as `data:` addresses. */
export interface PictureReport {
  readonly photo: string | null;
  readonly truth: string;
  readonly prediction: string;
  readonly errors: string;
}
