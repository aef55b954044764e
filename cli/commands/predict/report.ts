/** What `segment`, `detect`, `run` and `classify` say about an image: the same facts as JSON and as a line of text. */
import type { ModelLabels } from "../../../models/entry.ts";
import {
  describeClasses,
  type DescribedClass,
  type DescribedObject,
  describeObjects,
} from "../../../models/pipeline/files.ts";
import type { ImageReport } from "../../../models/pipeline/job.ts";
import { eachStage, type StageTimes } from "../../../models/stages.ts";
import { formatPercent } from "../../console/format.ts";

/** An image as `--json` and `--jsonl` print it. */
export interface ImageRecord {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** The size at which the network saw it. */
  readonly input: { readonly height: number; readonly width: number };
  readonly objects?: readonly DescribedObject[];
  readonly classes?: readonly ClassShare[];
  /** The likeliest classes of the whole image. */
  readonly top?: readonly DescribedClass[];
  readonly files: readonly string[];
  readonly milliseconds: StageTimes;
}

/** An image that could not be done. */
export interface FailureRecord {
  readonly file: string;
  readonly error: string;
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
export function imageRecord(file: string, report: ImageReport, labels: ModelLabels): ImageRecord {
  const { width, height, inputHeight, inputWidth, files, milliseconds } = report;
  return {
    file,
    width,
    height,
    input: { height: inputHeight, width: inputWidth },
    ...(report.detect ? { objects: describeObjects(report.detect, labels.detect!) } : {}),
    ...(report.segment ? { classes: classShares(report.segment, labels.segment!) } : {}),
    ...(report.classify ? { top: describeClasses(report.classify, labels.classify!) } : {}),
    files,
    milliseconds: eachStage((stage) => tenths(milliseconds[stage])),
  };
}

/** One line: `bus.jpg: 4 person, 1 bus; road 34 %, building 20 %`. */
export function imageLine({ file, objects, classes, top }: ImageRecord): string {
  const parts: string[] = [];
  if (top) parts.push(top.map(({ class: name, score }) => `${name} ${formatPercent(score)}`).join(", "));
  if (objects) parts.push(countObjects(objects) || "no objects");
  if (classes) {
    const largest = [...classes].sort((a, b) => b.pixels - a.pixels).filter(({ share }) => share >= 0.005);
    parts.push(
      largest.map(({ name, share }) => `${name} ${formatPercent(share)}`).join(", ") || "no classes",
    );
  }
  return `${file}: ${parts.join("; ")}`;
}

/** `4 person, 1 bus`, the most frequent class first. */
function countObjects(objects: readonly DescribedObject[]): string {
  const counts = new Map<string, number>();
  for (const { class: name } of objects) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count} ${name}`).join(", ");
}

function classShares(counts: Uint32Array, labels: readonly { readonly name: string }[]): ClassShare[] {
  const total = counts.reduce((sum, pixels) => sum + pixels, 0);
  return labels
    .map(({ name }, id) => ({ id, name, pixels: counts[id], share: Number((counts[id] / total).toFixed(6)) }))
    .filter(({ pixels }) => pixels > 0);
}

function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
