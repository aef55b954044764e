/** The flags of `bneck search`. */
import { usageError } from "../../../core/errors.ts";
import { parseDecimal } from "../../flags/mod.ts";
import type { SearchSpaceName } from "../../../models/search/space.ts";
import type { StandInName } from "../../../models/search/stand_in.ts";
import type { ImageSize } from "../../flags/mod.ts";

/** What the command line asks for. */
export interface SearchFlags {
  readonly space: SearchSpaceName;
  readonly latency: number;
  readonly out: string;
  readonly size: ImageSize;
  readonly score: StandInName;
  readonly exponent: number;
  readonly hard: boolean;
  readonly seed: number;
  readonly evaluations: number;
  /** In seconds. */
  readonly timeLimit?: number;
  readonly threads: number;
  readonly report?: string;
  readonly overwrite: boolean;
  readonly wide: boolean;
  readonly json: boolean;
}

/** The spaces, without loading what searches them. */
export const SPACE_NAMES = ["mobilenetv3"] as const satisfies readonly SearchSpaceName[];

/** What may stand in for accuracy. */
export const SCORE_NAMES = ["naswot", "zen", "both", "madds"] as const satisfies readonly StandInName[];

/** The largest side of images in a search: every network of the space must fit into memory. */
const MAX_SIDE = 1024;

/** The smallest: five strides of 2. */
const MIN_SIDE = 32;

/** In milliseconds. */
const MAX_LATENCY = 10_000;

/**
 * Milliseconds, such as `4.0`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseLatency(text: string): number {
  const milliseconds = parseDecimal(text);
  if (!(milliseconds > 0 && milliseconds <= MAX_LATENCY)) {
    throw usageError(`expected milliseconds above 0 and at most ${MAX_LATENCY}, such as 4.0`);
  }
  return milliseconds;
}

/**
 * The power w of the reward, such as `-0.07`; the sign may be left out, since it can only be negative.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseExponent(text: string): number {
  const size = /^[-−]?\d*\.?\d+$/.test(text.trim()) ? Number(text.trim().replace(/^[-−]/, "")) : NaN;
  if (!(size >= 0 && size <= 2)) throw usageError("expected an exponent from -2 to 0, such as -0.07");
  return -size;
}

/**
 * Checks what single flags cannot know.
 *
 * @throws {BneckError} (usage) for a size that the space does not take.
 */
export function checkSize({ height, width }: ImageSize): void {
  const wrong = [height, width].find((side) => side < MIN_SIDE || side > MAX_SIDE);
  if (wrong !== undefined) {
    throw usageError(`--size: a side must have ${MIN_SIDE} to ${MAX_SIDE} pixels here, not ${wrong}`);
  }
}
