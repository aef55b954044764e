/** What was found in an image as plain objects, the same in JSON files, in `--json` and for library users. */
import type { ImageNote } from "../../core/images/notes.ts";
import type { Classification, Detections } from "../../heads/mod.ts";
import type { ModelLabels } from "../entry.ts";
import type { ClassificationLabel, DetectionLabel } from "../network.ts";
import { eachStage, type StageTimes } from "../stages.ts";
import type { ImageJob, ImageReport } from "./job.ts";

/** An image with everything that was found in it. */
export interface ImageRecord {
  readonly file: string;
  /** Of a frame of a video: its number from 0, and its time in seconds. */
  readonly frame?: number;
  readonly seconds?: number;
  readonly width: number;
  readonly height: number;
  /** The size at which the network saw it. */
  readonly input: { readonly height: number; readonly width: number };
  /** What is to be known of the file, such as `[{ kind: "damaged" }]`; absent if there is nothing. */
  readonly notes?: readonly ImageNote[];
  readonly objects?: readonly DescribedObject[];
  readonly classes?: readonly ClassShare[];
  /** The likeliest classes of the whole image. */
  readonly top?: readonly DescribedClass[];
  readonly files: readonly string[];
  readonly milliseconds: StageTimes;
}

/** How much of an image a class covers. */
export interface ClassShare {
  readonly id: number;
  readonly name: string;
  readonly pixels: number;
  /** 0…1. */
  readonly share: number;
}

/** Everything about an image, with the names of the model's classes. */
export function imageRecord(
  { path: file, frame }: Pick<ImageJob, "path" | "frame">,
  report: ImageReport,
  labels: ModelLabels,
): ImageRecord {
  const { width, height, inputHeight, inputWidth, files, milliseconds } = report;
  return {
    file,
    ...(frame ? { frame: frame.index, seconds: frame.seconds } : {}),
    width,
    height,
    input: { height: inputHeight, width: inputWidth },
    ...(report.notes?.length ? { notes: report.notes } : {}),
    ...(report.detect ? { objects: describeObjects(report.detect, labels.detect!) } : {}),
    ...(report.segment ? { classes: classShares(report.segment, width * height, labels.segment!) } : {}),
    ...(report.classify ? { top: describeClasses(report.classify, labels.classify!) } : {}),
    files,
    milliseconds: eachStage((stage) => tenths(milliseconds[stage])),
  };
}

/** An object as JSON shows it: `box` is `[x1, y1, x2, y2]` in pixels of the upright image. */
export interface DescribedObject {
  readonly class: string;
  readonly category_id: number;
  readonly score: number;
  readonly box: readonly number[];
}

/** Detections as JSON shows them. */
export function describeObjects(
  detections: Detections,
  labels: readonly DetectionLabel[],
): DescribedObject[] {
  return Array.from({ length: detections.count }, (_, row) => {
    const { name, categoryId } = labels[detections.classes[row]];
    const box = [...detections.boxes.subarray(row * 4, row * 4 + 4)].map((value) => rounded(value, 2));
    return { class: name, category_id: categoryId, score: rounded(detections.scores[row], 6), box };
  });
}

/** A class of an image as JSON shows it. */
export interface DescribedClass {
  /** Its index among the model's outputs. */
  readonly id: number;
  readonly class: string;
  /** Its id in WordNet, for ImageNet's classes. */
  readonly wordnet_id?: string;
  /** 0…1. */
  readonly score: number;
}

/** The likeliest classes as JSON shows them. */
export function describeClasses(
  { count, classes, scores }: Classification,
  labels: readonly ClassificationLabel[],
): DescribedClass[] {
  return Array.from({ length: count }, (_, row) => {
    const id = classes[row];
    const { name, wordNetId } = labels[id];
    return {
      id,
      class: name,
      ...(wordNetId === undefined ? {} : { wordnet_id: wordNetId }),
      score: rounded(scores[row], 6),
    };
  });
}

function classShares(
  counts: Uint32Array,
  total: number,
  labels: readonly { readonly name: string }[],
): ClassShare[] {
  return labels
    .map(({ name }, id) => ({ id, name, pixels: counts[id], share: Number((counts[id] / total).toFixed(6)) }))
    .filter(({ pixels }) => pixels > 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
