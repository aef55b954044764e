/** Recognising which network a file of weights is for by the names and shapes in it. */
import { graphParameters } from "../core/graph/mod.ts";
import type { WeightMap } from "../core/weights/mod.ts";
import { inferenceGraph } from "./networks/definition.ts";
import { type Fit, fitNames, fitsExactly } from "./networks/fit.ts";
import { type NamingScheme, OWN_NAMES, translator } from "./networks/naming.ts";
import type { Architecture } from "./networks/project.ts";
import { architectures, usualWidths, ZOO, type Zoo } from "./zoo/mod.ts";

/** An architecture that a file fits, and how many classes the file was trained for. */
export interface Recognised {
  readonly architecture: Architecture;
  readonly classes: number;
}

/** The names that a file uses for an architecture: its own project's, or ours. */
export function namingOf({ naming }: Architecture, weights: WeightMap): NamingScheme {
  return hasMarks(OWN_NAMES, weights) ? OWN_NAMES : naming;
}

/**
 * How many classes a file was trained for: the number at which each parameter that depends on it has its size in the
 * file. `undefined` when there is no such number.
 */
export function classCount(architecture: Architecture, weights: WeightMap): number | undefined {
  const { network } = architecture;
  const graph = inferenceGraph(network);
  const wider = new Map(
    graphParameters(inferenceGraph(network, network.classes + 1)).map(({ name, shape }) => [name, shape[0]]),
  );
  const translate = translator(namingOf(architecture, weights).nameLayers(graph));
  const counts = new Set<number>();
  for (const { name, shape: [rows] } of graphParameters(graph)) {
    const perClass = wider.get(name)! - rows;
    const tensor = perClass > 0 ? weights.get(translate(name) ?? "") : undefined;
    if (tensor) counts.add(network.classes + (tensor.shape[0] - rows) / perClass);
  }
  const [count] = counts;
  return counts.size === 1 && Number.isInteger(count) && count > 0 ? count : undefined;
}

/**
 * Every architecture that a file fits exactly, other widths only if no listed one fits; architectures that differ only
 * in padding or BatchNorm's ε share files.
 */
export function recognise(weights: WeightMap, zoo: Zoo = ZOO): Recognised[] {
  const found = fitting(weights, architectures(zoo));
  return found.length > 0 ? found : fitting(weights, usualWidths(zoo));
}

function fitting(weights: WeightMap, candidates: readonly Architecture[]): Recognised[] {
  return candidates.flatMap((architecture) => {
    const naming = namingOf(architecture, weights);
    if (!hasMarks(naming, weights)) return [];
    const classes = classCount(architecture, weights);
    if (classes === undefined) return [];
    const graph = inferenceGraph(architecture.network, classes);
    const fit = fitNames(graph, naming.nameLayers(graph), weights, naming.unused);
    return fitsExactly(fit) ? [{ architecture, classes }] : [];
  });
}

/** The architectures that a file fits best, of those that have most of their parameters in it, and how it fits them. */
export function nearest(
  weights: WeightMap,
  zoo: Zoo = ZOO,
): { readonly architectures: readonly Architecture[]; readonly fit: Fit } | undefined {
  let best: { architectures: Architecture[]; fit: Fit } | undefined;
  for (const architecture of architectures(zoo)) {
    const graph = inferenceGraph(architecture.network, classCount(architecture, weights));
    const naming = namingOf(architecture, weights);
    const fit = fitNames(graph, naming.nameLayers(graph), weights, naming.unused);
    if (fit.fitting < MIN_SHARE * (fit.fitting + fit.missing.length + fit.misshapen.length)) continue;
    const [here, there] = [misfits(fit), best ? misfits(best.fit) : Infinity];
    if (here < there) best = { architectures: [architecture], fit };
    else if (here === there) best!.architectures.push(architecture);
  }
  return best;
}

/** A file with a smaller share of a network's parameters is not compared with it. */
const MIN_SHARE = 0.8;

function misfits({ missing, misshapen, unexpected }: Fit): number {
  return missing.length + misshapen.length + unexpected.length;
}

/** Files for networks that are not in the zoo: a name that identifies them, and what they are. */
const FOREIGN: readonly (readonly [sign: RegExp, what: string])[] = [
  [
    /_packed_params|\.zero_point$/,
    "a quantized PyTorch network: use the floating-point weights it was made from",
  ],
  [
    /^onnx::Conv_\d+$/,
    "a network exported by torch.onnx.export, where BatchNorm is folded and layer names are lost: use the checkpoint " +
    "it was exported from",
  ],
  [
    /^bneck\.0\.conv1\.weight$/,
    "a checkpoint of xiaolai-sqlai/mobilenetv3, whose blocks have convolutions on their shortcuts",
  ],
  [
    /^mobilenet_v[12]\.conv_stem\./,
    "a Hugging Face Transformers checkpoint; torchvision's and timm's are supported",
  ],
  [/^Mobilenet(V|v)[123]\//, "a TensorFlow checkpoint; timm has the same weights as tf_…"],
  [/^backbone\.layer\d/, "an OpenMMLab checkpoint"],
  [/(^|\.)fpn\.|^roi_heads\./, "a two-stage detector"],
  [/^(module\.)?layer[1-4]\.0\.conv1\.weight$/, "a ResNet"],
];

/** What a file for an unsupported network is, if its names identify it. */
export function looksForeign(weights: WeightMap): string | undefined {
  const names = [...weights.keys()];
  return FOREIGN.find(([sign]) => names.some((name) => sign.test(name)))?.[1];
}

/**
 * Whose file it looks like, as the end of "it looks like …".
 *
 * @param except a project that is not mentioned.
 */
export function looksLike(weights: WeightMap, zoo: Zoo = ZOO, except?: string): string | undefined {
  const foreign = looksForeign(weights);
  if (foreign) return foreign;
  const projects = new Set(
    architectures(zoo)
      .map(({ naming }) => naming)
      .filter((naming) => naming.project !== except && hasMarks(naming, weights))
      .map(({ project }) => project),
  );
  return projects.size > 0 ? `a ${[...projects].join(" or ")} checkpoint` : undefined;
}

function hasMarks({ marks }: NamingScheme, weights: WeightMap): boolean {
  return marks.every((mark) => weights.has(mark));
}
