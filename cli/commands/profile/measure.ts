/** Measuring, with progress on the terminal and an ear for Ctrl-C. */
import { compareLatency, type Latency, type ModelTime } from "../../../core/profile/mod.ts";
import type { Context } from "../../context.ts";
import type { ProfileFlags } from "./flags.ts";
import type { Subject } from "./subject.ts";

/** How long is measured. */
export type MeasureFlags = Pick<ProfileFlags, "threads" | "runs" | "warmup">;

/** A network's layers, and the whole of it without the profiler. */
export interface MeasuredLayers {
  readonly latency: Latency;
  readonly plainMilliseconds: number;
}

/** One of several that were measured in turns. */
export interface MeasuredModel extends Omit<ModelTime, "label"> {
  /** How many rounds there were. */
  readonly runs: number;
}

/** Enough for steady medians of small networks, and a few seconds for large ones. */
const MADDS_TO_RUN = 100e9;
const RUNS = { least: 10, most: 100 };

/** In a comparison every network waits for the others. */
const MADDS_TO_COMPARE = 250e9;
const ROUNDS = { least: 5, most: 100 };

/** Sessions keep their memory, a part of what all layers of a network return. Above this they are loaded in turns. */
const MAX_ACTIVATION_BYTES = 4 * 2 ** 30;

/** Rows and overhead that differ more than this from the run are measured again: a program came in between. */
const TOLERANCE = 0.05;
const MAX_ATTEMPTS = 3;
/** A measurement that took longer, in milliseconds, is not repeated. */
const REPEATABLE = 10_000;

/** Measures every layer of a network, then the network without the profiler. */
export async function measureSubject(
  context: Context,
  subject: Subject,
  flags: MeasureFlags,
): Promise<MeasuredLayers> {
  const length = lengthOf(flags, subject.costs.madds, MADDS_TO_RUN, RUNS);
  const start = performance.now();
  let best = await measureOnce(context, subject, flags, length);
  for (let attempt = 1; attempt < MAX_ATTEMPTS && gap(best) > TOLERANCE; attempt++) {
    if (performance.now() - start > REPEATABLE) break;
    context.log.debug("other programs were at work: measuring again");
    const again = await measureOnce(context, subject, flags, length);
    if (gap(again) < gap(best)) best = again;
  }
  return best;
}

async function measureOnce(
  context: Context,
  subject: Subject,
  { threads }: MeasureFlags,
  length: { readonly runs: number; readonly warmup: number },
): Promise<MeasuredLayers> {
  const total = 2 * (length.runs + length.warmup);
  return await withProgress(context, total, async (onRun) => {
    const options = { ...length, threads, onRun };
    const latency = await subject.measure(options);
    const [{ quietMilliseconds }] = await compareLatency([subject.runnable()], options);
    return { latency, plainMilliseconds: quietMilliseconds };
  });
}

/** How far the sum of all rows is from the run. */
function gap({ latency: { milliseconds, runMilliseconds } }: MeasuredLayers): number {
  return Math.abs(runMilliseconds - milliseconds) / runMilliseconds;
}

/** Measures several networks in turns. */
export async function measureInTurns(
  context: Context,
  subjects: readonly Subject[],
  flags: MeasureFlags,
): Promise<MeasuredModel[]> {
  const madds = subjects.reduce((sum, { costs }) => sum + costs.madds, 0);
  const length = lengthOf(flags, madds, MADDS_TO_COMPARE, ROUNDS);
  const activations = subjects.reduce((sum, { costs }) => sum + costs.activationBytes, 0);
  const reload = activations > MAX_ACTIVATION_BYTES;
  const total = subjects.length * (reload ? 2 * length.runs : length.runs + length.warmup);
  return await withProgress(context, total, async (onRun) => {
    const models: ReturnType<Subject["runnable"]>[] = [];
    for (const subject of subjects) {
      context.signal.throwIfAborted();
      models.push(subject.runnable());
    }
    const times = await compareLatency(models, { ...length, threads: flags.threads, reload, onRun });
    return times.map(({ label: _, ...time }) => ({ ...time, runs: length.runs }));
  });
}

/** The same on every machine, so that results are measured alike. */
function lengthOf(
  { runs, warmup }: MeasureFlags,
  madds: number,
  budget: number,
  { least, most }: { readonly least: number; readonly most: number },
): { readonly runs: number; readonly warmup: number } {
  const wanted = runs ?? Math.min(most, Math.max(least, Math.round(budget / Math.max(1, madds))));
  return { runs: wanted, warmup: warmup ?? (wanted >= 20 ? 5 : 2) };
}

async function withProgress<T>(
  context: Context,
  total: number,
  work: (onRun: () => void) => Promise<T>,
): Promise<T> {
  const progress = context.progress({ total, unit: "runs", label: "measuring" });
  try {
    return await work(() => {
      context.signal.throwIfAborted();
      progress.add();
    });
  } finally {
    progress.stop();
  }
}
