/** Plain runs of a model, which say how long it takes, and runs under the profiler in between, which say where. */
import type { SessionOptions } from "../../session/mod.ts";
import { addUpKernels, type KernelTimes, peakBytes } from "./kernel_times.ts";
import { type MeasurableModel, MeasuredSession } from "./measured_session.ts";
import type { JobWatch } from "./measuring_job.ts";
import { readRecording } from "./recording.ts";

/** How often a model is run, and in which order: blocks of plain runs and of profiled ones take turns. */
export interface RunSchedule {
  /** Plain runs that count. */
  readonly runs: number;
  /** Runs of each kind before those. */
  readonly warmup: number;
  /** Runs of a block that count. Before blocks of several, one brings the model's weights back into the caches. */
  readonly block: number;
  /** Runs that the profiler can record in all. */
  readonly recordable: number;
  /** After this time no further block begins, if there are enough. */
  readonly milliseconds: number;
}

/** What was measured of one model. All times are in milliseconds. */
export interface LayerRuns {
  readonly kernels: KernelTimes;
  /** Whole runs under the profiler; `kernels` has them in the same order. */
  readonly profiled: readonly number[];
  /** Whole runs without it. */
  readonly plain: readonly number[];
  /** Reading and preparing the model. */
  readonly load: number;
  readonly firstRun: number;
  /** How long a fixed calculation took, once between all blocks. */
  readonly clock: readonly number[];
  /** The most bytes that a run holds for activations, where the runtime tells. */
  readonly peakBytes?: number;
  /** Memory of this process after the first run, in bytes. */
  readonly residentBytes: number;
  /** Whether it was stopped before all runs were done. */
  readonly stopped: boolean;
}

/** Fewer blocks than this are measured whatever time they take. */
const MIN_BLOCKS = 3;

/** Who stops a measurement waits for the result: of so many kernels the times are known well enough. */
const MAX_KERNELS_STOPPED = 10_000;

/**
 * Measures a model in this thread.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot load or run it, or it was stopped before anything was
 *   measured.
 */
export async function measureLayerRuns(
  model: MeasurableModel,
  options: SessionOptions,
  schedule: RunSchedule,
  { onRun, isStopped, folder }: JobWatch,
): Promise<LayerRuns> {
  const start = performance.now();
  const plain = new Turns(await MeasuredSession.open(model, options), onRun);
  const load = performance.now() - start;
  try {
    const firstRun = await plain.run();
    const residentBytes = Deno.memoryUsage().rss;
    const profiled = new Turns(await MeasuredSession.open(model, options, folder), onRun);
    const clock: number[] = [];
    try {
      await takeTurns(plain, profiled, schedule, clock, isStopped);
      profiled.session.endProfiling();
    } finally {
      await profiled.session.close();
    }
    const maxKernels = isStopped() ? MAX_KERNELS_STOPPED : Infinity;
    const { graph, runs } = await readRecording(model.label, profiled.runs.length, folder, maxKernels);
    const read = profiled.counted.filter((run) => run < runs.length);
    // A model that was stopped early has at least the runs that should have warmed it up.
    const counted = read.length > 0 ? read : runs.map((_, index) => index).slice(-1);
    return {
      kernels: addUpKernels(graph, counted.map((run) => runs[run])),
      profiled: counted.map((run) => profiled.runs[run]),
      plain: plain.counted.length > 0 ? plain.counted.map((run) => plain.runs[run]) : plain.runs.slice(-1),
      load,
      firstRun,
      clock,
      peakBytes: peakBytes(runs[0].kernels),
      residentBytes,
      stopped: plain.counted.length < schedule.runs && isStopped(),
    };
  } finally {
    await plain.session.close();
  }
}

/** A session with the times of all its runs, and which of them count. */
class Turns {
  readonly runs: number[] = [];
  readonly counted: number[] = [];

  constructor(readonly session: MeasuredSession, readonly onRun: () => void) {}

  async run(counts = false): Promise<number> {
    const milliseconds = await this.session.run();
    if (counts) this.counted.push(this.runs.length);
    this.runs.push(milliseconds);
    this.onRun();
    return milliseconds;
  }
}

async function takeTurns(
  plain: Turns,
  profiled: Turns,
  { runs, warmup, block, recordable, milliseconds }: RunSchedule,
  clock: number[],
  isStopped: () => boolean,
): Promise<void> {
  const start = performance.now();
  const rounds = Math.ceil(runs / block);
  const settles = block > 1;
  // Few recordable runs are spread over the rounds without settling.
  const perRound = Math.floor((recordable - 1) / rounds) - (settles ? 1 : 0);
  const profiledBlock = Math.min(block, Math.max(1, perRound));
  const canRecord = () => profiled.runs.length < recordable && !isStopped();
  for (let run = 0; run < warmup && !isStopped(); run++) {
    if (run > 0) await plain.run();
    if (recordable > warmup + 1) await profiled.run();
  }
  for (let round = 0; round < rounds && !isStopped(); round++) {
    if (round >= MIN_BLOCKS && performance.now() - start > milliseconds) break;
    clock.push(fixedCalculation());
    if (settles) await plain.run();
    const rest = runs - plain.counted.length;
    for (let run = 0; run < Math.min(block, rest) && !isStopped(); run++) await plain.run(true);
    if (settles && perRound >= 1 && canRecord()) await profiled.run();
    for (let run = 0; run < Math.min(profiledBlock, rest) && canRecord(); run++) await profiled.run(true);
  }
  // Whatever happened, there must be something to read.
  if (profiled.runs.length === 0) await profiled.run(true);
}

const STEPS = 200_000;

/** The milliseconds of a calculation that is always the same. */
function fixedCalculation(): number {
  const start = performance.now();
  let value = 1;
  for (let step = 0; step < STEPS; step++) value = (value * 1.0000001 + step) % 1e9;
  const milliseconds = performance.now() - start;
  // The result is used, so that nothing is left out.
  return value === 0 ? 0 : milliseconds;
}
