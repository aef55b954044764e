/** Timing networks in turns, so that what slows the machine slows all of them. */
import { cpuUsage } from "node:process";
import { median, quartiles } from "../../../core/profile/statistics.ts";

/** Two clocks, in milliseconds. */
export interface Clocks {
  readonly wall: () => number;
  /** The time that this process has had the processor. */
  readonly processor: () => number;
}

const CLOCKS: Clocks = {
  wall: () => performance.now(),
  processor: () => {
    const { user, system } = cpuUsage();
    return (user + system) / 1000;
  },
};

/** Rounds in which each has a turn, and runs of a turn. */
const ROUNDS = 8;
const RUNS = 6;

/** Ratios whose middle half varies by more than this part are measured for as many rounds again, so often at most. */
const UNSTEADY = 0.03;
const MAX_REPEATS = 3;

/**
 * Times of runs, in milliseconds: a block of each in turns, after one run that warms the caches. The first one's is that
 * of its fastest run, since other programs can only make a run slower. Those of the others follow from the median ratio of
 * blocks that were run one after the other: on one thread of the processor's time, which does not pass while other
 * programs have the processor. Where these ratios disagree there are more rounds.
 */
export async function timeInTurns(
  runs: readonly (() => Promise<unknown>)[],
  threads: number,
  clocks: Clocks = CLOCKS,
): Promise<number[]> {
  const clock = threads === 1 ? clocks.processor : clocks.wall;
  const ratios: number[][] = runs.map(() => []);
  let fastest = Infinity;
  for (let repeat = 0; repeat === 0 || repeat <= MAX_REPEATS && ratios.some(isUnsteady); repeat++) {
    for (let round = 0; round < ROUNDS; round++) {
      const blocks: number[] = [];
      for (const [index, run] of runs.entries()) {
        await run();
        const start = clock();
        for (let i = 0; i < RUNS; i++) {
          const begin = clocks.wall();
          await run();
          if (index === 0) fastest = Math.min(fastest, clocks.wall() - begin);
        }
        blocks.push(clock() - start);
      }
      blocks.forEach((time, index) => ratios[index].push(time / blocks[0]));
    }
  }
  return ratios.map((each) => fastest * median(each));
}

function isUnsteady(ratios: readonly number[]): boolean {
  const [lower, upper] = quartiles(ratios);
  // The median of n values varies by about a root of n less than they do.
  return upper - lower > UNSTEADY * median(ratios) * Math.sqrt(ratios.length / ROUNDS);
}
