import { MeasuredSession, type MeasuringOptions, type RunnableModel } from "./measured_session.ts";
import { median } from "./median.ts";

/** How long is measured. */
export interface CompareOptions extends MeasuringOptions {
  /** Rounds that count; every model runs once in each. @default {30} */
  readonly runs?: number;
  /** Rounds before those, which pay one-off costs. @default {5} */
  readonly warmup?: number;
  /** Called after each round, with the part that is done. */
  readonly onProgress?: (done: number) => void;
}

/** The time of one of several models. */
export interface ModelTime {
  readonly label: string;
  /** The median run, without a profiler. */
  readonly milliseconds: number;
  /** Half of all runs lie between these. */
  readonly quartiles: readonly [lower: number, upper: number];
  /** The median, over the rounds, of this model's time divided by the first one's. */
  readonly ratio: number;
}

/**
 * Measures several models in turns (A B C A B C …), so that a machine that slows down, or another program,
 * favours none of them. All are loaded at once.
 *
 * @throws {BneckError} when onnxruntime cannot load or run one.
 */
export async function compareLatency(
  models: readonly RunnableModel[],
  options: CompareOptions = {},
): Promise<ModelTime[]> {
  const { runs = 30, warmup = 5, onProgress } = options;
  const sessions: MeasuredSession[] = [];
  const times: number[][] = models.map(() => []);
  try {
    for (const model of models) sessions.push(await MeasuredSession.open(model, options));
    for (let round = -warmup; round < runs; round++) {
      for (const [index, session] of sessions.entries()) {
        const milliseconds = await session.run();
        if (round >= 0) times[index].push(milliseconds);
      }
      onProgress?.((round + warmup + 1) / (warmup + runs));
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  return models.map(({ label }, index) => ({
    label,
    milliseconds: median(times[index]),
    quartiles: quartiles(times[index]),
    ratio: median(times[index].map((time, round) => time / times[0][round])),
  }));
}

function quartiles(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((left, right) => left - right);
  const half = sorted.length >> 1;
  return [median(sorted.slice(0, half + 1)), median(sorted.slice(-half - 1))];
}
