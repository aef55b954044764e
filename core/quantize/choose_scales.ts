/** From what was seen of a network's tensors to a plan of its int8 form. */
import { carriersOf, type ChannelFactors, channelFactors } from "./channel_factors.ts";
import type { TensorObserver } from "./observer.ts";
import type { QuantizationPlan } from "./quantize.ts";
import { chooseRange, distributionOf, type RangeRule } from "./ranges.ts";
import { GATE, type Range, type Scale, scaleOf } from "./scale.ts";
import type { Unit, UnitGraph } from "./units.ts";

/** How scales are chosen. */
export interface ScaleOptions {
  /** @default {"mse"} */
  readonly rule?: RangeRule;
  /** The rule for single tensors, where it differs. */
  readonly rules?: ReadonlyMap<string, RangeRule>;
  /** Whether channels get factors. @default {true} */
  readonly equalize?: boolean;
  /** The largest weight of matrix products (`exactWeightLimit`). @default {127} */
  readonly weightLimit?: number;
}

/** The tensors whose values are needed for scales, and what is smaller than the floor counts as the floor. */
export function observedTensors({ units }: UnitGraph): ReadonlyMap<string, { readonly floor: number }> {
  const tensors = new Map<string, { floor: number }>();
  for (const unit of units) {
    if (unit.kind === "other") continue;
    for (const name of [...unit.inputs, ...unit.outputs]) {
      if (!tensors.has(name)) tensors.set(name, { floor: -Infinity });
    }
    if (unit.before !== unit.outputs[0] && !unit.activation?.startsWith("relu")) {
      tensors.set(unit.before, { floor: unit.activation === "h-swish" ? -3 : -Infinity });
    }
  }
  return tensors;
}

/**
 * Chooses the scales of everything that some units read and write.
 *
 * @param units the names of those that will run in int8
 */
export function chooseScales(
  parts: UnitGraph,
  observers: ReadonlyMap<string, TensorObserver>,
  units: ReadonlySet<string>,
  { rule = "mse", rules, equalize = true, weightLimit }: ScaleOptions = {},
): QuantizationPlan {
  const isInt8 = ({ name }: Unit) => units.has(name);
  const chosen = parts.units.filter(isInt8);
  const readers = new Map<string, Unit[]>();
  for (const unit of parts.units) {
    for (const name of unit.inputs) readers.set(name, [...readers.get(name) ?? [], unit]);
  }
  const factors = new Map<string, Float32Array>();
  const scales = new Map<string, Scale>();
  for (const unit of equalize ? chosen : []) {
    const found = factorsOf(unit, observers);
    const [output] = unit.outputs;
    const carriers = found && carriersOf(output, parts, readers, isInt8);
    if (!found || !carriers) continue;
    for (const name of carriers) factors.set(name, found.factors);
    scales.set(unit.activation === "h-swish" ? unit.before : output, found.scale);
  }
  const needed = new Set(chosen.flatMap((unit) => [...unit.inputs, unit.before, ...unit.outputs]));
  for (const name of needed) {
    const observer = observers.get(name);
    if (scales.has(name) || !observer) continue;
    const distribution = distributionOf(observer, factors.get(name));
    const range = isSparse(observer)
      ? widened(distribution)
      : chooseRange(distribution, rules?.get(name) ?? rule);
    scales.set(name, scaleOf(range));
  }
  // Gates are always read in the same way.
  for (const unit of chosen) if (unit.activation?.endsWith("sigmoid")) scales.set(unit.outputs[0], GATE);
  return { units, scales, factors, weightLimit };
}

function factorsOf(unit: Unit, observers: ReadonlyMap<string, TensorObserver>): ChannelFactors | undefined {
  if (unit.kind !== "conv") return undefined;
  const observer = observers.get(unit.activation === "h-swish" ? unit.before : unit.outputs[0]);
  if (!observer || (unit.activation !== "relu" && unit.activation !== "h-swish")) return undefined;
  return isSparse(observer) ? undefined : channelFactors(observer, unit.activation);
}

/** With fewer values of each channel than this, there will be others outside their range. */
const MIN_COUNT = 256;

/** How much room is left for values that were not seen, as a factor. */
const MARGIN = 1.25;

/** Whether few values were seen: one for each image, as in squeeze-and-excite. */
function isSparse({ count }: TensorObserver): boolean {
  return count < MIN_COUNT;
}

function widened({ min, max }: Range): Range {
  return { min: min * MARGIN, max: max * MARGIN };
}
