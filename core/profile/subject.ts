/** What can be profiled: a graph with its weights, or an ONNX file, counted and ready to be measured. */
import { usageError } from "../errors.ts";
import type { BoundWeights, Extent, Graph, GraphInput, LoweringOptions, Shape } from "../graph/mod.ts";
import { countLayers, type CountOptions } from "./counting/graph_costs.ts";
import {
  type Latency,
  type LatencyOptions,
  measurableGraph,
  measureLayers,
  measureOnnx,
} from "./measuring/latency.ts";
import type { NetworkCosts } from "./counting/layer_cost.ts";
import { checkMemory } from "./measuring/memory_check.ts";
import type { MeasurableModel } from "./measuring/measured_session.ts";
import { countOnnx, type OnnxCountOptions } from "./counting/onnx_costs.ts";

/** Something that has been counted and can be measured. */
export interface Subject {
  /** What the user calls it. */
  readonly name: string;
  /** What it is, for example `MobileNetV3-Large, width 1.0`. */
  readonly summary: string;
  /** The shapes of its inputs, for example `1×3×224×224`. */
  readonly input: string;
  readonly costs: NetworkCosts;
  /** The file that it was read from; absent where bneck builds it. */
  readonly file?: string;
  /** Where its weights come from; absent where they are random numbers, or in that file. */
  readonly weights?: readonly { readonly from: string; readonly licence: string }[];
  /** Kernels of one run, at most. */
  readonly events: number;
  /**
   * Measures every layer.
   *
   * @throws {BneckError} (unusable model) when onnxruntime cannot load or run it; (usage) when the machine has too little
   *   memory.
   */
  measure(options: LatencyOptions): Promise<Latency>;
  /**
   * All of it as one model, to be measured without the profiler.
   *
   * @throws {BneckError} (usage) when the machine has too little memory.
   */
  measurable(): MeasurableModel;
}

/** A graph to be profiled. */
export interface GraphSubject extends CountOptions {
  readonly name: string;
  readonly summary: string;
  readonly graph: Graph;
  /** Called when it is measured, not when it is only counted. */
  readonly weights: () => BoundWeights;
  readonly input: GraphInput;
  /** How {@linkcode Subject.measurable} writes its nodes. */
  readonly lowering?: LoweringOptions;
}

/**
 * Counts a graph.
 *
 * @throws {BneckError} (usage) when the graph cannot take the input.
 */
export function graphSubject(
  { name, summary, graph, weights, input, rule, upsampled, lowering }: GraphSubject,
): Subject {
  const text = inputText(input.shapes) + resizedText(input);
  const counting = { rule, upsampled };
  let costs: NetworkCosts;
  try {
    costs = countLayers(graph, input, counting);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usageError(`${name} cannot take an input of ${text}: ${error.message}`, error);
  }
  return {
    name,
    summary,
    input: text,
    costs,
    // A layer has a few nodes.
    events: 4 * graph.layers.length,
    measure: async (options) => {
      checkMemory(name, input, costs.rows);
      return await measureLayers(name, graph, weights(), input, { ...options, ...counting });
    },
    measurable: () => {
      checkMemory(name, input, costs.rows);
      return measurableGraph(name, graph, weights(), input, lowering);
    },
  };
}

/**
 * Counts an ONNX file by running it once.
 *
 * @throws {BneckError} (unusable model) when the file cannot be read, loaded or run; (usage) when the shape of an
 *   input is open and not given, or does not fit.
 */
export async function onnxSubject(path: string, options: OnnxCountOptions = {}): Promise<Subject> {
  const costs = await countOnnx(path, path, options);
  const { measurable } = costs;
  const shapes = Object.entries(measurable.feeds).map(([name, { shape }]) => [name, shape] as const);
  return {
    name: path,
    summary: "ONNX file",
    file: path,
    input: inputText(Object.fromEntries(shapes)),
    costs,
    events: costs.events,
    measure: (options) => measureOnnx(costs, options),
    measurable: () => measurable,
  };
}

function inputText(inputs: Readonly<Record<string, Shape>>): string {
  const shapes = Object.entries(inputs);
  if (shapes.length === 0) return "nothing";
  if (shapes.length === 1) return shapes[0][1].join("×") || "a scalar";
  return shapes.map(([name, shape]) => `${name} ${shape.join("×") || "scalar"}`).join(", ");
}

/** Models resize images themselves; networks take them as they are. */
function resizedText({ shapes: { image }, size }: GraphInput): string {
  const isResized = (to: Extent) => image[1] !== to[0] || image[2] !== to[1];
  return size !== undefined && isResized(size) ? `, resized to ${size.join("×")}` : "";
}
