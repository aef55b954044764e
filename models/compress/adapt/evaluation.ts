/** Scoring candidates on labelled images, which have no part in how a network is adapted. */
import { usageError } from "../../../core/errors.ts";
import { importLater } from "../../../core/import_later.ts";
import type { RunnableModel } from "../../entry.ts";
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
  const [task] = tasks;
  if (task === "segment" && data.classes === undefined) {
    throw usageError("label images need a list of their classes", undefined, {
      option: "classes",
      advice: "name the file",
    });
  }
  // Loaded here, with all data sets: most who read adapted files score none.
  const { openScorer: open } = await importLater<typeof import("../score.ts")>(
    import.meta.resolve("../score.ts"),
  );
  const metric = task === "detect" ? "AP" : "mIoU";
  const scorer = await open(model, task, metric, { ...data, whole: true });
  return { metric, images: scorer.images, score: (network) => scorer.score(entry(network), options) };
}
