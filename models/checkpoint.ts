/** A file of weights as a network: what it is for, and whether everything is in it. */
import { modelError, usageError } from "../core/errors.ts";
import { bindWeights, type BoundWeights, type Graph, type WeightSource } from "../core/graph/mod.ts";
import { readWeightFile, toFloat32, type WeightFile } from "../core/weights/mod.ts";
import { type Architecture, comesInWidths, findArchitecture } from "./architectures.ts";
import { describeMisfit, type Fit, fitNames, fitsExactly, translator } from "./names/mod.ts";
import { inferenceGraph } from "./networks/definition.ts";
import { classCount, looksForeign, looksLike, namingOf, nearest, recognise } from "./recognise.ts";

/** How a file of weights is to be read. */
export interface CheckpointOptions {
  /** The network that the weights are for; absent, the file must tell. */
  readonly architecture?: string;
  /** The number of classes that the network must have; absent, that of the file. */
  readonly classes?: number;
  /** PyTorch: take the weights under this key of the checkpoint, for example `model_ema`. */
  readonly key?: string;
}

/** A file of weights that fits an architecture. */
export interface Checkpoint {
  /** What to call it in messages. */
  readonly label: string;
  readonly architecture: Architecture;
  /** The number of classes that it was trained for. */
  readonly classes: number;
  readonly file: WeightFile;
}

/** Whether a file is called as files of weights are; those of ONNX may be models as well. */
export function isWeightsName(path: string): boolean {
  return /\.(pth|pt|bin|tar|ckpt|safetensors)$/i.test(path);
}

