/** Taps: the features of a backbone that heads take, by name. */
import type { Value } from "../graph/mod.ts";
import type { BlockValues } from "./inverted_residual.ts";

/** Features of a backbone by the names in its table, each `[N, C, h, w]`. */
export type Taps = Readonly<Record<string, Value>>;

/** The taps of a table row that stands for several blocks. */
export interface RowTaps {
  /** The name of the row's first block: the first at its stride. */
  readonly first?: "C1" | "C2" | "C3" | "C4";
  /** The name of the row's last block: the last at its stride. */
  readonly last?: "C2.end" | "C3.end" | "C4.end";
}

/** The taps of the block at `index` of a row of `repeats` blocks. */
export function rowTaps(taps: RowTaps | undefined, index: number, repeats: number): string[] {
  const names = [index === 0 ? taps?.first : undefined, index === repeats - 1 ? taps?.last : undefined];
  return names.filter((name) => name !== undefined);
}

/** The taps of one named block: `C4`, `C4.expand`, `C4.depthwise`. */
export function blockTaps(name: string, values: BlockValues): Taps {
  return {
    [name]: values.output,
    [`${name}.expand`]: values.expand,
    [`${name}.depthwise`]: values.depthwise,
  };
}

/**
 * Looks up a tap.
 *
 * @throws {RangeError} if there is none of that name, listing those there are
 */
export function tap(taps: Taps, name: string): Value {
  const value = taps[name];
  if (!value) throw new RangeError(`unknown tap ${name}; known taps: ${Object.keys(taps).join(", ")}`);
  return value;
}
