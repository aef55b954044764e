import { modelError } from "../../errors.ts";
import { reasonOf } from "../../files/reason.ts";
import type { Shape } from "../../graph/mod.ts";
import { decodeOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from "../../onnx/mod.ts";
import { elementCount } from "../../weights/tensor.ts";
import type { CountingRule } from "./counters.ts";
import { type FeedOptions, onnxFeeds } from "../feeds.ts";
import { type Carried, isCarrier, type Place, placeNodes } from "../file_rows.ts";
import { allNodes, graphTensors, nodeBodies } from "./graph_walk.ts";
import { type LayerCost, type NetworkCosts, sumCosts, type Window } from "./layer_cost.ts";
import { type MatchedKernel, matchKernels } from "../measuring/match_kernels.ts";
import type { MeasurableModel } from "../measuring/measured_session.ts";
import { measureJob } from "../measuring/measuring_thread.ts";
import type { KernelEvent } from "../measuring/profile_file.ts";
import { NodeCounter, nodeWindow, UncountedOperators } from "./node_costs.ts";

/** How an ONNX file is counted. */
export interface OnnxCountOptions extends FeedOptions {
  /** @default {"plain"} */
  readonly rule?: CountingRule;
  /** Ends the run that the file is counted in, which then takes place in a thread of its own. */
  readonly signal?: AbortSignal;
}

/** A row of an ONNX file: one of its nodes. */
export interface NodeCost extends LayerCost {
  /** The nodes that it runs as when nothing is rewritten. */
  readonly nodes: readonly OnnxNode[];
  /** Those that the runtime adds around them: casts to a type that it has a kernel for. */
  readonly casts: readonly OnnxNode[];
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
 * node that runs several times (in a loop) counts as often, and one that does not run has no row. What
 * the runtime makes of a node (the body of a function, casts) is part of its row.
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
  const { file, measurable } = await openOnnx(model, label, options);
  const { runs: [run], graph } = await measureJob<"record">(
    { kind: "record", model: measurable, options: { optimization: "disabled" } },
    { signal },
  );
  const kernels = matchKernels(graph, run.kernels);
  const executions = Map.groupBy(kernels.filter((match) => match.node), (match) => match.node!);
  const counter = new GraphCounter(rule, executions);
  counter.add(
    graph,
    new Map(),
    new Map(Object.entries(measurable.feeds).map(([name, { shape }]) => [name, shape])),
  );
  const rows = fileRows(file, graph, counter);
  return {
    ...sumCosts(rows, rule, counter.uncounted.list()),
    weightBytes: weightBytes(file),
    measurable,
    graph,
    events: kernels.length,
  };
}

/**
 * Reads an ONNX file and generates its inputs.
 *
 * @throws {BneckError} when the file cannot be read, or when the shape of an input is open and not given.
 */
async function openOnnx(
  model: Uint8Array | string,
  label: string,
  options: FeedOptions,
): Promise<{ readonly file: OnnxGraph; readonly measurable: MeasurableModel }> {
  const bytes = typeof model === "string" ? await readModel(model, label) : model;
  const { graph } = decodeOnnx(bytes, label);
  const external = [...graphTensors(graph)].some((tensor) => tensor.external);
  // Maps and sequences cannot be fetched, and what makes them runs anyway.
  const tensors = graph.outputs.filter(({ elementType }) => !elementType.startsWith("type "));
  const outputs = tensors.length > 0 && tensors.length < graph.outputs.length
    ? tensors.map(({ name }) => name)
    : undefined;
  const feeds = onnxFeeds(graph, label, options);
  return { file: graph, measurable: { label, model: external ? model : bytes, feeds, outputs } };
}

async function readModel(path: string, label: string): Promise<Uint8Array> {
  try {
    const { isDirectory, isFile } = await Deno.stat(path);
    if (isDirectory) throw new Error("it is a folder");
    if (!isFile) throw new Error("it is not a regular file");
    return await Deno.readFile(path);
  } catch (error) {
    throw modelError(`cannot read ${label}: ${reasonOf(error)}`, error);
  }
}

/** What a node costs that ran when nothing was rewritten. */
interface RunningNode {
  readonly node: OnnxNode;
  readonly window?: Window;
  readonly outputShape?: Shape;
  readonly parameters: number;
  readonly madds: number | undefined;
  readonly activationBytes: number;
  readonly movedBytes: number;
}

/** Counts the graphs that run, from the outermost to the innermost. */
class GraphCounter {
  readonly nodes: RunningNode[] = [];
  readonly uncounted = new UncountedOperators();
  readonly #known = new Set<OnnxTensor>();
  /** Weights that reach a node in another form. */
  readonly #carried = new Set<OnnxTensor>();

  constructor(
    readonly rule: CountingRule,
    readonly executions: ReadonlyMap<OnnxNode, readonly MatchedKernel[]>,
  ) {}

  /** Counts a graph, given the constants of the graphs around it and the shapes of all their tensors. */
  add(graph: OnnxGraph, outer: Carried, known: ReadonlyMap<string, Shape>): void {
    const constants = new Map([
      ...outer,
      ...graph.initializers.map((tensor) => [tensor.name, [tensor]] as const),
    ]);
    const shapes = new Map([
      ...known,
      ...graph.initializers.map(({ name, shape }) => [name, shape] as const),
    ]);
    const counter = new NodeCounter(graph, this.rule);
    for (const node of graph.nodes) {
      this.#addNode(node, constants, shapes, counter);
      for (const body of nodeBodies(node)) this.add(body, constants, shapes);
    }
  }

  #addNode(
    node: OnnxNode,
    constants: Map<string, readonly OnnxTensor[]>,
    known: Map<string, Shape>,
    counter: NodeCounter,
  ): void {
    const isCarried = isCarrier(node, constants);
    const learned = learnedInputs(node).flatMap((name) => constants.get(name) ?? []);
    if (isCarried) {
      const carried = learned.filter((tensor) => this.#isLearned(node, tensor));
      for (const tensor of carried) this.#carried.add(tensor);
      for (const output of node.outputs) constants.set(output, carried);
    }
    const executions = this.executions.get(node) ?? [];
    if (executions.length === 0) return;
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
    const last = executions.at(-1)!;
    this.nodes.push({
      node,
      window: nodeWindow(node, (tensor) => known.get(tensor)),
      outputShape: last.kernel.outputShapes[0],
      parameters: isCarried ? 0 : this.#parameters(node, learned),
      madds,
      activationBytes: last.kernel.outputBytes,
      movedBytes: executions.reduce((sum, { kernel }) => sum + movedBytes(node, kernel, constants), 0),
    });
  }

  #isLearned(node: OnnxNode, tensor: OnnxTensor): boolean {
    return this.#carried.has(tensor) || isLearned(node, tensor);
  }

  #parameters(node: OnnxNode, learned: readonly OnnxTensor[]): number {
    let sum = 0;
    for (const tensor of learned) {
      if (this.#known.has(tensor) || !this.#isLearned(node, tensor)) continue;
      this.#known.add(tensor);
      sum += elementCount(tensor.shape);
    }
    return sum;
  }
}

