/**
 * Flags that take a number.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";

/**
 * The number that a text is: `0.5`, `.5`, `5.` or `5e-1`; NaN for anything else, also for what has a sign.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseDecimal } from "./number.ts";
 * assert.deepEqual([".5", "5.", "5e-1", "1e+2"].map(parseDecimal), [0.5, 5, 0.5, 100]);
 * assert.deepEqual(["", ".", "-1", "0x10", "1,5", "Infinity"].map(parseDecimal), Array(6).fill(NaN));
 * ```
 */
export function parseDecimal(text: string): number {
  return /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : NaN;
}

/**
 * A whole number from `min` to `max`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseCount(text: string, min = 1, max: number = Number.MAX_SAFE_INTEGER): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw usageError(`expected a whole number ${range}`);
  }
  return value;
}

/**
 * A number from 0 to 1, such as a score or an opacity.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseFraction(text: string): number {
  const value = parseDecimal(text);
  if (!(value >= 0 && value <= 1)) throw usageError("expected a number from 0 to 1, such as 0.5");
  return value;
}

/** A flag for a whole number that may be left out. */
export function countFlag(brief: string, { min = 1, max, placeholder = "N" }: CountOptions = {}) {
  return {
    kind: "parsed",
    parse: (text: string): number => parseCount(text, min, max),
    optional: true,
    placeholder,
    brief,
  } as const;
}

/** A flag for a whole number with a default. */
export function countFlagWithDefault(brief: string, value: number, options: CountOptions = {}) {
  const { optional: _, ...flag } = countFlag(brief, options);
  return { ...flag, default: String(value) } as const;
}

/** A flag for a number from 0 to 1 that may be left out. */
export function fractionFlag(brief: string) {
  return { kind: "parsed", parse: parseFraction, optional: true, placeholder: "0..1", brief } as const;
}

/** A flag for a number from 0 to 1 with a default. */
export function fractionFlagWithDefault(brief: string, value: number) {
  return {
    kind: "parsed",
    parse: parseFraction,
    default: String(value),
    placeholder: "0..1",
    brief,
  } as const;
}

/** The bounds of a whole number and its name in help. */
export interface CountOptions {
  /** @default {1} */
  readonly min?: number;
  readonly max?: number;
  readonly placeholder?: string;
}
