/** What can be profiled: a network of the catalogue, a model with its weights, a file of weights, an ONNX file. */
import { usageError } from "../../../core/errors.ts";
import type { ResizeFilter } from "../../../core/images/mod.ts";
import { didYouMean, exists } from "../../../core/files/mod.ts";
import {
  bindWeights,
  type BoundWeights,
  type Extent,
  type Graph,
  type GraphInput,
  graphInputs,
  type LoweringOptions,
  randomWeights,
  type Shape,
} from "../../../core/graph/mod.ts";
import {
  type CountingRule,
  countLayers,
  countOnnx,
  graphRunnable,
  type Latency,
  type LatencyOptions,
  measureLayers,
  measureOnnx,
  type NetworkCosts,
  type RunnableModel,
} from "../../../core/profile/mod.ts";
import {
  bindCheckpoint,
  checkpointGraph,
  isWeightsName,
  openCheckpoint,
} from "../../../models/checkpoint.ts";
import type { ModelEntry } from "../../../models/entry.ts";
import { inputExtent } from "../../../models/input_size.ts";
import { readIfModel } from "../../../models/onnx_model.ts";
import { resizeFilter } from "../../../models/preprocessing.ts";
import {
  findNetwork,
  type NetworkDefinition,
  networkGraph,
  networkInput,
  NETWORKS,
  upsampledOutputs,
} from "../../../models/zoo/mod.ts";
import { MODELS } from "../../../models/registry.ts";
import type { InputChoice } from "./flags.ts";

/** Something that has been counted and can be measured. */
export interface Subject {
  /** What the user calls it. */
  readonly name: string;
  /** What it is. */
  readonly summary: string;
  /** What it is fed with, for example `1×3×224×224`. */
  readonly input: string;
  readonly costs: NetworkCosts;
  /** Measures every layer. */
  measure(options: LatencyOptions): Promise<Latency>;
  /** The whole of it, to be measured beside others. */
  runnable(): RunnableModel;
}

/** How something is to be profiled. */
export interface SubjectOptions {
  readonly size?: Extent;
  readonly inputs?: readonly InputChoice[];
  /** @default {"plain"} */
  readonly rule?: CountingRule;
  /** Of a file of weights; absent, the file must tell. */
  readonly architecture?: string;
  /** Of a checkpoint: the key that holds the weights. */
  readonly key?: string;
}

/** More than these only a network of the catalogue takes. */
export interface NetworkSubjectOptions extends SubjectOptions {
  readonly name?: string;
  /** @default {as the network is defined} */
  readonly classes?: number;
  readonly lowering?: LoweringOptions;
}

/** Any seed would do; results must be the same each time. */
const SEED = 1;

/** The photo that a model is profiled with unless `--input` says otherwise: COCO's usual size. */
const PHOTO: Shape = [1, 480, 640, 3];

/**
 * Finds and counts what a user names. Names of networks and models come first; a file of such a name is meant by
 * `./NAME`.
 *
 * @throws {BneckError} (usage) for an unknown name or an input that does not fit; (unusable model) for a file that
 *   is no ONNX file, or one that onnxruntime cannot run.
 */
export async function openSubject(name: string, options: SubjectOptions = {}): Promise<Subject> {
  const network = findNetwork(name);
  if (network) return networkSubject(network, { ...options, name });
  const model = MODELS.find((entry) => entry.name === name || entry.aliases.includes(name));
  if (model) return await modelSubject(name, model, options);
  if (isWeightsName(name)) return await weightsSubject(name, options);
  if (/[/\\]|\.onnx$/i.test(name) || exists(name)) return await fileSubject(name, options);
  const names = [
    ...NETWORKS,
    ...MODELS.flatMap((entry) => [entry, ...entry.aliases.map((alias) => ({ name: alias }))]),
  ]
    .map((known) => known.name);
  throw usageError(
    `unknown network ${name}${
      didYouMean(name, names) || ': "bneck profile --list" lists them, and there is no such file'
    }`,
  );
}

/**
 * The network alone that a file of weights is for.
 *
 * @throws {BneckError} when the file cannot be read, does not tell or does not fit.
 */
export async function weightsSubject(
  path: string,
  { size, inputs = [], rule = "plain", architecture, key }: SubjectOptions = {},
): Promise<Subject> {
  const checkpoint = await openCheckpoint(path, { architecture, key });
  const { network } = checkpoint.architecture;
  const graph = checkpointGraph(checkpoint);
  const { weights } = bindCheckpoint(checkpoint, graph);
  const extent = size ?? network.size;
  return graphSubject({
    name: `${network.name} (${path})`,
    summary: network.summary,
    graph,
    weights: () => weights,
    input: { shapes: { ...networkInput(extent).shapes, ...givenShapes(network.name, graph, inputs) } },
    rule,
    upsampled: rule === "extended" ? upsampledOutputs(network, extent) : {},
  });
}

