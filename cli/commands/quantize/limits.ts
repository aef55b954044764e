/** The limits that `bneck quantize` takes. */
import { usageError } from "../../../core/errors.ts";
import { parseDecimal } from "../../flags/mod.ts";

/** How much of a metric may be lost. */
export interface Drop {
  readonly metric: string;
  readonly max: number;
}

/**
 * Reads `AP=0.01`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseDrop(text: string): Drop {
  const match = /^\s*([A-Za-z]\w*)\s*=(.*)$/.exec(text);
  const max = parseDecimal(match?.[2] ?? "");
  if (!match || !(max <= 1)) {
    throw usageError("expected METRIC=NUMBER with a number between 0 and 1, such as AP=0.01");
  }
  return { metric: match[1], max };
}

/**
 * Reads a factor of 0.1 to 100.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseSpeedup(text: string): number {
  const value = parseDecimal(text);
  if (!(value >= 0.1 && value <= 100)) throw usageError("expected a factor such as 1.2");
  return value;
}
