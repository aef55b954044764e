/** Two subjects side by side, layer by layer or block by block. */
import type { Latency } from "./measuring/latency.ts";
import { rowBlocks } from "./group.ts";
import { groupMatches, type LayerMatch, matchLayers } from "./match_layers.ts";
import { countRuns, type ProfileOptions, scheduleLayerRuns, totalRuns } from "./measuring/run_plan.ts";
import { median, type MedianInterval, medianInterval } from "./statistics.ts";
import type { Subject } from "./subject.ts";

/** Times of both sides and their ratio. */
export interface PairedTimes {
  /** Medians over the rounds; absent where a side has no such layer. */
  readonly milliseconds: readonly [left: number | undefined, right: number | undefined];
  /** The second's time divided by the first's: the median over the rounds, with its confidence interval. */
  readonly ratio?: MedianInterval;
  /** What the rounds show beyond chance, and beyond what does not matter. */
  readonly verdict: "slower" | "faster" | "no difference" | "only first" | "only second";
}

/** A layer or block of two subjects. */
export interface PairedRow extends PairedTimes {
  readonly name: string;
  readonly operator: string;
  readonly madds: readonly [left: number | undefined, right: number | undefined];
}

/** Two subjects, layer by layer. */
export interface LayerComparison {
  readonly subjects: readonly [Subject, Subject];
  readonly rounds: number;
  readonly rows: readonly PairedRow[];
  readonly total: PairedTimes;
  readonly stopped: boolean;
}

/** As many rounds show a difference of one layer with 99 % confidence. */
const ROUNDS = 9;

/** Each session lies elsewhere in memory, which makes layers faster or slower by a few percent. */
const MIN_DIFFERENCE = { layer: 0.05, total: 0.015 };

/** Differences of fewer milliseconds are those of the clock. */
const MIN_MILLISECONDS = 0.002;

/**
 * Measures two subjects in turns, each round with fresh sessions, and compares what corresponds.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot run one; the reason of `signal` when it is aborted
 *   before a round was done.
 */
export async function compareLayers(
  subjects: readonly [Subject, Subject],
  by: "layer" | "block",
  options: ProfileOptions = {},
): Promise<LayerComparison> {
  const { threads, signal } = options;
  const schedules = subjects.map((subject) => {
    const { runs, ...schedule } = scheduleLayerRuns(subject, options);
    return { ...schedule, runs: Math.max(5, Math.ceil(runs / ROUNDS)), warmup: 2 };
  });
  const onRun = countRuns(
    options,
    ROUNDS * schedules.reduce((sum, schedule) => sum + totalRuns(schedule), 0),
  );
  const rounds: [Latency, Latency][] = [];
  for (let round = 0; round < ROUNDS && !signal?.aborted; round++) {
    const pair: Latency[] = [];
    // Neither is always the first of a round.
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      pair[side] = await subjects[side].measure({ ...schedules[side], threads, signal, onRun });
      if (pair[side].stopped) break;
    }
    if (pair[0] && pair[1] && !signal?.aborted) rounds.push([pair[0], pair[1]]);
  }
  if (rounds.length === 0) signal?.throwIfAborted();
  return { ...joinRounds(subjects, rounds, by), stopped: rounds.length < ROUNDS };
}

/** Compares rounds that were measured. */
export function joinRounds(
  subjects: readonly [Subject, Subject],
  rounds: readonly (readonly [Latency, Latency])[],
  by: "layer" | "block",
): Omit<LayerComparison, "stopped"> {
  const [left, right] = subjects.map(({ costs }) => costs.rows);
  const matches = matchLayers(left, right);
  const chosen = by === "block" ? groupMatches(matches, rowBlocks(left)) : matches;
  const rows = chosen.map((match): PairedRow => ({
    name: match.name,
    operator: (match.left.length > 0 ? left[match.left[0]] : right[match.right[0]]).operator,
    madds: [sumOf(match.left, (row) => left[row].madds), sumOf(match.right, (row) => right[row].madds)],
    ...pairedTimes(rounds, match),
  })).filter(({ milliseconds: [first = 0, second = 0] }) => first > 0 || second > 0);
  const totals = rounds.map((pair) =>
    pair.map(({ milliseconds, disturbance }) => milliseconds / disturbance)
  );
  return { subjects, rounds: rounds.length, rows, total: compareTimes(totals, MIN_DIFFERENCE.total) };
}

function pairedTimes(rounds: readonly (readonly [Latency, Latency])[], match: LayerMatch): PairedTimes {
  const time = ({ rows, disturbance }: Latency, places: readonly number[]) =>
    sumOf(places, (row) => (rows[row].milliseconds + rows[row].layoutMilliseconds) / disturbance);
  return compareTimes(
    rounds.map(([left, right]) => [time(left, match.left), time(right, match.right)]),
    MIN_DIFFERENCE.layer,
  );
}

function compareTimes(
  rounds: readonly (readonly (number | undefined)[])[],
  minDifference: number,
): PairedTimes {
  const side = (at: number) => {
    const times = rounds.map((pair) => pair[at]).filter((time) => time !== undefined);
    return times.length > 0 ? median(times) : undefined;
  };
  const [first, second] = [side(0), side(1)];
  if (first === undefined || second === undefined) {
    return { milliseconds: [first, second], verdict: first === undefined ? "only second" : "only first" };
  }
  if (first === 0 || second === 0) return { milliseconds: [first, second], verdict: "no difference" };
  const ratio = medianInterval(rounds.flatMap(([left, right]) => left && right ? [right / left] : []));
  const matters = Math.abs(ratio.median - 1) > minDifference && Math.abs(second - first) > MIN_MILLISECONDS;
  const verdict = matters && ratio.low > 1
    ? "slower"
    : matters && ratio.high < 1
    ? "faster"
    : "no difference";
  return { milliseconds: [first, second], ratio, verdict };
}

function sumOf(places: readonly number[], value: (place: number) => number | undefined): number | undefined {
  return places.length > 0 ? places.reduce((sum, place) => sum + (value(place) ?? 0), 0) : undefined;
}
