/** One of `--area-ranges`. */
import { usageError } from "../../../../core/errors.ts";
import type { AreaRangeFlag } from "./flags.ts";

const FORM = /^([^=]+)=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)?$/;

/**
 * Reads `tiny=0..256` or, without an end, `huge=90000..`.
 *
 * @throws {BneckError} (usage) It is something else.
 */
export function parseAreaRange(text: string): AreaRangeFlag {
  const [, label, min, max] = FORM.exec(text.trim()) ?? [];
  if (label === undefined) throw usageError(`expected NAME=MIN..MAX, as in tiny=0..256, got ${text}`);
  return { label: label.trim(), min: Number(min), ...max !== undefined && { max: Number(max) } };
}
