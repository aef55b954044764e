/** Which images are kept for validation. */
import { randomNumbers } from "../../core/random.ts";

/** Images of training and validation, by their place. */
export interface Split {
  readonly train: readonly number[];
  readonly val: readonly number[];
  /** The sequences that were kept together, where there are any. */
  readonly sequences: number;
}

/** So many files in a row make a sequence. */
const MIN_SEQUENCE = 3;

/**
 * Keeps a share of the images for validation. Frames of a video look alike, so sequences (names that differ in a number
 * which grows by the same step) are kept together; of a single sequence the end is taken.
 *
 * @param names of the images, without extension.
 */
export function splitNames(names: readonly string[], share: number, seed: number): Split {
  const random = randomNumbers(seed);
  const target = Math.min(names.length - 1, Math.max(1, Math.round(names.length * share)));
  const groups = sequencesOf(names);
  const sequences = groups.filter((group) => group.length >= MIN_SEQUENCE).length;
  if (groups.length === 1) {
    return { train: groups[0].slice(0, -target), val: groups[0].slice(-target), sequences };
  }
  const order = shuffled(groups, random);
  const val: number[] = [];
  for (const group of order) {
    if (val.length < target && val.length + group.length <= 1.5 * target) val.push(...group);
  }
  // Every group is much larger than what is wanted: the smallest is still a fairer test than neighbouring frames.
  if (val.length === 0) val.push(...groups.toSorted((a, b) => a.length - b.length)[0]);
  const kept = new Set(val);
  return {
    train: names.map((_, i) => i).filter((i) => !kept.has(i)),
    val: val.toSorted((a, b) => a - b),
    sequences,
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
