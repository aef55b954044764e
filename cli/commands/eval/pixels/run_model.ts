/** Running a segmentation model over a data set and scoring what it predicts. */
import { dirname, sep as SEPARATOR } from "node:path";
import { inputError, usageError } from "../../../../core/errors.ts";
import { ensureWritableFolder, exists } from "../../../../core/files/mod.ts";
import type { Palette } from "../../../../core/images/mod.ts";
import { firstTen } from "../../../../datasets/segmentation/messages.ts";
import { tallyFiles } from "../../../../datasets/segmentation/tally_files.ts";
import type { Context } from "../../../context.ts";
import { type StageTimer, timingHooks } from "../../../timings/mod.ts";
import type { SaveFlags } from "../flags.ts";
import type {
  PixelFiles,
  PixelScoring,
  SegmentingModel,
  TallyJob,
  TallyReport,
  TallySettings,
} from "./job.ts";

/** What is run and where results go. */
export interface ModelRun {
  readonly model: SegmentingModel;
  readonly scoring: PixelScoring;
  readonly palette: Palette;
  readonly workers?: number;
  readonly maxPixels: number;
  /** With `--timings`. */
  readonly timer?: StageTimer;
}

/** Photos, their ground truth, and where their predictions are saved. */
export type Photo = PixelFiles & { readonly image: string };

/**
 * The jobs of photos.
 *
 * @param nameOf the path below `--save-predictions` of a photo's prediction
 * @throws {BneckError} (usage) Predictions would be lost or replace what is there.
 */
export async function planJobs(
  photos: readonly Photo[],
  { savePredictions: folder, overwrite }: SaveFlags,
  nameOf: (photo: Photo) => string,
): Promise<TallyJob[]> {
  if (folder === undefined) return photos.map((photo) => ({ ...photo, saveTo: null }));
  await ensureWritableFolder(folder);
  refuseInputFolder(folder, photos);
  const jobs = photos.map((photo) => ({ ...photo, saveTo: `${folder}/${nameOf(photo)}` }));
  const existing = jobs.map(({ saveTo }) => saveTo).filter(exists);
  if (existing.length > 0 && !overwrite) {
    throw usageError(
      `${existing.length} of ${jobs.length} predictions exist already, so nothing was run; --overwrite replaces ` +
        `them:${firstTen(existing)}`,
    );
  }
  return jobs;
}

/** Predictions among photos or labels would be taken for some the next time. */
function refuseInputFolder(folder: string, photos: readonly Photo[]): void {
  const inputs = new Set(photos.flatMap(({ image, truth }) => [dirname(image), dirname(truth)]));
  const real = Deno.realPathSync(folder);
  for (const input of inputs) {
    const place = Deno.realPathSync(input);
    if (place === real || place.startsWith(`${real}${SEPARATOR}`)) {
      throw usageError(`--save-predictions ${folder} holds inputs of this evaluation; give another folder`);
    }
  }
}

/**
 * Predicts and counts all jobs, a worker per core, and calls `take` with the counts in order. Returns the sizes at
 * which the network saw the photos: `["360×480"]`.
 *
 * @throws {BneckError} Some could not be scored; the first ten are listed.
 */
export async function runModel(
  context: Context,
  jobs: readonly TallyJob[],
  { model, scoring, palette, workers, maxPixels, timer }: ModelRun,
  take: (job: TallyJob, report: TallyReport) => void,
): Promise<string[]> {
  const init: TallySettings = { model, scoring, palette };
  const sizes = new Set<string>();
  const progress = context.progress({ total: jobs.length, unit: "images", label: "evaluating" });
  try {
    await tallyFiles<TallySettings, TallyJob, TallyReport>(
      { module: new URL("./tally_worker.ts", import.meta.url), init, jobs },
      { workers, maxPixels, signal: context.signal, ...timingHooks(timer) },
      (job, report) => {
        sizes.add(`${report.inputHeight}×${report.inputWidth}`);
        timer?.see(report);
        take(job, report);
        progress.add(1, job.image);
      },
    );
  } finally {
    progress.stop();
  }
  return [...sizes];
}

/** The photos of a set. @throws {BneckError} Images lack theirs; the first ten are named. */
export function photosOf(files: readonly PixelFiles[], where: string): Photo[] {
  const missing = files.filter(({ image }) => image === null).map(({ name }) => name);
  if (missing.length > 0) {
    throw inputError(
      `${missing.length} of ${files.length} ground truth images have no photo in ${where}, so nothing was ` +
        `scored:${firstTen(missing)}`,
    );
  }
  return files.map((file) => ({ ...file, image: file.image! }));
}

/** The sizes that a network ran at, for people: `network input 360×480`. */
export function describeSizes(sizes: readonly string[]): string[] {
  if (sizes.length === 0) return [];
  const shown = sizes.length <= 3
    ? sizes.join(", ")
    : `${sizes.slice(0, 2).join(", ")} and ${sizes.length - 2} more`;
  return [`network input ${shown}`];
}
