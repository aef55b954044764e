/** Measuring contenders in turns, so that all meet the same load of the machine. */
import { output } from "./scratch.ts";

/** Something that does a piece of work in a process of its own and ends with a line of JSON. */
export interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Reads what it prints, where that is something else. */
  readonly report?: (printed: string) => Reported;
}

/** The last line that a contender prints. */
export interface Reported {
  /** Seconds of each measured part, by name. */
  readonly seconds: Readonly<Record<string, number>>;
  /** The most memory that was resident, in megabytes. */
  readonly memory?: number;
  /** Name and version of what ran. */
  readonly versions?: Readonly<Record<string, string>>;
  /** What it found, in short: contenders that did the same work agree. */
  readonly found?: number;
}

/** One run. */
export interface Run extends Reported {
  /** Seconds of the whole process. */
  readonly whole: number;
}

/** All runs of one contender. */
export interface Measured {
  readonly name: string;
  readonly runs: readonly Run[];
}

/** Runs every contender once in each round. */
export async function measureInTurns(contenders: readonly Contender[], rounds: number): Promise<Measured[]> {
  const runs: Run[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      runs[index].push(await run(contender));
      console.error(`  round ${round + 1}: ${contender.name} ${runs[index].at(-1)!.whole.toFixed(1)} s`);
    }
  }
  return contenders.map(({ name }, index) => ({ name, runs: runs[index] }));
}

async function run({ command, args, env, report = readLastLine }: Contender): Promise<Run> {
  const start = performance.now();
  const printed = await output(command, args, { env });
  const whole = (performance.now() - start) / 1000;
  return { ...report(printed), whole };
}

function readLastLine(printed: string): Reported {
  return JSON.parse(printed.trimEnd().split("\n").at(-1)!);
}

/** A median with the distance between the quartiles, the noise of a measurement. */
export interface Spread {
  readonly median: number;
  readonly range: number;
}

/** The middle of several values. */
export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), range: quantile(values, 0.75) - quantile(values, 0.25) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  return sorted[low] + (place - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}
