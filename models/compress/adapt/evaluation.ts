/** Scoring candidates on labelled images, which have no part in how a network is adapted. */
import { usageError } from "../../../core/errors.ts";
import { importLater } from "../../../core/import_later.ts";
import type { RunnableModel } from "../../entry.ts";
import { evaluate } from "../../evaluation/mod.ts";
import type { Network, Task } from "../../network.ts";

/** What is scored on. */
export interface EvaluationData {
  /** COCO annotations for a detector, a folder of label images for a segmenter. */
  readonly truth: string;
  /** The folder of the photos. */
  readonly images: string;
  /** The class list of the label images. */
  readonly classes?: string;
}

/** Scores networks. */
export interface CandidateScorer {
  readonly metric: "AP" | "mIoU";
  /** How many images there are. */
  readonly images: number;
  /** From 0 to 1. */
  score(network: Network): Promise<number>;
}

/**
 * Reads annotations and finds their photos.
 *
 * @param model whose networks are scored; one task of it can be.
 * @throws {BneckError} when the files cannot be read or do not fit the model.
 */
export async function openScorer(
  model: RunnableModel,
  tasks: readonly Task[],
  data: EvaluationData,
  options: { readonly workers?: number; readonly signal?: AbortSignal } = {},
): Promise<CandidateScorer> {
  if (tasks.length !== 1 || tasks[0] === "classify") {
    throw usageError(
      `${
        tasks.join(" and ")
      } cannot be evaluated while a network is adapted, only a detector or a segmenter alone`,
      undefined,
      { option: "heads", advice: "name one head" },
    );
  }
  const entry = (network: Network): RunnableModel => ({
    ...model,
    tasks,
    build: () => Promise.resolve(network),
  });
  if (tasks[0] === "detect") {
    const { readAnnotations, cocoSet, CocoMetric, summarize } = await importLater<
      typeof import("../../../datasets/coco/mod.ts")
    >(import.meta.resolve("../../../datasets/coco/mod.ts"));
    const annotations = await readAnnotations(data.truth);
    const set = await cocoSet(annotations, data.images);
    return {
      metric: "AP",
      images: set.images.length,
      async score(network) {
        const metric = new CocoMetric(annotations);
        await evaluate(entry(network), set, metric, options);
        return summarize(metric.result()).AP;
      },
    };
  }
  const { readClassList, segmentationSet, SegmentationMetric } = await importLater<
    typeof import("../../../datasets/segmentation/mod.ts")
  >(import.meta.resolve("../../../datasets/segmentation/mod.ts"));
  if (data.classes === undefined) {
    throw usageError("label images need a list of their classes", undefined, {
      option: "classes",
      advice: "name the file",
    });
  }
  const list = await readClassList(data.classes);
  const set = await segmentationSet({ labels: data.truth, images: data.images });
  return {
    metric: "mIoU",
    images: set.images.length,
    async score(network) {
      const metric = new SegmentationMetric({ list });
      await evaluate(entry(network), set, metric, options);
      return metric.result().meanIou ?? 0;
    },
  };
}
