/** Numbers of eight bits: what each stands for. */

/** How a number of eight bits is read: `(q − zeroPoint) · scale`. */
export interface Scale {
  readonly scale: number;
  /** 0…255. */
  readonly zeroPoint: number;
}

/** The smallest and the largest value that a tensor takes, or is given room for. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A range without extent gets this scale: it holds nothing but zeros. */
const MIN_SCALE = 1e-8;

/**
 * The scale of a range. Zero is a number of its own, since padding is zeros; a range from 0 gets the zero point 0, so that
 * what is negative saturates to 0 as ReLU wants it.
 */
export function scaleOf({ min, max }: Range): Scale {
  const [low, high] = [Math.min(0, min), Math.max(0, max)];
  const scale = Math.fround(Math.max((high - low) / 255, MIN_SCALE));
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

/** What eight bits make of a value. */
export function rounded(value: number, { scale, zeroPoint }: Scale): number {
  const q = Math.min(255, Math.max(0, Math.round(value / scale) + zeroPoint));
  return (q - zeroPoint) * scale;
}

/**
 * A pre-activation read with this scale and saturated to eight bits is 254 times its hard sigmoid,
 * max(0, min(6, x + 3)) / 6, when it is read with {@linkcode GATE}.
 */
export const HARD_SIGMOID: Scale = { scale: Math.fround(6 / 254), zeroPoint: 127 };

/** How a gate is read. */
export const GATE: Scale = { scale: Math.fround(1 / 254), zeroPoint: 0 };
