import {
  type DecodedImage,
  decodeImage,
  fullSize,
  type ImageSize,
  readImage,
  readImageFile,
} from "../../core/images/mod.ts";
import type { ModelObjects, ModelOutput, TallyPlan } from "../../datasets/evaluation_set.ts";
import { clipDetections, type Detections, labelsOf, maskAt } from "../../heads/mod.ts";
import { Model, type SegmentationSettings } from "../model.ts";
import type { Task } from "../network.ts";
import { type SharedMemory, withMemoryFor } from "../pipeline/memory_need.ts";
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
  /** Whether large photos are decoded at their full size anyway. */
  readonly exact?: boolean;
}

function objectsOf(detections: Detections, size: ImageSize): ModelObjects {
  const { masks, ...objects } = detections;
  return masks ? { ...objects, masks: { ...size, at: (row) => maskAt(detections, row) } } : objects;
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
    const { maxPixels, truncated } = this.settings;
    return readImage(path, { maxPixels, truncated, reduce: this.#reduce });
  };

  readonly #reduce = (full: ImageSize) => this.settings.exact ? undefined : this.model.reducedSize(full);

  /**
   * Reads a photo and works with it, once there is memory for it.
   *
   * @throws {BneckError} It cannot be read, or needs more memory than there is for all.
   */
  readonly withPhoto = async <T>(
    path: string,
    memory: SharedMemory,
    work: (photo: DecodedImage) => Promise<T>,
  ): Promise<T> => {
    const { maxPixels, truncated, task } = this.settings;
    const bytes = await readImageFile(path);
    const settings = { segment: task === "segment" ? { opacity: 0 } : undefined, files: [], maxPixels };
    return await withMemoryFor(
      { path, bytes, needed: this.#reduce, model: this.model },
      settings,
      memory,
      async () => work(await decodeImage(bytes, path, { maxPixels, truncated, reduce: this.#reduce })),
    );
  };

  /** Runs the model over a photo. */
  readonly predict = async (photo: DecodedImage): Promise<PredictedOutput> => {
    const { task, prediction } = this.settings;
    const { width, height } = fullSize(photo);
    const settings = { segment: this.settings.segment, ...prediction };
    const { segment, detect, classify, ...rest } = await this.model.predict(photo, settings);
    const output = {
      segment: segment && labelsOf(segment),
      detect: detect && objectsOf(clipDetections(detect, width, height), { width, height }),
      classify,
    }[task];
    return { output: output!, ...rest };
  };

  /** Frees the model. */
  close(): Promise<void> {
    return this.model.close();
  }
}
