import { modelError } from "../errors.ts";
import { reasonOf } from "../files/reason.ts";
import type { Shape } from "../graph/mod.ts";
import { decodeOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from "../onnx/mod.ts";
import { elementCount } from "../weights/tensor.ts";
import type { CountingRule } from "./counters.ts";
import { type FeedOptions, onnxFeeds } from "./feeds.ts";
import { graphTensors, nodeBodies } from "./graph_walk.ts";
import { type LayerCost, type NetworkCosts, sumCosts } from "./layer_cost.ts";
import { type MatchedKernel, matchKernels } from "./match_kernels.ts";
import type { MeasurableModel } from "./measured_session.ts";
import { measureJob } from "./measuring_thread.ts";
import { NodeCounter, nodeWindow, UncountedOperators } from "./node_costs.ts";

/** How an ONNX file is counted. */
export interface OnnxCountOptions extends FeedOptions {
  /** @default {"plain"} */
  readonly rule?: CountingRule;
  /** Ends the run that the file is counted in, which then takes place in a thread of its own. */
  readonly signal?: AbortSignal;
}

/** A row of an ONNX file. */
export interface NodeCost extends LayerCost {
  /** The node as it runs when nothing is rewritten. */
  readonly node: OnnxNode;
}

/** What a file costs, and what it takes to measure it. */
export interface OnnxCosts extends NetworkCosts<NodeCost> {
  readonly measurable: MeasurableModel;
  /** The file's graph as the runtime loads it: functions are opened, missing casts are added. */
  readonly graph: OnnxGraph;
  /** Kernels of the run that it was counted in. */
  readonly events: number;
}

/**
 * Counts every node of any ONNX file. The file is run once, without rewriting, so that all shapes are real ones; a
 * node that runs several times (in a loop) counts as often, and one that does not run counts as 0.
 *
 * @param model the file's bytes, or its path where it has external data beside it.
 * @param label what to call the file in messages.
 * @throws {BneckError} (unusable model) when the file cannot be read, loaded or run; (usage) when the shape of an
 *   input is open and not given.
 */
export async function countOnnx(
  model: Uint8Array | string,
  label: string,
  options: OnnxCountOptions = {},
): Promise<OnnxCosts> {
  const { rule = "plain", signal } = options;
  const measurable = await measurableOnnx(model, label, options);
  const { runs: [run], graph } = await measureJob<"record">(
    { kind: "record", model: measurable, options: { optimization: "disabled" } },
    { signal },
  );
  const kernels = matchKernels(graph, run.kernels);
  const executions = Map.groupBy(kernels.filter((match) => match.node), (match) => match.node!);
  const costs = new FileCounter(rule, executions);
  costs.add(
    graph,
    new Map(),
    new Map(Object.entries(measurable.feeds).map(([name, { shape }]) => [name, shape])),
  );
  return { ...sumCosts(costs.rows, rule, costs.uncounted.list()), measurable, graph, events: kernels.length };
}

/**
 * Reads an ONNX file and generates its inputs.
 *
 * @throws {BneckError} when the file cannot be read, or when the shape of an input is open and not given.
 */
async function measurableOnnx(
  model: Uint8Array | string,
  label: string,
  options: FeedOptions = {},
): Promise<MeasurableModel> {
  const bytes = typeof model === "string" ? await readModel(model, label) : model;
  const { graph } = decodeOnnx(bytes, label);
  const external = [...graphTensors(graph)].some((tensor) => tensor.external);
  return { label, model: external ? model : bytes, feeds: onnxFeeds(graph, label, options) };
}

async function readModel(path: string, label: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw modelError(`cannot read ${label}: ${reasonOf(error)}`, error);
  }
}

/** The constants that a graph can see, by name. */
type Constants = ReadonlyMap<string, OnnxTensor>;

/** Counts a file's graphs, from the outermost to the innermost. */
class FileCounter {
  readonly rows: NodeCost[] = [];
  readonly uncounted = new UncountedOperators();
  readonly #known = new Set<OnnxTensor>();

  constructor(
    readonly rule: CountingRule,
    readonly executions: ReadonlyMap<OnnxNode, readonly MatchedKernel[]>,
  ) {}

