/** Several models measured in turns. */
import { gmaddsPerSecond } from "./layer_cost.ts";
import { type MeasurableModel, MeasuredSession, type MeasuringOptions } from "./measured_session.ts";
import { largestFirst, type SortColumn } from "./report_rows.ts";
import { countRuns, planRounds, type ProfileOptions } from "./run_plan.ts";
import { fastestQuarter, median, quartiles } from "./statistics.ts";
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
}

/** The time of one of several subjects. */
export interface SubjectTime extends Omit<ModelTime, "label"> {
  /** How many rounds counted. */
  readonly runs: number;
}

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
 * @throws {BneckError} (unusable model) when onnxruntime cannot load or run one; the reason of `signal` once it is
 *   aborted.
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
  return times.map(({ label: _, ...time }) => ({ ...time, runs: plan.runs }));
}

/** How long a subject takes against another, both in their quiet runs; `undefined` where one was not measured. */
export function timeRatio({ time }: TimedSubject, other: TimedSubject): number | undefined {
  return time && other.time && time.quietMilliseconds / other.time.quietMilliseconds;
}

/** A subject's 10⁹ multiply-adds per second in its quiet runs. */
export function subjectRate({ subject, time }: TimedSubject): number | undefined {
  return time && gmaddsPerSecond(subject.costs.madds, time.quietMilliseconds);
}

/** Sorts subjects by the totals of a column, the largest first. */
export function sortSubjects<Row extends TimedSubject>(rows: readonly Row[], column: SortColumn): Row[] {
  return largestFirst(rows, (row) => {
    if (column === "milliseconds") return row.time?.quietMilliseconds;
    if (column === "gmaddsPerSecond") return subjectRate(row);
    return row.subject.costs[column];
  });
}

/**
 * Measures several models in turns (A B C A B C …), so that a machine that slows down, or another program,
 * favours none of them. All are loaded at once unless `reload` says otherwise.
 *
 * @throws {BneckError} when onnxruntime cannot load or run one; the reason of `signal` once it is aborted.
 */
export async function compareLatency(
  models: readonly MeasurableModel[],
  options: CompareOptions = {},
): Promise<ModelTime[]> {
  const times = options.reload ? await reloadedTurns(models, options) : await loadedTurns(models, options);
  return models.map(({ label }, index) => ({
    label,
    milliseconds: median(times[index]),
    quietMilliseconds: median(fastestQuarter(times[index], (time) => time)),
    quartiles: quartiles(times[index]),
    ratio: median(times[index].map((time, round) => time / times[0][round])),
  }));
}

const RUNS = 30;
const WARMUP = 5;

/** The milliseconds of every round, by model. */
async function loadedTurns(
  models: readonly MeasurableModel[],
  options: CompareOptions,
): Promise<number[][]> {
  const { runs = RUNS, warmup = WARMUP } = options;
  const sessions: MeasuredSession[] = [];
  const times: number[][] = models.map(() => []);
  try {
    for (const model of models) sessions.push(await MeasuredSession.open(model, options));
    for (let round = -warmup; round < runs; round++) {
      for (const [index, session] of sessions.entries()) {
        const milliseconds = await session.run();
        if (round >= 0) times[index].push(milliseconds);
      }
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  return times;
}

async function reloadedTurns(
  models: readonly MeasurableModel[],
  options: CompareOptions,
): Promise<number[][]> {
  const { runs = RUNS } = options;
  const times: number[][] = models.map(() => []);
  for (let round = 0; round < runs; round++) {
    for (const [index, model] of models.entries()) {
      const session = await MeasuredSession.open(model, options);
      try {
        await session.run();
        times[index].push(await session.run());
      } finally {
        await session.close();
      }
    }
  }
  return times;
}
