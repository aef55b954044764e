/** Adapting a network: steps of NetAdapt until it is fast enough, then a longer distillation. */
import { inputError, usageError } from "../../../core/errors.ts";
import type { Baseline } from "./baselines.ts";
import { readCalibration } from "./calibration.ts";
import type { Candidate } from "./candidate.ts";
import { CandidateLatency } from "./latency.ts";
import { TallProducts } from "./moments.ts";
import { type AdaptPlan, MIN_IMAGES } from "./plan.ts";
import type { StepRecord } from "./state.ts";
import {
  Adaptation,
  type AdaptListener,
  type AdaptRun,
  type DistillationOutcome,
  type Scores,
  type StopReason,
} from "./adaptation.ts";

/** An adapted network. */
export interface Adapted {
  readonly candidate: Candidate;
  readonly records: readonly StepRecord[];
  /** In milliseconds. */
  readonly latency: {
    readonly machine: string;
    readonly original: number;
    readonly target: number;
    readonly predicted: number;
    readonly measured: number;
    /** The original, in turns with `measured`. */
    readonly beside: number;
  };
  readonly distilled: DistillationOutcome;
  /** Of the original and of the result. */
  readonly scores?: Scores;
  /** Other ways to the latencies of some steps, where they were asked for. */
  readonly baselines: readonly Baseline[];
  /** Why it ended before the target was reached. */
  readonly stopped?: StopReason;
  readonly seconds: number;
}

/** The share of the time that is left for the distillation at the end. */
const SHARE_OF_STEPS = 0.75;

/** The part of the time from now to a limit that has passed, in seconds. */
function shareOf(seconds: () => number, limit: number): () => number {
  const start = seconds();
  // Past the limit there is none left.
  return () => limit === Infinity ? 0 : limit <= start ? 1 : (seconds() - start) / (limit - start);
}

/**
 * Adapts a network, or continues where an earlier run with the same images and settings was.
 *
 * @throws {BneckError} when the network cannot be run, too few images can be read, or a file cannot be written; the reason
 *   of the signal when it is aborted before the first step.
 */
export async function runAdapt(
  plan: AdaptPlan,
  run: AdaptRun,
  listener: AdaptListener = {},
): Promise<Adapted> {
  const { settings, network, original, size } = plan;
  const { signal, onPhase, onProgress, onProblem } = listener;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const { timeLimit = Infinity } = run;
  const readImages = (paths: readonly string[]) =>
    readCalibration(network, paths, { max: paths.length, seed: 0, signal, onImage: onProgress, onProblem });

  onPhase?.("reading images");
  const sampled = await readImages(plan.sampled);
  const compared = await readImages(plan.compared);
  if (sampled.length < MIN_IMAGES || compared.length === 0) {
    throw inputError(
      `only ${sampled.length + compared.length} of ${
        plan.sampled.length + plan.compared.length
      } images can be read, which ` +
        "are too few to adapt a network with",
    );
  }
  onPhase?.("measuring");
  const latency = await (run.openLatency ?? CandidateLatency.open)(original, {
    size,
    threads: settings.threads,
    signal,
    env: run.env,
    onNetwork: onProgress,
  });
  const products = await TallProducts.open();
  try {
    refuseReached(plan, latency.original);
    const adaptation = await Adaptation.begin(plan, run, listener, { latency, products, sampled, compared });
    const stopped = await adaptation.takeSteps(() => seconds() > SHARE_OF_STEPS * timeLimit);
    const before = adaptation.current;
    const beforeDistance = adaptation.distance;
    const distilled = stopped === "interrupted" || adaptation.records.length === 0
      ? { steps: 0, before: beforeDistance, after: beforeDistance }
      : await adaptation.distil(shareOf(seconds, timeLimit));
    const { current, records } = adaptation;
    const pair = await latency.measure(current);
    const scores = await adaptation.scores(before, distilled.steps > 0);
    const baselines = run.baselines && !stopped ? await adaptation.baselines() : [];
    return {
      candidate: current,
      records,
      latency: {
        machine: latency.machine,
        original: latency.original,
        target: adaptation.target,
        predicted: records.at(-1)?.predicted ?? latency.original,
        measured: pair.candidate,
        beside: pair.original,
      },
      distilled,
      ...(scores ? { scores } : {}),
      baselines,
      ...(stopped ? { stopped } : {}),
      seconds: seconds(),
    };
  } finally {
    await products.close();
  }
}

/** @throws {BneckError} (usage) The original is as fast as the target asks. */
function refuseReached({ settings: { target }, size, model }: AdaptPlan, original: number): void {
  if ("fraction" in target || original > target.milliseconds) return;
  throw usageError(
    `${model.name} takes ${original.toFixed(2)} ms at ${size.join("×")} here, within the target of ` +
      `${target.milliseconds} ms: there is nothing to adapt`,
  );
}
