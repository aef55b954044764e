/** The limits that `bneck quantize` takes. */
import { usageError } from "../../../core/errors.ts";

/** How much of a metric may be lost. */
export interface Drop {
  readonly metric: string;
  readonly most: number;
}

/**
 * Reads `AP=0.01`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseDrop(text: string): Drop {
  const match = /^\s*([A-Za-z]\w*)\s*=\s*(\d*\.?\d+)\s*$/.exec(text);
  if (!match || Number(match[2]) > 1) {
    throw usageError("expected METRIC=NUMBER with a number between 0 and 1, such as AP=0.01");
  }
  return { metric: match[1], most: Number(match[2]) };
}

/**
 * Reads a share between 0 and 1.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseShare(text: string): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(value >= 0 && value <= 1)) throw usageError("expected a number between 0 and 1, such as 0.02");
  return value;
}

/**
 * Reads a factor of 0.1 to 100.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseSpeedup(text: string): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(value >= 0.1 && value <= 100)) throw usageError("expected a factor such as 1.2");
  return value;
}
