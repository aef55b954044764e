/**
 * `--memory`: how much of it a command may use for images.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";

const UNITS: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Reads `800M` or `1.5G`, in bytes.
 *
 * @throws {BneckError} (usage) for anything else.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseMemory } from "./memory.ts";
 * assert.equal(parseMemory("800M"), 800 * 2 ** 20);
 * assert.equal(parseMemory("1.5g"), 1.5 * 2 ** 30);
 * ```
 */
export function parseMemory(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([MGT])i?B?$/i.exec(text) ?? [];
  const bytes = Number(number) * UNITS[unit.toUpperCase()];
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
