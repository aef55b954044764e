/**
 * Evolution of candidates for a latency: a population in which the oldest dies and the best of a few has a child.
 *
 * Real et al., "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019, algorithm 1; the reward is
 * MnasNet's (Tan et al., CVPR 2019, eq. 2).
 */
import { randomIntegers } from "../../core/random.ts";
import {
  type Candidate,
  candidateKey,
  crossed,
  mutated,
  randomCandidate,
  type Roll,
  type SearchSpace,
} from "./space.ts";

/** What is known of a candidate. */
export interface Judged {
  readonly candidate: Candidate;
  /** Predicted. */
  readonly milliseconds: number;
  /** What stands in for its accuracy. */
  readonly quality: number;
  readonly reward: number;
}

/** What is looked for, and how long. */
export interface EvolutionOptions extends RewardRule {
  readonly space: SearchSpace;
  readonly seed: number;
  /** Candidates that are judged in all. */
  readonly evaluations: number;
  /** @default {40} */
  readonly population?: number;
  /** A candidate's latency in milliseconds: asked for often. */
  readonly latency: (candidate: Candidate) => number;
  /** What stands in for a candidate's accuracy; asked for once for each that is judged. */
  readonly quality: (candidate: Candidate) => Promise<number>;
  /** Asked before each: whether to return what there is. */
  readonly isStopped?: () => boolean;
  readonly onJudged?: (judged: Judged, count: number) => void;
}

const POPULATION = 40;

/** So many of the population are looked at for a parent. */
const TOURNAMENT = 8;

/** One child in so many has two parents. */
const CROSSED = 4;

/** One child in so many is changed in two places: some steps leave the window one by one. */
const TWICE = 3;

/** Only candidates whose latency is so much of the target are judged: others are not what was asked for. */
const WINDOW = [0.75, 1.25] as const;

/** Tries to draw a new candidate in the window, before the nearest is taken. */
const DRAWS = 300;

/**
 * Judges candidates until there are enough or it is stopped. The same options give the same candidates in the same order,
 * whether it runs through or a part of the answers is remembered.
 *
 * @returns all that were judged, in order; fewer than asked for where the space has no more.
 */
export async function evolve(options: EvolutionOptions): Promise<Judged[]> {
  const { space, seed, target, evaluations, population: size = POPULATION } = options;
  const { latency, quality, isStopped = () => false, onJudged } = options;
  const roll = randomIntegers(seed);
  const judged: Judged[] = [];
  const seen = new Set<string>();
  const population: Judged[] = [];
  while (judged.length < evaluations && !isStopped()) {
    const propose = () =>
      population.length < size ? randomCandidate(space, roll) : childOf(space, population, roll);
    const drawn = draw(propose, seen, latency, target);
    if (drawn === undefined) break;
    const { candidate, milliseconds } = drawn;
    seen.add(candidateKey(candidate));
    const worth = await quality(candidate);
    const result: Judged = {
      candidate,
      milliseconds,
      quality: worth,
      reward: rewardOf(worth, milliseconds, options),
    };
    judged.push(result);
    population.push(result);
    if (population.length > size) population.shift();
    onJudged?.(result, judged.length);
  }
  return judged;
}

/** How latency counts beside quality. */
export interface RewardRule {
  /** The latency that is aimed at, in milliseconds. */
  readonly target: number;
  /** The power w of LAT / TAR: −0.07 in MnasNet and MobileNetV3-Large, −0.15 in MobileNetV3-Small. */
  readonly exponent: number;
  /**
   * `soft` counts every latency; `hard` nothing up to the target, and LAT / TAR itself above it (MnasNet's figure 4:
   * α = 0, β = −1). @default {"soft"}
   */
  readonly constraint?: "soft" | "hard";
}

/**
 * MnasNet's reward, ACC · (LAT / TAR)^w; a quality below 0 counts as 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { rewardOf } from "./evolve.ts";
 * const soft = { target: 4, exponent: -0.07 };
 * assert.equal(rewardOf(75, 4, soft), 75);
 * // Twice as slow is worth 5 % more accuracy.
 * assert.ok(Math.abs(rewardOf(75 * 1.05, 8, soft) / 75 - 1) < 0.001);
 * assert.equal(rewardOf(75, 3, { ...soft, constraint: "hard" }), 75);
 * assert.equal(rewardOf(75, 8, { ...soft, constraint: "hard" }), 37.5);
 * ```
 */
export function rewardOf(
  quality: number,
  milliseconds: number,
  { target, exponent, constraint = "soft" }: RewardRule,
): number {
  const ratio = milliseconds / target;
  const factor = constraint === "soft" ? ratio ** exponent : 1 / Math.max(1, ratio);
  return Math.max(0, quality) * factor;
}

/**
 * Those that no other beats in both latency and quality, by ascending latency.
 *
 * @param milliseconds of an item. @param quality of an item.
 */
export function paretoFront<Item>(
  items: readonly Item[],
  milliseconds: (item: Item) => number,
  quality: (item: Item) => number,
): Item[] {
  let best = -Infinity;
  return items
    .toSorted((left, right) => milliseconds(left) - milliseconds(right) || quality(right) - quality(left))
    .filter((item) => {
      const isBetter = quality(item) > best;
      if (isBetter) best = quality(item);
      return isBetter;
    });
}

function childOf(space: SearchSpace, population: readonly Judged[], roll: Roll): Candidate {
  const parent = tournament(population, roll);
  const child = roll(CROSSED) === 0
    ? crossed(parent.candidate, tournament(population, roll).candidate, roll)
    : parent.candidate;
  const changed = mutated(space, child, roll);
  return roll(TWICE) === 0 ? mutated(space, changed, roll) : changed;
}

function tournament(population: readonly Judged[], roll: Roll): Judged {
  let best = population[roll(population.length)];
  for (let k = 1; k < TOURNAMENT; k++) {
    const other = population[roll(population.length)];
    if (other.reward > best.reward) best = other;
  }
  return best;
}

/** A candidate that is new, and if possible in the window. */
function draw(
  propose: () => Candidate,
  seen: ReadonlySet<string>,
  latency: (candidate: Candidate) => number,
  target: number,
): { readonly candidate: Candidate; readonly milliseconds: number } | undefined {
  let nearest: { candidate: Candidate; milliseconds: number; distance: number } | undefined;
  for (let attempt = 0; attempt < DRAWS; attempt++) {
    const candidate = propose();
    if (seen.has(candidateKey(candidate))) continue;
    const milliseconds = latency(candidate);
    const ratio = milliseconds / target;
    if (ratio >= WINDOW[0] && ratio <= WINDOW[1]) return { candidate, milliseconds };
    const distance = Math.abs(Math.log(ratio));
    if (nearest === undefined || distance < nearest.distance) nearest = { candidate, milliseconds, distance };
  }
  return nearest;
}
