/** What the tests of exporters' files have in common. */
import { type Answers } from "../../../models/adopt/mod.ts";
import { type ForeignOutput, type ForeignParts } from "./foreign_model.ts";

/** Rows of numbers, the first of them given, the rest of zeros. */
export function rows(count: number, ...first: readonly (readonly number[])[]): number[] {
  const length = first[0].length;
  return [...first.flat(), ...new Array<number>((count - first.length) * length).fill(0)];
}

/** A row as long as `length` with some numbers in it. */
export function row(length: number, numbers: Readonly<Record<number, number>>): number[] {
  return Array.from({ length }, (_, at) => numbers[at] ?? 0);
}

export const floats = (name: string, shape: readonly number[], values: readonly number[]): ForeignOutput => ({
  name,
  shape,
  values,
});

export const integers = (
  name: string,
  shape: readonly number[],
  values: readonly number[],
): ForeignOutput => ({
  name,
  shape,
  values,
  elementType: "int64",
});

export const CAT_AND_DOG = { labels: ["cat", "dog"] };

export interface Case extends ForeignParts {
  readonly answers?: Answers;
  readonly boxes?: readonly (readonly number[])[];
  readonly classes?: readonly string[];
}
