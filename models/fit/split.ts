/** Which images are kept for validation. */
import { randomNumbers } from "../../core/random.ts";

/** Images of training and validation, by their place. */
export interface Split {
  readonly train: readonly number[];
  readonly val: readonly number[];
  /** The sequences that the names show. */
  readonly sequences: number;
  /** How many of them were divided: the end of each is for validation. */
  readonly divided: number;
}

/** So many files in a row make a sequence. */
const MIN_SEQUENCE = 3;

/**
 * Keeps a share of the images for validation. Frames of a video look alike, so sequences (names that differ in a number
 * which grows by the same step) are kept together; of a single sequence the end is taken.
 *
 * @param names of the images, without extension.
 * @param divide whether the end of every sequence is taken, so that both parts have images of each
 */
export function splitNames(names: readonly string[], share: number, seed: number, divide = false): Split {
  const random = randomNumbers(seed);
  const target = partOf(names.length, share);
  const groups = sequencesOf(names);
  const sequences = groups.filter(isLong).length;
  const val: number[] = [];
  if (divide || groups.length === 1) {
    const [runs, singles] = [groups.filter(isLong), groups.filter((group) => !isLong(group)).flat()];
    for (const run of runs) val.push(...run.slice(run.length - partOf(run.length, share)));
    if (singles.length > 1 || runs.length === 0) {
      val.push(...shuffled(singles, random).slice(0, partOf(singles.length, share)));
    }
    return { ...parts(names.length, val), sequences, divided: runs.length };
  }
  const order = shuffled(groups, random);
  for (const group of order) {
    if (val.length < target && val.length + group.length <= 1.5 * target) val.push(...group);
  }
  // Every group is much larger than what is wanted: the smallest is still a fairer test than neighbouring frames.
  if (val.length === 0) val.push(...groups.toSorted((a, b) => a.length - b.length)[0]);
  return { ...parts(names.length, val), sequences, divided: 0 };
}

/**
 * Keeps a share of the images of each class for validation, at least one where there are two, as {@linkcode splitNames}
 * does: names that are numbered within their class's folder are one sequence, all of which would be kept or none.
 *
 * @param classes of the images
 */
export function splitClasses(
  names: readonly string[],
  classes: readonly number[],
  share: number,
  seed: number,
): Split {
  const val: number[] = [];
  let [sequences, divided] = [0, 0];
  for (const places of Map.groupBy(names.keys(), (place) => classes[place]).values()) {
    if (places.length < 2) continue;
    const split = splitNames(places.map((place) => names[place]), share, seed);
    val.push(...split.val.map((at) => places[at]));
    sequences += split.sequences;
    divided += split.divided;
  }
  return { ...parts(names.length, val), sequences, divided };
}

/** How many of so many images are for validation: at least one, and not all. */
function partOf(count: number, share: number): number {
  return Math.min(count - 1, Math.max(1, Math.round(count * share)));
}

function isLong(group: readonly unknown[]): boolean {
  return group.length >= MIN_SEQUENCE;
}

function parts(count: number, val: readonly number[]): Pick<Split, "train" | "val"> {
  const kept = new Set(val);
  return {
    train: Array.from({ length: count }, (_, i) => i).filter((i) => !kept.has(i)),
    val: val.toSorted((a, b) => a - b),
  };
}

/** Sequences, and every other image by itself, as places. */
function sequencesOf(names: readonly string[]): number[][] {
  const byStem = new Map<string, { readonly at: number; readonly number: number }[]>();
  names.forEach((name, at) => {
    const match = name.match(/^(.*?)(\d{1,15})$/);
    const stem = match ? match[1] : name;
    const numbers = byStem.get(stem) ?? [];
    numbers.push({ at, number: match ? Number(match[2]) : at });
    byStem.set(stem, numbers);
  });
  return [...byStem.values()].flatMap((group) => {
    const sorted = group.toSorted((a, b) => a.number - b.number);
    const places = sorted.map(({ at }) => at);
    return isSequence(sorted.map(({ number }) => number)) ? [places] : places.map((place) => [place]);
  });
}

/** Whether most numbers follow each other at one step. */
function isSequence(numbers: readonly number[]): boolean {
  if (numbers.length < MIN_SEQUENCE) return false;
  const steps = new Map<number, number>();
  for (let i = 1; i < numbers.length; i++) {
    const step = numbers[i] - numbers[i - 1];
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  return Math.max(...steps.values()) > (numbers.length - 1) / 2;
}

/** The same in random order (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
