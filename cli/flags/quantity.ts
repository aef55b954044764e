/**
 * Flags that take a number with its unit: `--memory 800M`, `--time-limit 10m`.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { parseDecimal } from "./number.ts";

const BYTES: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Reads `800M` or `1.5G`, in bytes.
 *
 * @throws {BneckError} (usage) for anything else.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseMemory } from "./quantity.ts";
 * assert.equal(parseMemory("800M"), 800 * 2 ** 20);
 * assert.equal(parseMemory("1.5g"), 1.5 * 2 ** 30);
 * ```
 */
export function parseMemory(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([MGT])i?B?$/i.exec(text) ?? [];
  const bytes = Number(number) * BYTES[unit.toUpperCase()];
  if (!(bytes >= 1)) throw usageError("expected an amount of memory, such as 800M or 2G");
  return Math.floor(bytes);
}

/** A `--memory` flag that may be left out. */
export const memoryFlag = {
  kind: "parsed",
  parse: parseMemory,
  optional: true,
  placeholder: "SIZE",
  brief:
    "memory for the images worked on at a time, such as 800M or 2G; large ones wait for each other, and those that " +
    "need more are refused (default: half of what the machine or container has available)",
} as const;

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

const MAX_SECONDS = 30 * 24 * SECONDS.h;

/**
 * A time such as `90s`, `10m` or `1.5h`, in seconds; a plain number is seconds.
 *
 * @throws {BneckError} (usage) for anything else, and for more than 30 days.
 */
export function parseDuration(text: string): number {
  const [, number, unit = "s"] = /^(.*?)\s*([smh])?$/.exec(text.trim()) ?? [];
  const seconds = parseDecimal(number ?? "") * SECONDS[unit as keyof typeof SECONDS];
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) throw usageError("expected a time such as 90s, 10m or 1.5h");
  return seconds;
}

/** A limit on the time that a command takes, in seconds. */
export function timeLimitFlag(brief: string) {
  return { kind: "parsed", parse: parseDuration, optional: true, placeholder: "TIME", brief } as const;
}
