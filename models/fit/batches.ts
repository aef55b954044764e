/** Reading batches of samples from the cache. */
import type { Extent } from "../../core/graph/mod.ts";
import { elementCount } from "../../core/weights/mod.ts";
import { readFeatures } from "./feature_file.ts";
import type { FeaturePaths } from "./features.ts";
import { type Corner, lossGrid } from "./training_session.ts";

/** What of a training decides what a batch looks like. */
export interface BatchShape {
  readonly task: "segment" | "classify";
  readonly crop: Extent;
  readonly lossStep: number;
  readonly featureShapes: Readonly<Record<string, readonly number[]>>;
  readonly batch: number;
}

/** Reads batches; the buffers of one are used again for the next. */
export class BatchReader {
  readonly #features: Record<string, Float32Array> = {};
  readonly #labels: Uint8Array;

  constructor(readonly paths: FeaturePaths, readonly shape: BatchShape) {
    for (const [name, size] of Object.entries(shape.featureShapes)) {
      this.#features[name] = new Float32Array(shape.batch * elementCount(size));
    }
    const [rows, columns] = lossGrid(shape);
    this.#labels = new Uint8Array(shape.batch * rows * columns);
  }

  /** The features of some samples, and their labels on the loss's grid from `corner`. */
  read(
    samples: ArrayLike<number>,
    corner: Corner,
  ): { features: Record<string, Float32Array>; labels: Uint8Array } {
    const { crop: [, width], lossStep } = this.shape;
    const [rows, columns] = lossGrid(this.shape);
    for (let i = 0; i < samples.length; i++) {
      const { features, labels } = readFeatures(this.paths.sample(samples[i]));
      for (const [name, target] of Object.entries(this.#features)) {
        const { data } = features.get(name)!;
        target.set(data, i * data.length);
      }
      const to = i * rows * columns;
      if (this.shape.task === "classify") this.#labels[to] = labels![0];
      else {
        for (let y = 0; y < rows; y++) {
          const row = (corner.row + y * lossStep) * width + corner.column;
          for (let x = 0; x < columns; x++) this.#labels[to + y * columns + x] = labels![row + x * lossStep];
        }
      }
    }
    return { features: this.#features, labels: this.#labels };
  }
}
