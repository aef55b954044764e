/** `--oks-sigmas`. */
import { usageError } from "../../../../core/errors.ts";

/** How far each keypoint may be off; in an object, since a list of a flag's values has each value once. */
export interface SigmasFlag {
  readonly sigmas: readonly number[];
}

/**
 * Reads `0.026,0.025,0.025`.
 *
 * @throws {BneckError} (usage) It is something else.
 */
export function parseSigmas(text: string): SigmasFlag {
  const sigmas = text.split(",").map((sigma) =>
    /^\d*\.?\d+(e-?\d+)?$/i.test(sigma.trim()) ? Number(sigma) : NaN
  );
  if (!sigmas.every((sigma) => sigma > 0 && sigma < Infinity)) {
    throw usageError("expected numbers above 0, one of each keypoint, as in 0.026,0.025,0.025");
  }
  return { sigmas };
}
