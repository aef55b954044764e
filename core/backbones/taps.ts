import type { Value } from "../graph/mod.ts";
import type { BlockValues } from "./inverted_residual.ts";

/** Features of a backbone by the names that its table declares, each `[N, C, h, w]`. */
export type Taps = Readonly<Record<string, Value>>;

/** The taps of one named block: `C4`, `C4.expand`, `C4.depthwise`. */
export function blockTaps(name: string, values: BlockValues): Taps {
  return {
    [name]: values.output,
    [`${name}.expand`]: values.expand,
    [`${name}.depthwise`]: values.depthwise,
  };
}

/**
 * Looks a tap up.
 *
 * @throws {RangeError} naming the taps there are.
 */
export function tap(taps: Taps, name: string): Value {
  const value = taps[name];
  if (!value) throw new RangeError(`no tap ${name}; there are ${Object.keys(taps).join(", ")}`);
  return value;
}
