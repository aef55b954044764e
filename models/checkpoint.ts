/** A file of weights as a network: which network it is for, and whether everything is in it. */
import { modelError, usageError } from "../core/errors.ts";
import {
  bindWeights,
  type BoundWeights,
  type Graph,
  GraphBuilder,
  type WeightSource,
} from "../core/graph/mod.ts";
import { readWeightFile, toFloat32, type WeightFile } from "../core/weights/mod.ts";
import { chooseWeights } from "./choose_weights.ts";
import type { ModelLabels } from "./entry.ts";
import { MAX_PIXEL_LABELS, type Network, type Tasks } from "./network.ts";
import {
  inferenceGraph,
  inferenceOutputs,
  namedOutputs,
  type NetworkDefinition,
} from "./networks/definition.ts";
import { describeMisfit, type Fit, fitNames, fitsExactly } from "./networks/fit.ts";
import { translator } from "./networks/naming.ts";
import type { Architecture } from "./networks/project.ts";
import { type Preprocessing, preprocessOperator, sizeGrid } from "./preprocessing.ts";
import { classCount, looksForeign, looksLike, namingOf, nearest, recognise } from "./recognise.ts";
import { comesInWidths, findArchitecture, ZOO, type Zoo } from "./zoo/mod.ts";

/** How a file of weights is read. */
export interface CheckpointOptions {
  /** The network that the weights are for; absent, it is recognised. */
  readonly architecture?: string;
  /** The number of classes that the network must have; absent, that of the file. */
  readonly classes?: number;
  /**
   * Where in the file the weights are: keys of a checkpoint joined by dots (`state.model`), or how the names of the tensors
   * start (`model_ema.`).
   */
  readonly key?: string;
  /** Where architectures are looked for. @default {ZOO} */
  readonly zoo?: Zoo;
}

/** A file of weights that fits an architecture. */
export interface Checkpoint {
  /** What to call it in messages. */
  readonly label: string;
  readonly architecture: Architecture;
  /** The number of classes that it was trained for. */
  readonly classes: number;
  readonly file: WeightFile;
  /** Where architectures are looked for that fit better. @default {ZOO} */
  readonly zoo?: Zoo;
}

