/**
 * The worker threads of `evaluate`: each has the model, predicts whole images and tallies them against their ground
 * truth with the tally module of the benchmark. Only the tallies leave it.
 *
 * @module
 */
import { importLater } from "../../core/import_later.ts";
import { writeFileAtomic } from "../../core/files/atomic_write.ts";
import { type DecodedImage, fullSize, type ImageNote } from "../../core/images/mod.ts";
import { type MemoryBudget, serveWorker, stopwatch, type WaitFor } from "../../core/workers/mod.ts";
import { digestOf, type FileDigest } from "../../core/files/digests.ts";
import { type ImageTally, loadTally, type SetImage, type TallyPlan } from "../../datasets/evaluation_set.ts";
import type { ImageSizes } from "./evaluate.ts";
import type { PredictorSettings } from "./predictor.ts";

/** What a worker starts with. */
export interface WorkerSettings extends TallyPlan {
  readonly task: PredictorSettings["task"];
  /** See {@linkcode EvaluationSet.tallyModule}. */
  readonly tallyModule: string;
  /** Absent where predictions are files. */
  readonly model?: PredictorSettings["model"];
  readonly segment?: PredictorSettings["segment"];
  /** Larger images are refused. */
  readonly maxPixels?: number;
  /** Whether a JPEG that ends too early is read as far as it goes. */
  readonly truncated?: boolean;
  /** Whether large photos are decoded at their full size anyway. */
  readonly exact?: boolean;
  /** The memory for the photos of all workers, where a model is run. */
  readonly budget?: MemoryBudget;
  /** Whether to process one image at a time. */
  readonly separateStages: boolean;
}

/** One image to score. */
export interface EvaluationJob<Image extends SetImage> {
  readonly image: Image;
  /** Where the prediction is saved, `null` for nowhere. */
  readonly saveTo: string | null;
  /** Files whose digests are asked for; they are read anyway, so that they come from the cache of the system. */
  readonly digestOf?: readonly string[];
}

/** What came of it. */
export interface EvaluationReport<Tally> {
  readonly tally: Tally;
  /** Absent where no model was run. */
  readonly sizes?: ImageSizes;
  /** What the user should know of the photo. */
  readonly notes?: readonly ImageNote[];
  /** Of the files that the job names. */
  readonly digests?: readonly FileDigest[];
  /** Of each stage, by its name, in their order. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

async function digestsOf(paths: readonly string[]): Promise<FileDigest[]> {
  const digests: FileDigest[] = [];
  for (const path of paths) {
    const digest = await digestOf(path);
    if (digest !== undefined) digests.push({ path, sha256: digest.sha256 });
  }
  return digests;
}

let buffersOf: ImageTally<SetImage, unknown, unknown, unknown>["buffers"];

serveWorker<WorkerSettings, EvaluationJob<SetImage>, EvaluationReport<unknown>>(async (init) => {
  const { maxPixels, truncated, exact, model, segment, task, prediction: settings, budget } = init;
  const tally = await loadTally(init);
  buffersOf = tally.buffers;
  // A worker that reads predictions starts without the code of networks and of photos.
  const predictor = model &&
    await (await importLater<typeof import("./predictor.ts")>(import.meta.resolve("./predictor.ts")))
      .Predictor.open({
        model,
        task,
        segment,
        prediction: settings,
        maxPixels,
        truncated,
        exact,
      });

  async function scoreFile(image: SetImage): Promise<EvaluationReport<unknown>> {
    const lap = stopwatch();
    const [prediction, truth] = await Promise.all([tally.readPrediction!(image), tally.readTruth(image)]);
    const decode = lap();
    const counted = tally.tally(prediction, truth, image);
    return { tally: counted, milliseconds: { "read + decode": decode, count: lap() } };
  }

  async function runModel(
    job: EvaluationJob<SetImage>,
    running: NonNullable<typeof predictor>,
    { waitFor }: { readonly waitFor: WaitFor },
  ): Promise<EvaluationReport<unknown>> {
    const truth = tally.readTruth(job.image);
    truth.catch(() => {}); // Awaited with the photo, whose own error comes first.
    const lap = stopwatch();
    return await running.withPhoto(
      job.image.image!,
      { budget: budget!, waitFor },
      async (photo) => scoreModel(job, photo, await truth, lap(), running),
    );
  }

  async function scoreModel(
    { image, saveTo }: EvaluationJob<SetImage>,
    photo: DecodedImage,
    truth: unknown,
    decode: number,
    { predict }: NonNullable<typeof predictor>,
  ): Promise<EvaluationReport<unknown>> {
    const lap = stopwatch();
    const { width, height } = fullSize(photo);
    tally.checkPhoto?.({ width, height }, truth, image);
    const { output, inputHeight, inputWidth, milliseconds: { resize, infer } } = await predict(photo);
    const prediction = tally.fromModel(output);
    const post = lap() - resize - infer;
    const counted = tally.tally(prediction, truth, image);
    const count = lap();
    if (saveTo !== null) await writeFileAtomic(saveTo, tally.encode!(prediction));
    return {
      tally: counted,
      sizes: { width, height, inputHeight, inputWidth, reduced: photo.full !== undefined },
      notes: photo.notes,
      milliseconds: {
        "read + decode": decode,
        resize,
        infer,
        post,
        count,
        save: lap(),
      },
    };
  }

  return {
    concurrency: init.separateStages ? 1 : 2,
    async run(job, waiting) {
      const report =
        await (predictor === undefined ? scoreFile(job.image) : runModel(job, predictor, waiting));
      return job.digestOf === undefined ? report : { ...report, digests: await digestsOf(job.digestOf) };
    },
    close: () => predictor?.close(),
  };
}, { transferables: ({ tally }) => buffersOf?.(tally) ?? [] });
