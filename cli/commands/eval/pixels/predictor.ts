import type { LabelMap, RgbImage } from "../../../../core/images/mod.ts";
import { labelsOf } from "../../../../heads/mod.ts";
import { Model, type Prediction } from "../../../../models/model.ts";
import { resolveModel } from "../../../../models/open.ts";
import type { SegmentingModel } from "./job.ts";

/** What a model says of a photo. */
export interface PredictedLabels {
  readonly image: RgbImage;
  /** Pixel values of the data set, at the size of the photo. */
  readonly labels: LabelMap;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly milliseconds: Prediction["milliseconds"];
}

/** A model that gives label images in the ids of a data set. */
export class Predictor {
  private constructor(readonly model: Model, readonly ids: readonly number[]) {}

  /** Loads the model. */
  static async open({ request, inputSize, ids }: SegmentingModel): Promise<Predictor> {
    const model = await Model.open(await resolveModel(request), { tasks: ["segment"], inputSize });
    return new Predictor(model, ids);
  }

  /**
   * Labels a photo.
   *
   * @throws {BneckError} The photo cannot be read.
   */
  async predict(image: RgbImage): Promise<PredictedLabels> {
    const { segment, inputHeight, inputWidth, milliseconds } = await this.model.predict(image);
    return { image, labels: withIds(labelsOf(segment!), this.ids), inputHeight, inputWidth, milliseconds };
  }

  /** Frees the model. */
  close(): Promise<void> {
    return this.model.close();
  }
}

/** Labels with `ids[label]` in place of each label. */
function withIds({ width, height, data: labels }: LabelMap, ids: readonly number[]): LabelMap {
  const wide = Math.max(...ids) > 255;
  const table = wide ? Uint16Array.from(ids) : Uint8Array.from(ids);
  const data = wide ? new Uint16Array(labels.length) : new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) data[i] = table[labels[i]];
  return { width, height, data };
}