/** A network of the catalogue, with random weights. */
export function networkSubject(definition: NetworkDefinition, options: NetworkSubjectOptions = {}): Subject {
  const { name = definition.name, size = definition.size, inputs = [], lowering } = options;
  const graph = networkGraph(definition, options.classes);
  const { rule = "plain" } = options;
  return graphSubject({
    name,
    summary: definition.summary,
    graph,
    weights: () => bindWeights(graph, randomWeights(graph, SEED), name),
    input: { shapes: { ...networkInput(size).shapes, ...givenShapes(name, graph, inputs) } },
    rule,
    upsampled: rule === "extended" ? upsampledOutputs(definition, size) : {},
    lowering,
  });
}

async function modelSubject(name: string, entry: ModelEntry, options: SubjectOptions): Promise<Subject> {
  const { size } = options;
  const given = size && { kind: "exact", height: size[0], width: size[1] } as const;
  const { graph, weights, inputSize, sizeGrid } = await entry.build(entry.tasks, given);
  const photo = givenShapes(name, graph, options.inputs ?? []).image;
  const [, height, width] = photo ?? PHOTO;
  const extent = inputExtent(inputSize, sizeGrid, width, height);
  return graphSubject({
    name,
    summary: entry.summary,
    graph,
    weights: () => weights,
    input: { shapes: { image: photo ?? seenImage(extent, resizeFilter(graph)) }, size: extent },
    rule: options.rule ?? "plain",
  });
}

/** What a network is given of {@linkcode PHOTO}: models resize images before the network where they can. */
function seenImage([height, width]: Extent, filter: ResizeFilter | undefined): Shape {
  return filter === undefined ? PHOTO : [1, height, width, 3];
}

async function fileSubject(path: string, options: SubjectOptions): Promise<Subject> {
  const { inputs = [], rule } = options;
  const given = inputs.some(({ name }) => name === "image" || name === "size");
  const exported = given ? undefined : await exportedInput(path, options.size);
  const pick = <T>(value: (input: InputChoice) => T | undefined) =>
    Object.fromEntries(inputs.flatMap((input) => {
      const found = value(input);
      return found === undefined ? [] : [[input.name, found]];
    }));
  const costs = await countOnnx(path, path, {
    rule,
    size: exported?.size ?? options.size,
    inputShapes: { ...exported?.shapes, ...pick((input) => input.shape) },
    values: pick((input) => input.value),
  });
  const shapes = Object.entries(costs.runnable.feeds).map(([name, { shape }]) => [name, shape] as const);
  return {
    name: path,
    summary: "ONNX file",
    input: inputText(shapes),
    costs,
    measure: (options) => measureOnnx(costs, options),
    runnable: () => costs.runnable,
  };
}

/** What an exported model is given of {@linkcode PHOTO}; `undefined` for other files. */
async function exportedInput(path: string, size: Extent | undefined): Promise<GraphInput | undefined> {
  const model = await readIfModel(path);
  if (model === undefined) return undefined;
  const given = size && { kind: "exact", height: size[0], width: size[1] } as const;
  const network = await model.build(model.tasks, given);
  const [, height, width] = PHOTO;
  const extent = inputExtent(network.inputSize, network.sizeGrid, width, height);
  const filter = "filter" in network ? network.filter : undefined;
  return { shapes: { image: seenImage(extent, filter) }, size: extent };
}

interface GraphSubject {
  readonly name: string;
  readonly summary: string;
  readonly graph: Graph;
  /** Made when they are needed. */
  readonly weights: () => BoundWeights;
  readonly input: GraphInput;
  readonly rule: CountingRule;
  readonly upsampled?: Readonly<Record<string, Extent>>;
  readonly lowering?: LoweringOptions;
}

function graphSubject(
  { name, summary, graph, weights, input, rule, upsampled, lowering }: GraphSubject,
): Subject {
  const text = inputText(Object.entries(input.shapes)) +
    (resizes(input) ? `, resized to ${input.size!.join("×")}` : "");
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
    measure: (options) => measureLayers(name, graph, weights(), input, { ...options, ...counting }),
    runnable: () => graphRunnable(name, graph, weights(), input, lowering),
  };
}

function resizes({ shapes: { image }, size }: GraphInput): boolean {
  return size !== undefined && (image[1] !== size[0] || image[2] !== size[1]);
}

/** The shapes of `--input` for one of our graphs. */
function givenShapes(name: string, graph: Graph, inputs: readonly InputChoice[]): Record<string, Shape> {
  const known = graphInputs(graph).map(({ operator }) => operator.name).filter((input) => input !== "size");
  return Object.fromEntries(inputs.map(({ name: input, shape, value }) => {
    if (!known.includes(input)) {
      throw usageError(
        `${name} has no input ${input}${didYouMean(input, known) || `: it has ${known.join(", ")}`}`,
      );
    }
    if (!shape || value !== undefined) {
      throw usageError(`--input ${input}: only inputs of ONNX files can be filled with a value`);
    }
    if (shape.length !== 4) {
      throw usageError(`--input ${input}: an image has four dimensions, not ${shape.length}`);
    }
    return [input, shape];
  }));
}

function inputText(shapes: readonly (readonly [name: string, shape: Shape])[]): string {
  if (shapes.length === 0) return "nothing";
  if (shapes.length === 1) return shapes[0][1].join("×") || "a scalar";
  return shapes.map(([name, shape]) => `${name} ${shape.join("×") || "scalar"}`).join(", ");
}
