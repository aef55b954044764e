/** Timing networks in turns, so that what slows the machine slows all of them. */
import { median, quartiles } from "../../../core/profile/statistics.ts";
import { processorTime } from "../../latency/mod.ts";

/** A network that is ready to run. */
export interface Runner {
  run(): Promise<unknown>;
  close(): Promise<void>;
}

/** Two clocks, in milliseconds. */
export interface Clocks {
  readonly wall: () => number;
  /** The time that this process has had the processor. */
  readonly processor: () => number;
}

const CLOCKS: Clocks = { wall: () => performance.now(), processor: processorTime };

/** How networks are timed. */
export interface TurnOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** @default {the machine's} */
  readonly clocks?: Clocks;
}

/** Rounds in which each has a turn, and runs of a turn. */
const ROUNDS = 4;
const RUNS = 6;

/** How often all are opened anew, and how often at most where ratios disagree by more than a part of themselves. */
const ATTEMPTS = 3;
const MAX_ATTEMPTS = 7;
const UNSTEADY = 0.03;

/**
 * Times of networks, in milliseconds. The first one's is that of its fastest run, since other programs can only make a run
 * slower. Those of the others follow from the ratio of the median times of runs in turns: on one thread of the processor's
 * time, which does not pass while other programs have the processor.
 *
 * Each attempt opens all networks anew, since one network may be 5 % slower by where its memory lies; the median ratio of
 * the attempts counts. Where they disagree there are more.
 *
 * @throws the reason of `signal` once it is aborted.
 */
export async function timeInTurns(
  openers: readonly (() => Promise<Runner>)[],
  { threads, signal, clocks = CLOCKS }: TurnOptions,
): Promise<number[]> {
  const clock = threads === 1 ? clocks.processor : clocks.wall;
  const ratios: number[][] = openers.map(() => []);
  let fastest = Infinity;
  const isEnough = (attempts: number) =>
    attempts >= MAX_ATTEMPTS || attempts >= ATTEMPTS && !ratios.some(isUnsteady);
  for (let attempt = 0; !isEnough(attempt); attempt++) {
    const times: number[][] = openers.map(() => []);
    await withAll(openers, attempt % 2 === 1, async (runners) => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const [index, runner] of runners.entries()) {
          signal?.throwIfAborted();
          // It brings the weights into the caches.
          await runner.run();
          for (let i = 0; i < RUNS; i++) {
            const [start, begin] = [clock(), clocks.wall()];
            await runner.run();
            if (index === 0) fastest = Math.min(fastest, clocks.wall() - begin);
            times[index].push(clock() - start);
          }
        }
      }
    });
    const first = median(times[0]);
    times.forEach((own, index) => ratios[index].push(median(own) / first));
  }
  return ratios.map((each) => fastest * median(each));
}

function isUnsteady(ratios: readonly number[]): boolean {
  const [lower, upper] = quartiles(ratios);
  return upper - lower > UNSTEADY * median(ratios);
}

/** Opens all, the last first if `reversed`, and closes them. */
async function withAll(
  openers: readonly (() => Promise<Runner>)[],
  reversed: boolean,
  use: (runners: readonly Runner[]) => Promise<void>,
): Promise<void> {
  const opened: Runner[] = [];
  try {
    for (const open of reversed ? openers.toReversed() : openers) opened.push(await open());
    await use(reversed ? opened.toReversed() : opened);
  } finally {
    for (const runner of opened) await runner.close();
  }
}
