/** Which model and which files an evaluation was of. */
import { bytesDigest, type DataDigest, type FileDigest, listDigest } from "../../core/files/digests.ts";
import type { EvaluationSet, SetImage } from "../../datasets/evaluation_set.ts";
import type { TallyMetric } from "../../datasets/metric.ts";
import type { PreparedModel } from "../prepared.ts";

/** By which digests an evaluation is known. */
export interface EvaluationDigests {
  /** SHA-256 of the model in its ONNX form. */
  readonly model?: string;
  /** Of the photos that the model saw. */
  readonly photos?: DataDigest;
  /** Of the files of the ground truth, where each image has its own. */
  readonly truth?: DataDigest;
  /** Of predictions that are files. */
  readonly predictions?: DataDigest;
}

/** The jobs with the files whose digests they are to return: a file of labels of many images is the first one's. */
export function withDigests<
  Image extends SetImage,
  Tally,
  Metric extends TallyMetric<Tally>,
  Job extends { readonly image: Image },
>(
  jobs: readonly Job[],
  set: EvaluationSet<Image, Tally, Metric>,
  isModel: boolean,
): (Job & { readonly digestOf: readonly string[] })[] {
  const seen = new Set<string>();
  return jobs.map((job) => {
    const digestOf = filesOf(job.image, set, isModel).filter((path) => !seen.has(path));
    for (const path of digestOf) seen.add(path);
    return { ...job, digestOf };
  });
}

/** The files of an image that are read to score it. */
function filesOf<Image extends SetImage, Tally, Metric extends TallyMetric<Tally>>(
  image: Image,
  { truthFiles }: EvaluationSet<Image, Tally, Metric>,
  isModel: boolean,
): string[] {
  const scored = isModel ? image.image : image.prediction;
  return [...(scored ? [scored] : []), ...(truthFiles?.(image) ?? [])];
}

/** Collects the digests of files as they were read. */
export class RunDigests {
  readonly #photos: FileDigest[] = [];
  readonly #truth: FileDigest[] = [];
  readonly #predictions: FileDigest[] = [];

  add({ image, prediction }: SetImage, digests: readonly FileDigest[]): void {
    for (const digest of digests) {
      const { path } = digest;
      (path === image ? this.#photos : path === prediction ? this.#predictions : this.#truth).push(digest);
    }
  }

  async result(model: PreparedModel | undefined): Promise<EvaluationDigests> {
    const [photos, truth, predictions] = await Promise.all(
      [this.#photos, this.#truth, this.#predictions].map((files) =>
        files.length === 0 ? undefined : listDigest(files)
      ),
    );
    return { model: model && await bytesDigest(model.onnx), photos, truth, predictions };
  }
}