/** Weights joined with a network. */
export interface BoundCheckpoint {
  readonly weights: BoundWeights;
  /** What is wrong with them, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a file of weights and recognises its architecture.
 *
 * @throws {BneckError} when it cannot be read, its architecture is unknown or ambiguous, or it has another number of
 *   classes than asked for.
 */
export async function openCheckpoint(path: string, options: CheckpointOptions = {}): Promise<Checkpoint> {
  const { zoo } = options;
  const named = () =>
    options.architecture === undefined ? undefined : findArchitecture(options.architecture, zoo);
  const file = withoutPrefix(
    await readWeightFile(path, {
      key: options.key,
      choose: (sets) => chooseWeights(sets, path, { architecture: named(), zoo }),
    }),
  );
  const architecture = named() ?? recogniseArchitecture(file, path, zoo);
  const inFile = classCount(architecture, file.weights);
  const classes = options.classes ?? inFile ?? architecture.network.classes;
  if (architecture.network.task === "segment" && classes > MAX_PIXEL_LABELS) {
    throw modelError(
      `${path} was trained for ${classes} classes: at most ${MAX_PIXEL_LABELS} can be segmented`,
    );
  }
  if (inFile !== undefined && inFile !== classes) {
    throw modelError(
      `${path} was trained for ${inFile} classes, not ${classes}: give a labels file that names its ${inFile} classes`,
    );
  }
  return { label: path, architecture, classes, file, zoo };
}

/**
 * Joins a file of weights with the graph of its network.
 *
 * @throws {BneckError} listing every parameter that is missing, of the wrong shape or unexpected, and what the file
 *   looks like instead.
 */
export function bindCheckpoint(checkpoint: Checkpoint, graph: Graph): BoundCheckpoint {
  const { label, architecture, file } = checkpoint;
  const { weights, format } = file;
  const naming = namingOf(architecture, weights);
  const layers = naming.nameLayers(graph);
  const found = fitNames(graph, layers, weights, naming.unused);
  // An ONNX file has constants besides its weights, which look the same.
  const fit = format === "onnx" ? { ...found, unexpected: [] } : found;
  if (!fitsExactly(fit)) throw misfit(checkpoint, fit);

  const translate = translator(layers);
  const notFinite = new Set<string>();
  const source: WeightSource = (parameter) => {
    const name = translate(parameter) ?? "";
    const tensor = weights.get(name);
    if (!tensor) return undefined;
    const data = toFloat32(tensor);
    if (!isFinite(data)) notFinite.add(name);
    return { shape: tensor.shape, data };
  };
  const bound = bindWeights(graph, source, label);
  return { weights: bound, warnings: [...otherWeights(file, label), ...nonFinite(notFinite, bound, label)] };
}

/** The maximum number of wrappers around a network. */
const MAX_PREFIXES = 4;

/**
 * Removes what a training framework puts before every name, such as PyTorch Lightning's `model.`: no known network has
 * all its layers in one module.
 */
function withoutPrefix(file: WeightFile): WeightFile {
  let names = [...file.weights.keys()];
  for (let depth = 0; depth < MAX_PREFIXES; depth++) {
    const end = names.length < 2 ? -1 : names[0].indexOf(".");
    const prefix = names[0]?.slice(0, end + 1) ?? "";
    if (end < 0 || !names.every((name) => name.startsWith(prefix))) break;
    names = names.map((name) => name.slice(prefix.length));
  }
  return { ...file, weights: new Map([...file.weights.values()].map((tensor, i) => [names[i], tensor])) };
}

function recogniseArchitecture({ weights, facts }: WeightFile, path: string, zoo: Zoo = ZOO): Architecture {
  const stated = facts.get("bneck.architecture");
  if (typeof stated === "string") return findArchitecture(stated, zoo);
  if (facts.has("bneck.format")) {
    const name = facts.get("bneck.name");
    if (facts.get("bneck.input") === "image") {
      throw usageError(`${path} is the exported model ${name}, not weights for an architecture`, undefined, {
        option: "model",
        advice: "run it",
      });
    }
    throw usageError(`${path} is the exported network of ${name} alone, which matches no known architecture`);
  }
  const fitting = recognise(weights, zoo).map(({ architecture }) => architecture);
  if (fitting.length === 1) return fitting[0];
  if (fitting.length > 1) {
    throw usageError(
      `${path} fits ${nameList(fitting)}, which compute different things with the same weights`,
      undefined,
      { option: "architecture", advice: "say which one it was trained as" },
    );
  }
  const foreign = looksForeign(weights);
  if (foreign) throw usageError(`${path} matches no known network: it looks like ${foreign}`);
  const near = nearest(weights, zoo);
  if (near) {
    throw usageError(
      `${path} matches no known network; the nearest is ${nameList(near.architectures)}:${
        misfitLines(near.fit)
      }`,
    );
  }
  const likeness = looksLike(weights, zoo);
  throw usageError(
    `${path} matches no known network${likeness ? `: it looks like ${likeness}` : ""}`,
    undefined,
    { option: "architecture", advice: "to see what does not fit, name one" },
  );
}

function misfit(checkpoint: Checkpoint, fit: Fit): Error {
  const { label, architecture: { network }, file: { weights } } = checkpoint;
  const likeness = misfitLikeness(checkpoint, fit);
  if (fit.fitting > 0) {
    return modelError(`${label} does not fit ${network.name}:${misfitLines(fit)}${likeness}`);
  }
  const given = [...weights.keys()].slice(0, 3).join(", ");
  const wanted = fit.missing.slice(0, 3).map(({ name }) => name).join(", ");
  return modelError(
    `${label} is not for ${network.name}: of its ${weights.size} tensors (${given}, …) none is ` +
      `one of the network's ${fit.missing.length + fit.misshapen.length} (${wanted}, …)${likeness}`,
  );
}

function misfitLines(fit: Fit): string {
  return describeMisfit(fit).map((sentence) => `\n  ${sentence}`).join("");
}

/** What the file looks like instead, as a line of its own. */
function misfitLikeness(
  { architecture: { network, naming }, file: { weights }, zoo }: Checkpoint,
  fit: Fit,
): string {
  const recognised = recognise(weights, zoo).map(({ architecture }) => architecture)
    .filter((architecture) => architecture.network !== network);
  if (recognised.length > 0) return `\n  it looks like the weights of ${nameList(recognised)}`;
  if (fit.missing.length + fit.unexpected.length === 0 && comesInWidths(network.name, zoo)) {
    return `\n  all names fit: is it a network of another width? Its architecture is named like ${network.name}-0.5`;
  }
  const likeness = looksLike(weights, zoo, naming.project);
  return likeness ? `\n  it looks like ${likeness}` : "";
}

function nameList(architectures: readonly Architecture[]): string {
  return architectures.map(({ network }) => network.name).join(" or ");
}

/** Training scripts keep an average of the weights beside them, which is often the better one. */
function otherWeights({ path, otherPaths, unused }: WeightFile, label: string): string[] {
  const warnings: string[] = [];
  if (otherPaths.length > 0) {
    const used = path === "" ? "those beside them" : `those under ${path}`;
    warnings.push(`${label} also has weights under the key ${otherPaths.join(" and ")}; ${used} are used`);
  }
  if (unused.length > 0) {
    const tensors = unused.length === 1 ? "1 tensor" : `${unused.length} tensors`;
    const names = [...new Set(unused.map((name) => name.replace(/\..*$/s, "")))];
    const some = names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
    warnings.push(
      `${label}: ${tensors} beside the network's ${unused.length === 1 ? "is" : "are"} not used: ${some}`,
    );
  }
  return warnings;
}

/**
 * NaN spreads to every output, so it is reported before anything runs. An infinite variance hides in a weight of 0; a
 * negative one, or a weight that overflows, shows only in the layer.
 */
function nonFinite(tensors: ReadonlySet<string>, bound: BoundWeights, label: string): string[] {
  const layers = new Set<string>();
  for (const [layer, { weight, bias }] of bound) {
    if (!isFinite(weight) || (bias && !isFinite(bias))) layers.add(layer.scope);
  }
  const [names, what] = tensors.size > 0 ? [tensors, "tensor"] : [layers, "layer"];
  if (names.size === 0) return [];
  const hold = names.size === 1 ? `1 ${what} holds` : `${names.size} ${what}s hold`;
  const some = [...names].slice(0, 3).join(", ") + (names.size > 3 ? ", …" : "");
  return [`${label}: ${hold} NaN or infinity (${some}): outputs will be NaN`];
}

function isFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) {
    // The difference is NaN for NaN and the infinities, and 0 for all else.
    if (values[i] - values[i] !== 0) return false;
  }
  return true;
}

