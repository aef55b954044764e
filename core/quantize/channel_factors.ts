/**
 * Factors of channels: how much larger a channel's values are than its bytes say. With one scale for a whole map, channels
 * of small values would get few of its 256 levels. A convolution that writes a map divides by the factors and those that read
 * it multiply by them, so they cost nothing; for an h-swish in between, which is not linear, its gate is read with them.
 */
import { isDepthwise } from "./channels.ts";
import type { TensorObserver } from "./observer.ts";
import type { Scale } from "./scale.ts";
import type { Unit, UnitGraph } from "./units.ts";

/** The factors of a tensor's channels, and the scale with which a convolution writes it. */
export interface ChannelFactors {
  /** At most 1 each. */
  readonly factors: Float32Array;
  /** Of the values divided by the factors; of an h-swish those before it. */
  readonly scale: Scale;
}

/** Factors are whole parts of this, so that bytes can be multiplied by them. */
export const FACTOR_UNIT = 255;

/** Levels below zero that are tried for an h-swish. */
const NEGATIVE_LEVELS = [24, 32, 40, 48, 56, 64, 80, 96, 112, 128];

/** Into how many values the bins of an observer are divided. */
const PIECES = 3;

/** Steps that are tried, each so much larger than the one before. */
const GROWTH = 2 ** 0.125;

/**
 * Chooses the factors of what a convolution writes, channel by channel: a step at which rounding and saturation together do
 * the least harm.
 *
 * @param observer of the values before the activation of an h-swish, after that of a ReLU
 */
export function channelFactors(observer: TensorObserver, activation: "relu" | "h-swish"): ChannelFactors {
  const splits = activation === "relu" ? [0] : NEGATIVE_LEVELS;
  let best: { steps: Float64Array; negative: number } | undefined;
  let smallest = Infinity;
  for (const negative of splits) {
    const steps = new Float64Array(observer.channels);
    let sum = 0;
    for (let channel = 0; channel < observer.channels; channel++) {
      const { step, error } = bestStep(observer, channel, negative, activation);
      steps[channel] = step;
      sum += error;
    }
    if (sum < smallest) [smallest, best] = [sum, { steps, negative }];
  }
  const { steps, negative } = best!;
  const largest = steps.reduce((max, step) => Math.max(max, step), 0) || 1;
  const factors = Float32Array.from(steps, (step) => {
    const share = (step || largest) / largest;
    return Math.max(1, Math.ceil(share * FACTOR_UNIT - 1e-9)) / FACTOR_UNIT;
  });
  return { factors, scale: { scale: Math.fround(largest), zeroPoint: negative } };
}

/** The step of a channel with the smallest error; 0 for a channel that is always zero. */
function bestStep(
  observer: TensorObserver,
  channel: number,
  negative: number,
  activation: "relu" | "h-swish",
): { readonly step: number; readonly error: number } {
  const [low, high] = [observer.channelMin[channel], observer.channelMax[channel]];
  const [slope, value] = activation === "relu" ? [() => 1, (x: number) => x] : [hardSwishSlope, hardSwish];
  const positive = 255 - negative;
  const fits = Math.max(high / positive, negative === 0 ? 0 : -low / negative);
  if (fits === 0) return { step: 0, error: 0 };
  const seen: { x: number; n: number; y: number; noise: number }[] = [];
  observer.forEach(
    channel,
    PIECES,
    (x, n) => seen.push({ x, n, y: value(x), noise: n * slope(x) ** 2 / 12 }),
  );
  let best = { step: fits, error: Infinity };
  for (let tries = 0, step = fits; tries < 32; tries++, step /= GROWTH) {
    const [from, to] = [-negative * step, positive * step];
    const [lowest, highest] = [value(from), value(to)];
    let error = 0;
    for (const { x, n, y, noise } of seen) {
      error += x > to ? n * (y - highest) ** 2 : x < from ? n * (y - lowest) ** 2 : noise * step * step;
    }
    if (error < best.error) best = { step, error };
  }
  return best;
}

function hardSwish(x: number): number {
  return x * Math.min(6, Math.max(0, x + 3)) / 6;
}

function hardSwishSlope(x: number): number {
  return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
}

/**
 * The tensors that have a tensor's factors: what follows from it until convolutions take it in; `undefined` where something
 * reads it that cannot.
 *
 * @param isInt8 whether a unit runs in int8
 */
export function carriersOf(
  tensor: string,
  parts: UnitGraph,
  readers: ReadonlyMap<string, readonly Unit[]>,
  isInt8: (unit: Unit) => boolean,
): ReadonlySet<string> | undefined {
  const found = new Set([tensor]);
  for (const name of found) {
    for (const unit of readers.get(name) ?? []) {
      // What is read in float is multiplied on the way.
      if (!isInt8(unit)) continue;
      if (unit.kind === "conv") {
        if (!takesFactors(unit, parts)) return undefined;
        continue;
      }
      // The mean of each channel is multiplied at once: a squeeze has too many channels for factors in its weights.
      if (unit.kind === "globalAveragePool" && unit.activation === undefined) continue;
      const carries = (unit.kind === "maxPool" ||
        (unit.kind === "multiply" && unit.inputs[0] === name && !found.has(unit.inputs[1]))) &&
        (unit.activation === undefined || unit.activation === "relu");
      if (!carries) return undefined;
      found.add(unit.outputs[0]);
    }
  }
  return found;
}

/** Whether a convolution can multiply its input's channels by factors. */
function takesFactors(unit: Unit, parts: UnitGraph): boolean {
  const group = unit.nodes[0].attributes.group;
  return group === undefined || group.type === "int" && group.value === 1 || isDepthwise(unit, parts);
}
