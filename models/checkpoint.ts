/** A file of weights as a network: what it is for, and whether everything is in it. */
import { modelError, usageError } from "../core/errors.ts";
import { bindWeights, type BoundWeights, type Graph, type WeightSource } from "../core/graph/mod.ts";
import { readWeightFile, toFloat32, type WeightFile } from "../core/weights/mod.ts";
import { type Architecture, findArchitecture } from "./architectures.ts";
import { describeMisfit, type Fit, fitNames, fitsExactly, translator } from "./names/mod.ts";
import { inferenceGraph } from "./networks/definition.ts";
import { classCount, looksLike, namingOf, recognise } from "./recognise.ts";

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
  const file = await readWeightFile(path, { key: options.key });
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
  const source: WeightSource = (name) => {
    const tensor = weights.get(translate(name) ?? "");
    return tensor && { shape: tensor.shape, data: toFloat32(tensor) };
  };
  const bound = bindWeights(graph, source, label);
  return { weights: bound, warnings: notFinite(bound, label) };
}

function tellArchitecture({ weights, facts }: WeightFile, path: string): Architecture {
  const stated = facts.get("bneck.architecture");
  if (typeof stated === "string") return findArchitecture(stated);
  const fitting = recognise(weights).map(({ architecture }) => architecture);
  if (fitting.length === 1) return fitting[0];
  if (fitting.length > 1) {
    throw usageError(
      `${path} fits ${nameList(fitting)}, which compute different things with the same weights: ` +
        "say which architecture it was trained as",
    );
  }
  const likeness = looksLike(weights);
  throw usageError(
    `${path} does not tell what network it is for${likeness ? `: it looks like ${likeness}` : ""}; ` +
      "give its architecture to see what does not fit",
  );
}

function misfit(label: string, { network }: Architecture, fit: Fit, { weights }: WeightFile): Error {
  const recognised = recognise(weights).map(({ architecture }) => architecture)
    .filter((architecture) => architecture.network !== network);
  const likeness = recognised.length > 0 ? `the weights of ${nameList(recognised)}` : looksLike(weights);
  const hint = likeness ? `\n  it looks like ${likeness}` : "";
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
  const details = describeMisfit(fit).map((sentence) => `\n  ${sentence}`).join("");
  return modelError(`${label} does not fit ${network.name}:${details}${hint}`);
}

function nameList(architectures: readonly Architecture[]): string {
  return architectures.map(({ network }) => network.name).join(" or ");
}

/** NaN spreads to every output, so nobody should find it there first. */
function notFinite(bound: BoundWeights, label: string): string[] {
  const layers = new Set<string>();
  for (const [layer, { weight, bias }] of bound) {
    if (!isFinite(weight) || (bias && !isFinite(bias))) layers.add(layer.scope);
  }
  if (layers.size === 0) return [];
  const some = [...layers].slice(0, 3).join(", ");
  return [
    `${label}: ${layers.size} layers hold NaN or infinity (${some}${layers.size > 3 ? ", …" : ""}): ` +
    "what the network returns means nothing",
  ];
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
