/**
 * Int8 forms of ONNX graphs, for onnxruntime on a CPU: maps are unsigned bytes with the channels last, weights signed bytes
 * with a scale for each output channel. What onnxruntime runs fast in int8, and what it makes of other forms, is in
 * `docs/quantize.md`.
 */
import type { OnnxModel } from "../onnx/mod.ts";
import { wideChannels } from "./channels.ts";
import { type Bytes, Int8Graph } from "./int8_graph.ts";
import { MICROSOFT } from "./int8_nodes.ts";
import { addInt8Unit } from "./int8_units.ts";
import type { Scale } from "./scale.ts";
import { concatenatedInPlace } from "./shared_scales.ts";
import { type Unit, unitsOf } from "./units.ts";
import type { RoundedConv } from "./weights.ts";

/** What becomes int8, and how its numbers are read. */
export interface QuantizationPlan {
  /** The names of the units that run in int8; others stay as they are. */
  readonly units: ReadonlySet<string>;
  /** The scale of every tensor that these units read or write, also of those before an h-swish. */
  readonly scales: ReadonlyMap<string, Scale>;
  /**
   * By which a tensor's channels are multiplied when its bytes are read, beside the scale; of an h-swish also what comes
   * before it. @default {none}
   */
  readonly factors?: ReadonlyMap<string, Float32Array>;
  /** What is added to the biases of convolutions, by the names of their units. @default {nothing} */
  readonly corrections?: ReadonlyMap<string, Float32Array>;
  /** Weights of convolutions that are rounded already, by the names of their units. @default {to the nearest} */
  readonly weights?: ReadonlyMap<string, RoundedConv>;
  /** The largest weight of matrix products; depthwise convolutions are exact with all. @default {127} */
  readonly weightLimit?: number;
}

/** Where the values of a convolution are in a graph in int8, and how they are read. */
export interface ConvValues {
  readonly tensor: string;
  /** Absent where they are floats. */
  readonly scale?: Scale;
  /** Of each channel. */
  readonly factors?: Float32Array;
}

/**
 * Where the values of a convolution with its activation are; `undefined` for gates, which saturate.
 *
 * @param isThere whether the graph has a tensor
 */
export function convValues(
  { outputs: [output], activation, kind }: Unit,
  { scales, factors }: QuantizationPlan,
  isThere: (tensor: string) => boolean,
): ConvValues | undefined {
  if (kind !== "conv" || activation === "h-sigmoid") return undefined;
  const bytes = `${output}.bytes`;
  if (!isThere(bytes)) return isThere(output) ? { tensor: output } : undefined;
  const scale = scales.get(output);
  return scale && { tensor: bytes, scale, factors: factors?.get(output) };
}

/**
 * Writes a graph with some of its units in int8. Values change from float to int8 and back only where a unit of one kind
 * reads what the other wrote.
 *
 * @throws {RangeError} if a unit has no int8 form, or a scale is missing
 */
export function quantizeModel(model: OnnxModel, plan: QuantizationPlan): OnnxModel {
  return int8Form(model, plan).model;
}

/** A graph in int8, and how its bytes are read. */
export interface Int8Form {
  readonly model: OnnxModel;
  /** By the tensor of the float graph that they stand for. */
  readonly bytes: ReadonlyMap<string, Bytes>;
}

/** As {@linkcode quantizeModel}, with what is known of the bytes. */
export function int8Form(model: OnnxModel, plan: QuantizationPlan): Int8Form {
  const { graph } = model;
  const parts = unitsOf(graph);
  const isInt8 = ({ name }: { readonly name: string }) => plan.units.has(name);
  const form = new Int8Graph(
    parts,
    new Set(parts.units.filter(isInt8).flatMap(({ inputs }) => inputs)),
    concatenatedInPlace(graph, parts, plan),
    wideChannels(graph, parts, isInt8),
    plan,
  );
  for (const unit of parts.units) {
    if (isInt8(unit)) addInt8Unit(form, unit);
    else form.addFloat(unit);
  }
  for (const { name } of graph.outputs) form.asFloat(name);
  const { nodes, constants } = form.out;
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const initializers = [...graph.initializers.filter(({ name }) => used.has(name)), ...constants];
  return {
    model: {
      ...model,
      opsets: { ...model.opsets, [MICROSOFT]: 1 },
      graph: { ...graph, nodes, initializers },
    },
    bytes: form.bytes,
  };
}