/** The graph of a checkpoint's network without preprocessing: from a normalised image (`input`, `[N, 3, H, W]`) to its outputs. */
export function checkpointGraph({ architecture, classes }: Checkpoint): Graph {
  return inferenceGraph(architecture.network, classes);
}

/**
 * The network of a checkpoint, from the raw image to its results.
 *
 * @param labels those of the network's task, one for each class.
 * @throws {BneckError} (unusable model) when the weights do not fit.
 * @throws {RangeError} when the number of labels is not that of the classes.
 */
export function checkpointNetwork(
  checkpoint: Checkpoint,
  preprocessing: Preprocessing,
  labels: ModelLabels,
): Network {
  const { architecture: { network }, classes } = checkpoint;
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), preprocessOperator(preprocessing));
  const taps = network.backbone(g, image);
  const outputs = inferenceOutputs(network.head(classes).build(g, taps));
  const graph = g.finish(namedOutputs(network.task, outputs));
  const { weights, warnings } = bindCheckpoint(checkpoint, graph);
  return {
    graph,
    weights,
    warnings,
    tasks: networkTasks(network, classes, labels),
    inputSize: preprocessing.size,
    sizeGrid: { ...sizeGrid(preprocessing), minSide: network.minSide },
  };
}

/** The one task of a network, with its head and labels. */
function networkTasks(network: NetworkDefinition, classes: number, labels: ModelLabels): Tasks {
  const given = labels[network.task];
  if (given?.length !== classes) {
    throw new RangeError(`${classes} classes with ${given?.length ?? 0} labels of ${network.task}`);
  }
  switch (network.task) {
    case "classify":
      return { classify: { head: network.head(classes), labels: labels.classify! } };
    case "detect":
      return { detect: { head: network.head(classes), labels: labels.detect! } };
    case "segment":
      return { segment: { head: network.head(classes), labels: labels.segment! } };
  }
}
