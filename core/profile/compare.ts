import { MeasuredSession, type MeasuringOptions, type RunnableModel } from "./measured_session.ts";
import { fastestQuarter, median, quartiles } from "./statistics.ts";

/** How long is measured. */
export interface CompareOptions extends MeasuringOptions {
  /** Rounds that count; every model runs once in each. @default {30} */
  readonly runs?: number;
  /** Rounds before those, which pay one-off costs. @default {5} */
  readonly warmup?: number;
  /**
   * Loads each model anew for every turn, and runs it once before the run that counts: for models that together
   * need more memory than there is. There are no other warm-ups then. @default {false}
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
  /** Half of all runs lie between these. */
  readonly quartiles: readonly [lower: number, upper: number];
  /** The median, over the rounds, of this model's time divided by the first one's. */
  readonly ratio: number;
}

/**
 * Measures several models in turns (A B C A B C …), so that a machine that slows down, or another program,
 * favours none of them. All are loaded at once unless `reload` says otherwise.
 *
 * @throws {BneckError} when onnxruntime cannot load or run one.
 */
export async function compareLatency(
  models: readonly RunnableModel[],
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
  models: readonly RunnableModel[],
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
  models: readonly RunnableModel[],
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