/** What a kernel takes and returns; the profiler leaves out weights that were packed. */
function movedBytes(node: OnnxNode, kernel: KernelEvent, constants: Carried): number {
  const given = node.inputs.filter((name) => name !== "");
  const packed = kernel.inputShapes.length < given.length
    ? given.flatMap((name) => constants.get(name) ?? [])
    : [];
  const weights = packed.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  return (kernel.inputBytes ?? 0) + weights + kernel.outputBytes;
}

const ELEMENT_BYTES: Readonly<Partial<Record<string, number>>> = {
  float64: 8,
  int64: 8,
  uint64: 8,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
  int4: 0.5,
  uint4: 0.5,
};

function tensorBytes({ elementType, shape }: OnnxTensor): number {
  return elementCount(shape) * (ELEMENT_BYTES[elementType] ?? 4);
}

function weightBytes(graph: OnnxGraph): Record<string, number> {
  const bytes: Record<string, number> = {};
  for (const tensor of graphTensors(graph)) {
    bytes[tensor.elementType] = (bytes[tensor.elementType] ?? 0) + tensorBytes(tensor);
  }
  return bytes;
}

/** A row for every node of the file that ran, in the file's order. */
function fileRows(file: OnnxGraph, running: OnnxGraph, { nodes }: GraphCounter): NodeCost[] {
  const places = placeNodes(file, running);
  const order = new Map([...allNodes(file)].map((node, index) => [node, index]));
  const members = Map.groupBy(nodes, ({ node }) => places.get(node)!.node);
  return [...members].map(([node, parts]) => fileRow(node, parts, places))
    .sort((left, right) => (order.get(left.file) ?? Infinity) - (order.get(right.file) ?? Infinity))
    .map(({ row }) => row);
}

function fileRow(file: OnnxNode, parts: readonly RunningNode[], places: ReadonlyMap<OnnxNode, Place>) {
  const own = parts.filter(({ node }) => !places.get(node)!.layout);
  const all = own.length > 0 ? own : parts;
  const sum = (value: (part: RunningNode) => number) => all.reduce((total, part) => total + value(part), 0);
  const last = all.find(({ node }) => node.outputs[0] === file.outputs[0]) ?? all.at(-1)!;
  const parameters = parts.reduce((total, part) => total + part.parameters, 0);
  const row: NodeCost = {
    name: file.name || file.outputs[0] || file.operator,
    operator: file.operator,
    window: all.length === 1 ? all[0].window : undefined,
    outputShape: last.outputShape,
    parameters,
    parametersWithoutBatchNorm: file.operator === "BatchNormalization" ? 0 : parameters,
    madds: all.some(({ madds }) => madds === undefined) ? undefined : sum(({ madds }) => madds!),
    activationBytes: sum(({ activationBytes }) => activationBytes),
    movedBytes: sum(({ movedBytes }) => movedBytes),
    nodes: own.map(({ node }) => node),
    casts: parts.filter(({ node }) => places.get(node)!.layout).map(({ node }) => node),
  };
  return { file, row };
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
 * resize, the bounds of a clip and the constants of quantization are not learned.
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

/** Scalars are constants of a formula; 32-bit integers are learned only as biases of quantized operators. */
function isLearned({ operator }: OnnxNode, { elementType, shape }: OnnxTensor): boolean {
  const quantized = elementType === "int32" && Object.hasOwn(LEARNED_INPUTS, operator);
  return (LEARNED_TYPES.has(elementType) || quantized) && shape.some((length) => length > 1);
}
