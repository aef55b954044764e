/**
 * The channels that int8 maps have in memory. onnxruntime convolves depthwise 16 channels at a time and what is left over one
 * by one, several times as slow: 72 channels run faster as 80, of which 8 are zero.
 */
import type { OnnxGraph } from "../onnx/mod.ts";
import { attributeInt, type Unit, type UnitGraph } from "./units.ts";

/** How many channels are convolved at a time. */
const ALIGNMENT = 16;

/** The size of dimension 1 of every tensor that a convolution has written, or what follows it. */
export function tensorChannels({ units, constants }: UnitGraph): ReadonlyMap<string, number> {
  const channels = new Map<string, number>();
  for (const unit of units) {
    if (unit.kind === "other") continue;
    const [node] = unit.nodes;
    const given = unit.inputs.map((name) => channels.get(name));
    const count = unit.kind === "conv"
      ? constants.get(node.inputs[1])!.shape[0]
      : unit.kind === "concat"
      ? given.reduce((sum, value) => sum === undefined || value === undefined ? undefined : sum + value, 0)
      : given.find((value) => value !== undefined);
    if (count === undefined) continue;
    channels.set(unit.before, count);
    channels.set(unit.outputs[0], count);
  }
  return channels;
}

/** Whether a unit is a convolution of each channel by itself. */
export function isDepthwise(unit: Unit, { constants }: UnitGraph): boolean {
  if (unit.kind !== "conv") return false;
  const { shape: [outputs, inputs] } = constants.get(unit.nodes[0].inputs[1])!;
  return inputs === 1 && outputs > 1 && attributeInt(unit.nodes[0], "group") === outputs;
}

/**
 * The channels of int8 tensors that have more than their own, by tensor. Zeros are only added where all that reads them are
 * units in int8 that a channel of zeros does not change.
 *
 * @param isInt8 whether a unit runs in int8
 */
export function wideChannels(
  graph: OnnxGraph,
  parts: UnitGraph,
  isInt8: (unit: Unit) => boolean,
): ReadonlyMap<string, number> {
  const { units } = parts;
  const channels = tensorChannels(parts);
  const writers = new Map(units.flatMap((unit) => unit.outputs.map((name) => [name, unit] as const)));
  const readers = new Map<string, Unit[]>();
  for (const unit of units) {
    for (const name of unit.inputs) readers.set(name, [...readers.get(name) ?? [], unit]);
  }
  const returned = new Set(graph.outputs.map(({ name }) => name));

  /** The tensors that are wide if one is; `undefined` where zeros would reach what they change. */
  const together = (first: string): ReadonlySet<string> | undefined => {
    const found = new Set([first]);
    for (const name of found) {
      const writer = writers.get(name);
      if (!writer || returned.has(name)) return undefined;
      for (const unit of [writer, ...readers.get(name) ?? []]) {
        if (!isInt8(unit)) return undefined;
        if (unit.kind === "concat" || unit.kind === "other") return undefined;
        if (unit.kind === "conv" && !isDepthwise(unit, parts)) {
          if ((attributeInt(unit.nodes[0], "group") ?? 1) !== 1) return undefined;
          continue;
        }
        for (const other of [...unit.inputs, ...unit.outputs]) found.add(other);
      }
    }
    return found;
  };

  const wide = new Map<string, number>();
  for (const unit of units) {
    const count = channels.get(unit.outputs[0]);
    if (!isInt8(unit) || count === undefined || count % ALIGNMENT === 0 || !isDepthwise(unit, parts)) {
      continue;
    }
    if (wide.has(unit.outputs[0])) continue;
    for (const name of together(unit.outputs[0]) ?? []) {
      wide.set(name, Math.ceil(count / ALIGNMENT) * ALIGNMENT);
    }
  }
  return wide;
}
