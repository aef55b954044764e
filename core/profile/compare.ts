/** Several models, or one with several settings, measured in turns. */
import { gmaddsPerSecond } from "./counting/layer_cost.ts";
import type { MeasurableModel, MeasuringOptions } from "./measuring/measured_session.ts";
import { measureJob } from "./measuring/measuring_thread.ts";
import { largestFirst, type SortColumn } from "./report_rows.ts";
import { countRuns, planRounds, type ProfileOptions } from "./measuring/run_plan.ts";
import { fastestQuarter, median, medianInterval, quartiles } from "./statistics.ts";
import type { Subject } from "./subject.ts";

/** How models are run while they are compared. */
export interface CompareOptions extends MeasuringOptions {
  /** Rounds that count; every model runs once in each. @default {30} */
  readonly runs?: number;
  /** Rounds before those, which pay one-off costs. @default {5} */
  readonly warmup?: number;
  /**
   * Loads each model again for every turn, and runs it once before the run that counts: for models that together
   * need more memory than the machine has. There are no other warm-up runs then. @default {false}
   */
  readonly reload?: boolean;
  /** Threads of each model, where they differ. @default {`threads`} */
  readonly threadsEach?: readonly number[];
}

/** The time of one of several models. */
export interface ModelTime {
  readonly label: string;
  /** The median run, without a profiler. */
  readonly milliseconds: number;
  /** The median of the fastest quarter of the runs, which other programs hardly disturbed. */
  readonly quietMilliseconds: number;
  /** Half of all runs lie between these milliseconds. */
  readonly quartiles: readonly [lower: number, upper: number];
  /** The median, over the rounds, of this model's time divided by the first one's. */
  readonly ratio: number;
  /** Where the median ratio lies with 99 % confidence. */
  readonly ratioInterval: readonly [low: number, high: number];
  /** How many rounds counted: fewer than planned when it was stopped. */
  readonly runs: number;
}

/** The time of one of several subjects. */
export type SubjectTime = Omit<ModelTime, "label">;

/** A subject with its time, where it was measured. */
export interface TimedSubject {
  readonly subject: Subject;
  readonly time?: SubjectTime;
}

/** Sessions keep their memory, a part of all activations. Above this many bytes they are loaded in turns. */
const MAX_ACTIVATION_BYTES = 4 * 2 ** 30;

/**
 * Measures several subjects in turns, without the profiler. The number of rounds follows from their multiply-adds.
 *
 * @returns the times in the order of the subjects.
 * @throws {BneckError} (unusable model) when onnxruntime cannot load or run one; the reason of `signal` when it is
 *   aborted before a round was done.
 */
export async function compareSubjects(
  subjects: readonly Subject[],
  options: ProfileOptions = {},
): Promise<SubjectTime[]> {
  const { threads, signal } = options;
  const sum = (value: (subject: Subject) => number) =>
    subjects.reduce((total, subject) => total + value(subject), 0);
  const plan = planRounds(sum(({ costs }) => costs.madds), options);
  const reload = sum(({ costs }) => costs.activationBytes) > MAX_ACTIVATION_BYTES;
  const turns = reload ? 2 * plan.runs : plan.runs + plan.warmup;
  const models: MeasurableModel[] = [];
  for (const subject of subjects) {
    signal?.throwIfAborted();
    models.push(subject.measurable());
  }
  const onRun = countRuns(options, subjects.length * turns);
  const times = await compareLatency(models, { ...plan, threads, signal, reload, onRun });
  return times.map(({ label: _, ...time }) => time);
}

/** How long a subject takes against another; `undefined` where one was not measured. */
export function timeRatio({ time }: TimedSubject, other: TimedSubject): number | undefined {
  return time && other.time && time.milliseconds / other.time.milliseconds;
}

/** A subject's 10⁹ multiply-adds per second. */
export function subjectRate({ subject, time }: TimedSubject): number | undefined {
  return time && gmaddsPerSecond(subject.costs.madds, time.milliseconds);
}

/** Sorts subjects by the totals of a column, the largest first. */
export function sortSubjects<Row extends TimedSubject>(rows: readonly Row[], column: SortColumn): Row[] {
  return largestFirst(rows, (row) => {
    if (column === "milliseconds") return row.time?.milliseconds;
    if (column === "gmaddsPerSecond") return subjectRate(row);
    return row.subject.costs[column];
  });
}

/**
 * Measures several models in turns (A B C A B C …), so that a machine that slows down, or another program,
 * favours none of them. All are loaded at once unless `reload` says otherwise.
 *
 * @throws {BneckError} when onnxruntime cannot load or run one; the reason of `signal` when it is aborted before a
 *   round was done.
 */
export async function compareLatency(
  models: readonly MeasurableModel[],
  options: CompareOptions = {},
): Promise<ModelTime[]> {
  const { runs = RUNS, warmup = WARMUP, reload = false, threads, threadsEach, optimization, signal } =
    options;
  const job = {
    kind: "turns",
    models,
    options: { threads, optimization },
    threadsEach,
    runs,
    warmup,
    reload,
  } as const;
  const times = await measureJob<"turns">(job, options);
  if (times.some((rounds) => rounds.length === 0)) signal?.throwIfAborted();
  return models.map(({ label }, index) => {
    const ratio = medianInterval(times[index].map((time, round) => time / times[0][round]));
    return {
      label,
      milliseconds: median(times[index]),
      quietMilliseconds: median(fastestQuarter(times[index], (time) => time)),
      quartiles: quartiles(times[index]),
      runs: times[index].length,
      ratio: ratio.median,
      ratioInterval: [ratio.low, ratio.high],
    };
  });
}

const RUNS = 30;
const WARMUP = 5;

/** One network with a number of threads and a size of batches. */
export interface SweepSetting {
  readonly subject: Subject;
  readonly threads: number;
  readonly batch: number;
}

/** A setting with its times. */
export interface SweepPoint extends SweepSetting {
  readonly time: SubjectTime;
  readonly imagesPerSecond: number;
  /** Images per second against the first setting. */
  readonly speedup: number;
}

/**
 * Measures settings in turns.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot run one; the reason of `signal` when it is aborted
 *   before a round was done.
 */
export async function sweep(
  settings: readonly SweepSetting[],
  options: Omit<ProfileOptions, "threads"> = {},
): Promise<SweepPoint[]> {
  const { signal } = options;
  const plan = planRounds(settings.reduce((sum, { subject }) => sum + subject.costs.madds, 0), options);
  const onRun = countRuns(options, settings.length * (plan.runs + plan.warmup));
  const models = settings.map(({ subject }) => subject.measurable());
  const threadsEach = settings.map(({ threads }) => threads);
  const times = await compareLatency(models, { ...plan, threadsEach, signal, onRun });
  const rate = (at: number) => 1000 * settings[at].batch / times[at].milliseconds;
  return settings.map((setting, at) => {
    const { label: _, ...time } = times[at];
    return { ...setting, time, imagesPerSecond: rate(at), speedup: rate(at) / rate(0) };
  });
}
