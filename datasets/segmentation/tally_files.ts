/**
 * Scoring pairs of files on several threads. What travels between them are paths one way and counts the
 * other; the images stay in the workers, so memory does not grow with the number of pairs.
 *
 * @module
 */
import { type BneckError, inputError } from "../../core/errors.ts";
import { WorkerPool } from "../../core/workers/mod.ts";
import { firstTen } from "./messages.ts";

/** How files are scored. */
export interface TallyFilesOptions<Job> {
  /** Threads, one per core by default. */
  readonly workers?: number;
  /** Ends the scoring when it aborts. */
  readonly signal?: AbortSignal;
  /**
   * Called for a pair that cannot be scored. If it is given, the others are scored without it; else scoring
   * ends with an error that lists such pairs, so that no score is made on a part unawares.
   */
  readonly onFailure?: (job: Job, error: BneckError) => void;
  /** Larger images are refused. @default {DEFAULT_MAX_PIXELS} */
  readonly maxPixels?: number;
  /** Called when the workers are ready, with their number. */
  readonly onReady?: (workers: number) => void;
  /**
   * Called with the milliseconds of each stage of a pair, by its name. If it is given, the workers do one pair at a
   * time, so that stages do not overlap.
   */
  readonly onTimes?: (milliseconds: Readonly<Record<string, number>>) => void;
}

/** What a worker starts with. */
export interface TallyInit<Init> {
  readonly settings: Init;
  /** Whether to do one pair at a time. */
  readonly separateStages: boolean;
  /** Larger images are refused. */
  readonly maxPixels?: number;
}

/** What a worker makes of a pair. */
export interface Tallied<Tally> {
  readonly tally: Tally;
  /** Of each stage, by its name, in their order. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** The worker module, what its workers start with, and the pairs. */
export interface TallyWork<Init, Job> {
  /** It serves {@linkcode TallyInit} and returns {@linkcode Tallied}. */
  readonly module: URL;
  readonly init: Init;
  readonly jobs: readonly Job[];
}

/**
 * Has workers tally all jobs and calls `take` with the results in the order of the jobs.
 *
 * @throws {BneckError} Some could not be tallied (the first ten are listed), unless `onFailure` was given.
 */
export async function tallyFiles<Init, Job, Tally>(
  { module, init, jobs }: TallyWork<Init, Job>,
  options: TallyFilesOptions<Job>,
  take: (job: Job, tally: Tally) => void,
): Promise<void> {
  if (jobs.length === 0) return;
  const { workers = navigator.hardwareConcurrency, signal, onFailure, onReady, onTimes, maxPixels } = options;
  const failures: BneckError[] = [];
  let failed = 0;
  const count = Math.min(workers, jobs.length);
  await using pool = await WorkerPool.start<TallyInit<Init>, Job, Tallied<Tally>>({
    module,
    init: { settings: init, separateStages: onTimes !== undefined, maxPixels },
    workers: count,
  });
  onReady?.(count);
  for await (const { job, result, error } of pool.run(jobs, { signal })) {
    if (error === undefined) {
      take(job, result.tally);
      onTimes?.(result.milliseconds);
    } else if (onFailure !== undefined) onFailure(job, error);
    else if (failed++ < 10) failures.push(error);
  }
  signal?.throwIfAborted();
  if (failed > 0) {
    throw inputError(
      `${failed} of ${jobs.length} images cannot be scored, so there is no score:${
        firstTen(failures.map(({ message }) => message), failed)
      }`,
      undefined,
      failures.find(({ hint }) => hint !== undefined)?.hint,
    );
  }
}
