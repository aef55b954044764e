/** Which tensors are written with another's scale, so that joining them only copies bytes. */
import type { OnnxGraph } from "../onnx/mod.ts";
import type { QuantizationPlan } from "./quantize.ts";
import type { Scale } from "./scale.ts";
import type { Unit, UnitGraph } from "./units.ts";
import { phasesOf } from "./upsample.ts";

/**
 * The scales of a plan, where what is read by nothing but a concatenation is written with its scale. A ReLU after the
 * concatenation is then in the saturation of what is joined.
 */
export function concatenatedInPlace(
  graph: OnnxGraph,
  parts: UnitGraph,
  { units, scales }: QuantizationPlan,
): ReadonlyMap<string, Scale> {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const unit of parts.units) unit.inputs.forEach(count);
  for (const { name } of graph.outputs) count(name);
  const writers = new Map(parts.units.flatMap((unit) => unit.outputs.map((name) => [name, unit] as const)));
  const shared = new Map(scales);
  for (const unit of parts.units) {
    const scale = scales.get(unit.outputs[0]);
    if (unit.kind !== "concat" || !units.has(unit.name) || !scale) continue;
    for (const name of unit.inputs) {
      const writer = writers.get(name);
      if (writer && units.has(writer.name) && counts.get(name) === 1 && isFree(writer, parts)) {
        shared.set(name, scale);
      }
    }
  }
  return shared;
}

/** Whether a unit can write with any scale. */
function isFree(unit: Unit, parts: UnitGraph): boolean {
  if (unit.activation === "h-sigmoid") return false;
  if (unit.kind === "upsample") return phasesOf(unit.nodes[0], parts) !== undefined;
  return unit.kind === "conv" || unit.kind === "add" || unit.kind === "multiply";
}