/** Weights joined with a network. */
export interface BoundCheckpoint {
  readonly weights: BoundWeights;
  /** What is odd about them, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a file of weights and finds out what it is for.
 *
 * @throws {BneckError} when it cannot be read, does not tell its architecture, or has another number of classes.
 */
export async function openCheckpoint(path: string, options: CheckpointOptions = {}): Promise<Checkpoint> {
  const file = withoutPrefix(await readWeightFile(path, { key: options.key }));
  const architecture = options.architecture === undefined
    ? tellArchitecture(file, path)
    : findArchitecture(options.architecture);
  const inFile = classCount(architecture, file.weights);
  const classes = options.classes ?? inFile ?? architecture.network.classes;
  if (inFile !== undefined && inFile !== classes) {
    throw modelError(
      `${path} was trained for ${inFile} classes, not ${classes}: give a labels file that names its ${inFile} classes`,
    );
  }
  return { label: path, architecture, classes, file };
}

/**
 * Joins a file of weights with the graph of its network.
 *
 * @throws {BneckError} listing every parameter that is missing, of another shape or unexpected, and what the file
 *   looks like instead.
 */
export function bindCheckpoint({ label, architecture, file }: Checkpoint, graph: Graph): BoundCheckpoint {
  const { weights, format } = file;
  const naming = namingOf(architecture, weights);
  const layers = naming.nameLayers(graph);
  const found = fitNames(graph, layers, weights, naming.unused);
  // An ONNX file has constants besides its weights, which cannot be told from them.
  const fit = format === "onnx" ? { ...found, unexpected: [] } : found;
  if (!fitsExactly(fit)) throw misfit(label, architecture, fit, file);

  const translate = translator(layers);
  const odd = new Set<string>();
  const source: WeightSource = (parameter) => {
    const name = translate(parameter) ?? "";
    const tensor = weights.get(name);
    if (!tensor) return undefined;
    const data = toFloat32(tensor);
    if (!isFinite(data)) odd.add(name);
    return { shape: tensor.shape, data };
  };
  const bound = bindWeights(graph, source, label);
  return { weights: bound, warnings: [...notTheOnly(file, label), ...notFinite(odd, bound, label)] };
}

/** So many wrappers may lie around a network. */
const MAX_PREFIXES = 4;

/**
 * Takes off what a training framework puts before every name, such as PyTorch Lightning's `model.`: no network that is
 * known has all its layers in one.
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

function tellArchitecture({ weights, facts }: WeightFile, path: string): Architecture {
  const stated = facts.get("bneck.architecture");
  if (typeof stated === "string") return findArchitecture(stated);
  if (facts.has("bneck.format")) {
    const name = facts.get("bneck.name");
    throw usageError(
      facts.get("bneck.input") === "image"
        ? `${path} is ${name} as bneck exported it, not weights for an architecture: name it with --model`
        : `${path} holds the network of ${name} alone, which is of no architecture that weights are read for`,
    );
  }
  const fitting = recognise(weights).map(({ architecture }) => architecture);
  if (fitting.length === 1) return fitting[0];
  if (fitting.length > 1) {
    throw usageError(
      `${path} fits ${nameList(fitting)}, which compute different things with the same weights: ` +
        "say which architecture it was trained as (--arch)",
    );
  }
  const foreign = looksForeign(weights);
  if (foreign) throw usageError(`${path} is for no network that is known: it looks like ${foreign}`);
  const near = nearest(weights);
  if (near) {
    throw usageError(
      `${path} fits no network that is known; nearest is ${nameList(near.architectures)}:${
        misfitLines(near.fit)
      }`,
    );
  }
  const likeness = looksLike(weights);
  throw usageError(
    `${path} does not tell what network it is for${likeness ? `: it looks like ${likeness}` : ""}; ` +
      "name its architecture (--arch) to see what does not fit",
  );
}

function misfit(label: string, architecture: Architecture, fit: Fit, { weights }: WeightFile): Error {
  const { network } = architecture;
  const hint = misfitHint(architecture, fit, weights);
  const names = [...weights.keys()];
  if (fit.fitting === 0) {
    return modelError(
      `${label} is not for ${network.name}: of its ${names.length} tensors (${
        names.slice(0, 3).join(", ")
      }, …) none is ` +
        `one of the network's ${fit.missing.length + fit.misshapen.length} (${
          fit.missing.slice(0, 3).map(({ name }) => name).join(", ")
        }, …)${hint}`,
    );
  }
  return modelError(`${label} does not fit ${network.name}:${misfitLines(fit)}${hint}`);
}

function misfitLines(fit: Fit): string {
  return describeMisfit(fit).map((sentence) => `\n  ${sentence}`).join("");
}

/** What the file is instead, as a line of its own. */
function misfitHint({ network, naming }: Architecture, fit: Fit, weights: WeightFile["weights"]): string {
  const recognised = recognise(weights).map(({ architecture }) => architecture)
    .filter((architecture) => architecture.network !== network);
  if (recognised.length > 0) return `\n  it looks like the weights of ${nameList(recognised)}`;
  if (fit.missing.length + fit.unexpected.length === 0 && comesInWidths(network.name)) {
    return `\n  all names fit: is it a network of another width? Its architecture is called as in ${network.name}-0.5`;
  }
  const likeness = looksLike(weights, naming.project);
  return likeness ? `\n  it looks like ${likeness}` : "";
}

function nameList(architectures: readonly Architecture[]): string {
  return architectures.map(({ network }) => network.name).join(" or ");
}

/** Training scripts keep an average of the weights beside them, which is often the better one. */
function notTheOnly({ path, otherKeys = [] }: WeightFile, label: string): string[] {
  if (otherKeys.length === 0) return [];
  return [
    `${label} holds weights under ${
      otherKeys.join(" and ")
    } too; those under ${path} are used (--weights-key)`,
  ];
}

/**
 * NaN spreads to every output, so nobody should find it there first. An infinite variance hides in a weight of 0; a
 * negative one, or a weight that overflows, shows only in the layer.
 */
function notFinite(tensors: ReadonlySet<string>, bound: BoundWeights, label: string): string[] {
  const layers = new Set<string>();
  for (const [layer, { weight, bias }] of bound) {
    if (!isFinite(weight) || (bias && !isFinite(bias))) layers.add(layer.scope);
  }
  const [names, what] = tensors.size > 0 ? [tensors, "tensor"] : [layers, "layer"];
  if (names.size === 0) return [];
  const hold = names.size === 1 ? `1 ${what} holds` : `${names.size} ${what}s hold`;
  const some = [...names].slice(0, 3).join(", ") + (names.size > 3 ? ", …" : "");
  return [`${label}: ${hold} NaN or infinity (${some}): what the network returns means nothing`];
}

function isFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) {
    // NaN and the infinities are what is not equal to itself after subtraction.
    if (values[i] - values[i] !== 0) return false;
  }
  return true;
}

/** The network of a checkpoint alone: from a normalised image (`input`, `[N, 3, H, W]`) to its outputs. */
export function checkpointGraph({ architecture, classes }: Checkpoint): Graph {
  return inferenceGraph(architecture.network, classes);
}
