/** One network with several numbers of threads or sizes of batches, measured in turns. */
import { compareLatency, type SubjectTime } from "./compare.ts";
import { countRuns, planRounds, type ProfileOptions } from "./run_plan.ts";
import type { Subject } from "./subject.ts";

/** What is measured. */
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