  /** Counts a graph, given the constants of the graphs around it and the shapes of all their tensors. */
  add(graph: OnnxGraph, outer: Constants, known: ReadonlyMap<string, Shape>): void {
    const constants = new Map([
      ...outer,
      ...graph.initializers.map((tensor) => [tensor.name, tensor] as const),
    ]);
    const shapes = new Map([
      ...known,
      ...graph.initializers.map(({ name, shape }) => [name, shape] as const),
    ]);
    const counter = new NodeCounter(graph, this.rule);
    for (const node of graph.nodes) {
      // Some exporters share a constant by way of an Identity; it belongs to the node that uses it.
      const shared = node.operator === "Identity" ? constants.get(node.inputs[0]) : undefined;
      if (shared) constants.set(node.outputs[0], shared);
      this.#addNode(node, constants, shapes, counter);
      for (const body of nodeBodies(node)) this.add(body, constants, shapes);
    }
  }

  #addNode(node: OnnxNode, constants: Constants, known: Map<string, Shape>, counter: NodeCounter): void {
    const executions = this.executions.get(node) ?? [];
    let madds: number | undefined = 0;
    for (const { kernel } of executions) {
      // The runtime leaves out weights that it has packed.
      const variable = node.inputs.filter((name) => !constants.has(name));
      if (!recordShapes(node.inputs, kernel.inputShapes, known)) {
        recordShapes(variable, kernel.inputShapes, known);
      }
      recordShapes(node.outputs, kernel.outputShapes, known);
      const count = counter.count(node, (tensor) => known.get(tensor));
      madds = madds === undefined || count === undefined ? undefined : madds + count;
    }
    if (madds === undefined) this.uncounted.add(node);
    const last = executions.at(-1);
    const parameters = this.#parameters(node, constants);
    this.rows.push({
      name: node.name || node.outputs[0] || node.operator,
      operator: node.operator,
      window: nodeWindow(node, (tensor) => known.get(tensor)),
      outputShape: last?.kernel.outputShapes[0],
      parameters,
      parametersWithoutBatchNorm: node.operator === "BatchNormalization" ? 0 : parameters,
      madds,
      activationBytes: last?.kernel.outputBytes ?? 0,
      node,
    });
  }

  #parameters(node: OnnxNode, constants: Constants): number {
    let sum = 0;
    for (const tensor of learnedInputs(node).map((name) => constants.get(name))) {
      if (!tensor || this.#known.has(tensor) || !isLearned(node, tensor)) continue;
      this.#known.add(tensor);
      sum += elementCount(tensor.shape);
    }
    return sum;
  }
}

/**
 * Records the shapes of tensors from a list that leaves out omitted inputs and sequences. Only a list of the right
 * length shows which shape is whose; otherwise nothing is recorded.
 */
function recordShapes(
  tensors: readonly string[],
  listed: readonly Shape[],
  known: Map<string, Shape>,
): boolean {
  const given = tensors.filter((name) => name !== "");
  if (given.length !== listed.length) return false;
  given.forEach((name, index) => known.set(name, listed[index]));
  return true;
}

/**
 * The inputs of operators that can be parameters, where not all can: running statistics, the scales of a
 * resize, the bounds of a clip and the constants of quantisation are not learned.
 */
const LEARNED_INPUTS: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2],
  Identity: [],
  QLinearConv: [3, 8],
  QLinearMatMul: [3],
  QGemm: [3, 6],
  ConvInteger: [1],
  MatMulInteger: [1],
  DequantizeLinear: [0],
  QuantizeLinear: [0],
  Clip: [],
  Pad: [],
  Resize: [],
  Upsample: [],
};

function learnedInputs({ operator, inputs }: OnnxNode): readonly string[] {
  const at = Object.hasOwn(LEARNED_INPUTS, operator) ? LEARNED_INPUTS[operator] : undefined;
  return at ? at.filter((index) => index < inputs.length).map((index) => inputs[index]) : inputs;
}

const LEARNED_TYPES = new Set(["float32", "float64", "float16", "bfloat16", "int8", "uint8"]);

/** Scalars are constants of a formula; 32-bit integers are learned only as biases of quantised operators. */
function isLearned({ operator }: OnnxNode, { elementType, shape }: OnnxTensor): boolean {
  const quantised = elementType === "int32" && Object.hasOwn(LEARNED_INPUTS, operator);
  return (LEARNED_TYPES.has(elementType) || quantised) && shape.some((length) => length > 1);
}
