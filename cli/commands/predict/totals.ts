import type { RunnableModel } from "../../../models/entry.ts";
import {
  type ClassCount,
  ClassTally,
  type ImageRecord,
  type ImageReport,
} from "../../../models/pipeline/mod.ts";
import { eachStage, type Stage, STAGES, type StageTimes } from "../../../models/stages.ts";
import { formatMilliseconds, formatPercent, plural } from "../../console/format.ts";

/** Classes named in a summary. */
const MAX_NAMED = 4;

/** What a run has done so far, for the summary. */
export class RunTotals {
  images = 0;
  failed = 0;
  files = 0;
  /** What was found. */
  readonly classes = new ClassTally();
  #probability = 0;
  readonly #start = performance.now();
  readonly #sums: Record<Stage, number> = { ...eachStage(() => 0) };

  /** @param unit what is counted, in the singular */
  constructor(readonly skipped: number, readonly unit: "image" | "frame" = "image") {}

  /** An image is done. */
  done(record: ImageRecord, { milliseconds, probability }: ImageReport): void {
    this.#probability += probability ?? NaN;
    this.images++;
    this.files += record.files.length;
    this.classes.add(record);
    for (const stage of STAGES) this.#sums[stage] += milliseconds[stage];
  }

  /** An image failed. */
  fail(): void {
    this.failed++;
  }

  /** The mean probability of the classes of pixels over all images; `null` where none was reported. */
  get probability(): number | null {
    const mean = this.#probability / this.images;
    return Number.isNaN(mean) ? null : mean;
  }

  /** Seconds since the run began. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Milliseconds of each stage, all images together. */
  get sums(): StageTimes {
    return this.#sums;
  }

  /** Mean milliseconds of each stage. */
  get stages(): StageTimes {
    return eachStage((stage) => Math.round(this.#sums[stage] / Math.max(1, this.images) * 10) / 10);
  }

  /** The summary, line by line. */
  summary(): string[] {
    const { images, unit, failed, skipped, files, seconds, stages } = this;
    const counts = [`${plural(images, unit)} done`];
    if (failed > 0) counts.push(`${failed} failed`);
    if (skipped > 0) counts.push(`${skipped} skipped`);
    if (files > 0) counts.push(`${plural(files, "file")} written`);
    const lines = [`${counts.join(", ")} in ${formatMilliseconds(seconds * 1000)}`];
    lines.push(...classLines(this.classes, unit));
    if (images > 0) {
      const times = STAGES.map((stage) => `${stage} ${stages[stage].toFixed(1)}`).join(", ");
      lines.push(
        `${(images / seconds).toFixed(1)} ${unit}s/s; mean ms of ${
          unit === "image" ? "an image" : "a frame"
        }: ${times}`,
      );
    }
    return lines;
  }
}

/** `88 person in 12 of 30 images, 3 bus in 2`, a line for each kind of class. */
function classLines(
  { objects, pixelClasses, best, images, pixels }: ClassTally,
  unit: "image" | "frame",
): string[] {
  // How much shows no class at all is not news.
  const shown = pixelClasses.filter(({ name }) => name !== "background");
  const of = (k: number) => k === 0 ? ` of ${plural(images, unit)}` : "";
  return [
    line(objects, ({ name, count, images }, k) => `${count} ${name} in ${images}${of(k)}`),
    line(
      shown,
      ({ name, count, images }, k) => `${name} ${formatPercent(count / pixels)} in ${images}${of(k)}`,
    ),
    line(best, ({ name, images }, k) => `${name} ${images}${of(k)}`),
  ].filter((text) => text !== "");
}

function line(classes: readonly ClassCount[], words: (found: ClassCount, k: number) => string): string {
  const named = classes.slice(0, MAX_NAMED).map(words);
  if (classes.length > MAX_NAMED) named.push(`${classes.length - MAX_NAMED} more`);
  return named.join(", ");
}

/**
 * A mean probability of the classes below this says that they do not fit the photos: the street decoders have 0.86 to 0.94
 * on CamVid's photos, and 0.74 to 0.78 on COCO's.
 */
const FITTING = 0.8;

/**
 * A hint for photos that a model for certain scenes does not fit.
 *
 * @param probability of the classes of pixels, the mean over all photos
 */
export function sceneHint(
  { name, scenes }: Pick<RunnableModel, "name" | "scenes">,
  probability: number | null,
): string | undefined {
  if (scenes === undefined || probability === null || probability >= FITTING) return undefined;
  return `${name} knows ${scenes} only, and seems unsure of these photos (mean probability ${
    probability.toFixed(2)
  }): ` +
    "-m everyday knows people, animals, vehicles and furniture";
}
