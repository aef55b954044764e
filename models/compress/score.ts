/** How well a model does on images with ground truth, as one number. */
import { usageError } from "../../core/errors.ts";
import { CocoMetric, cocoScores, cocoSet } from "../../datasets/coco/mod.ts";
import { AccuracyMetric, imagenetSet, mapOutputs } from "../../datasets/imagenet/mod.ts";
import { readDrawnSet, readLabelledTruth } from "../../datasets/labelling/mod.ts";
import { isOfLabelling, isToBeDrawn } from "../../datasets/labelling/is_drawn.ts";
import { readClassList, SegmentationMetric, segmentationSet } from "../../datasets/segmentation/mod.ts";
import type { ModelLabels, RunnableModel } from "../entry.ts";
import { evaluate, type EvaluateOptions } from "../evaluation/mod.ts";
import type { Task } from "../network.ts";

/** Images with ground truth. */
export interface ScoredSet {
  /** The photos. */
  readonly images: string;
  /** Annotations of objects, a folder of label images, or a file with the classes of images. */
  readonly truth?: string;
  /** The classes of label images. */
  readonly classes?: string;
  /** Whether it is an error that photos of annotations are missing, which else are left out. @default {false} */
  readonly whole?: boolean;
}

/** How scoring runs. */
export interface ScoreOptions {
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called after each image. */
  readonly onImage?: () => void;
}

/** The metrics of each task, the one that counts first. */
export const TASK_METRICS: Readonly<Record<Task, readonly string[]>> = {
  detect: ["AP", "AP50", "AP75"],
  segment: ["mIoU"],
  classify: ["top1", "top5"],
};

/** Scores models on one set by one metric. */
export interface Scorer {
  readonly metric: string;
  readonly images: number;
  score(model: RunnableModel, options?: ScoreOptions): Promise<number>;
}

/**
 * The task of a model that a metric is for.
 *
 * @throws {BneckError} (usage) if there is no such metric
 */
export function taskOfMetric(metric: string, tasks: readonly Task[]): Task {
  const task = tasks.find((task) => TASK_METRICS[task].includes(metric));
  if (task) return task;
  const known = tasks.flatMap((task) => TASK_METRICS[task]);
  throw usageError(`unknown metric ${metric}: this model is scored by ${known.join(", ")}`);
}

/**
 * Reads ground truth for a metric.
 *
 * @throws {BneckError} if it cannot be read, or does not fit the task
 */
export async function openScorer(
  { labels }: RunnableModel,
  task: Task,
  metric: string,
  set: ScoredSet,
): Promise<Scorer> {
  switch (task) {
    case "detect":
      return await detectionScorer(metric, set);
    case "segment":
      return await segmentationScorer(metric, set);
    case "classify":
      return await classificationScorer(labels, metric, set);
  }
}

async function detectionScorer(metric: string, { images, truth, whole }: ScoredSet): Promise<Scorer> {
  if (truth === undefined) throw usageError("detections need the file of their annotations");
  const annotations = isOfLabelling(truth) ? await readLabelledTruth(truth, images, {}) : truth;
  const set = await cocoSet(annotations, images, { skipMissing: !whole });
  if (set.images.length === 0) throw usageError(`none of the images of ${truth} is in ${images}`);
  return {
    metric,
    images: set.images.length,
    async score(model, options = {}) {
      const scores = new CocoMetric(set.annotations);
      await evaluate(model, set, scores, evaluation(options));
      const { AP, AP50, AP75 } = cocoScores(scores.result()).statistics;
      return scoreOf({ AP, AP50, AP75 }, metric);
    },
  };
}

async function segmentationScorer(metric: string, { images, truth, classes }: ScoredSet): Promise<Scorer> {
  if (truth === undefined || classes === undefined) {
    throw usageError("masks need the folder of their label images and the list of their classes");
  }
  const list = await readClassList(classes);
  const drawn = await isToBeDrawn(truth, images) ? await readDrawnSet(truth, list, images) : undefined;
  const set = await segmentationSet({ labels: truth, drawn, images });
  return {
    metric,
    images: set.images.length,
    async score(model, options = {}) {
      const scores = new SegmentationMetric({ list });
      await evaluate(model, set, scores, evaluation(options));
      return scoreOf({ mIoU: scores.result().meanIou }, metric);
    },
  };
}

async function classificationScorer(
  { classify }: ModelLabels,
  metric: string,
  { images, truth }: ScoredSet,
): Promise<Scorer> {
  const { classes } = mapOutputs(classify!, undefined);
  const set = await imagenetSet(images, { labels: truth, classes });
  return {
    metric,
    images: set.images.length,
    async score(model, options = {}) {
      const scores = new AccuracyMetric(set.classCount);
      await evaluate(model, set, scores, evaluation(options));
      const { top1, top5 } = scores.result();
      return scoreOf({ top1, top5 }, metric);
    },
  };
}

function evaluation<Image, Tally>(
  { workers, signal, onImage }: ScoreOptions,
): EvaluateOptions<Image, Tally> {
  return { workers, signal, onImage: () => onImage?.() };
}

function scoreOf(scores: Readonly<Record<string, number | null>>, metric: string): number {
  const value = scores[metric];
  if (typeof value !== "number" || value < 0) {
    throw usageError(`${metric} cannot be measured on these images`);
  }
  return value;
}
