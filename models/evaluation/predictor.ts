import { type DecodedImage, readImage, type RgbImage } from "../../core/images/mod.ts";
import type { ModelOutput, TallyPlan } from "../../datasets/evaluation_set.ts";
import { clipDetections, labelsOf } from "../../heads/mod.ts";
import { Model, type SegmentationSettings } from "../model.ts";
import type { Task } from "../network.ts";
import type { PreparedModel } from "../prepared.ts";

/** A model that is run for one of its tasks; plain data. */
export interface PredictorSettings {
  readonly model: PreparedModel;
  readonly task: Task;
  readonly segment?: SegmentationSettings;
  /** What to look for in an image. */
  readonly prediction?: TallyPlan["prediction"];
  /** Larger images are refused. */
  readonly maxPixels?: number;
  /** Whether a JPEG that ends too early is read as far as it goes. */
  readonly truncated?: boolean;
}

/** What a model says of a photo. */
export interface PredictedOutput {
  readonly output: ModelOutput;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly milliseconds: { readonly resize: number; readonly infer: number };
}

/** A model that is run for one of its tasks. */
export class Predictor {
  private constructor(readonly model: Model, readonly settings: PredictorSettings) {}

  /** Loads the model. */
  static async open(settings: PredictorSettings): Promise<Predictor> {
    return new Predictor(await Model.fromPrepared(settings.model), settings);
  }

  /** Reads a photo. @throws {BneckError} It cannot be read. */
  readonly read = (path: string): Promise<DecodedImage> => {
    return readImage(path, this.settings);
  };

  /** Runs the model over a photo. */
  readonly predict = async (photo: RgbImage): Promise<PredictedOutput> => {
    const { task, prediction } = this.settings;
    const settings = { segment: this.settings.segment, ...prediction };
    const { segment, detect, classify, ...rest } = await this.model.predict(photo, settings);
    const output = {
      segment: segment && labelsOf(segment),
      detect: detect && clipDetections(detect, photo.width, photo.height),
      classify,
    }[task];
    return { output: output!, ...rest };
  };

  /** Frees the model. */
  close(): Promise<void> {
    return this.model.close();
  }
}
