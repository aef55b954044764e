/** Opening what can be profiled: a network by name, a model with its weights, a file of weights, an ONNX file. */
import { usageError } from "../../core/errors.ts";
import { importLater } from "../../core/import_later.ts";
import { didYouMean, exists } from "../../core/files/mod.ts";
import {
  bindWeights,
  type Extent,
  type Graph,
  type GraphInput,
  graphInputs,
  type LoweringOptions,
  randomWeights,
  type Shape,
} from "../../core/graph/mod.ts";
import type { ResizeFilter } from "../../core/images/mod.ts";
import {
  type CountingRule,
  type FeedOptions,
  graphSubject,
  onnxSubject,
  type Subject,
} from "../../core/profile/mod.ts";
import { modelOfCard } from "../card.ts";
import type { ModelEntry } from "../entry.ts";
import { inputExtent, type InputSize } from "../input_size.ts";
import {
  findNetwork,
  type NetworkDefinition,
  networkGraph,
  networkInput,
  NETWORKS,
  upsampledOutputs,
} from "../zoo/mod.ts";
import { isNetworkFile, type NetworkFile, readNetworkFile } from "../networks/network_file.ts";
import { networkTableGraph } from "../networks/network_table.ts";
import { isWeightsName, refuseOtherFormats } from "../other_formats.ts";
import { resizeFilter } from "../preprocessing.ts";
import { MODELS } from "../registry.ts";

/** How a subject is counted, and with which inputs it is measured. */
export interface SubjectOptions extends FeedOptions {
  /** @default {"plain"} */
  readonly rule?: CountingRule;
  /** Ends the run that an ONNX file is counted in. */
  readonly signal?: AbortSignal;
  /** The architecture that a file of weights is for. @default {the one that the file fits} */
  readonly architecture?: string;
  /** The key of a PyTorch checkpoint under which the weights lie. */
  readonly key?: string;
}

/** Options that only a network of the catalogue takes. */
export interface NetworkSubjectOptions extends SubjectOptions {
  readonly name?: string;
  /** @default {the number that the network is defined with} */
  readonly classes?: number;
  readonly lowering?: LoweringOptions;
}

/** Any seed would do; results must be the same each time. */
const SEED = 1;

/** The photo that a model is profiled with unless `input` says otherwise, `[N, H, W, C]`: COCO's usual size. */
const PHOTO: Shape = [1, 480, 640, 3];

/**
 * Finds and counts what a name means: a network, a model, a file of weights or an ONNX file. Names of networks and
 * models come first; a file of such a name is opened as `./NAME`.
 *
 * @throws {BneckError} (usage) for an unknown name or an input that does not fit; (unusable model) for a file that
 *   is not an ONNX file, one that onnxruntime cannot run, or weights that fit no network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSubject, profileLayers } from "./mod.ts";
 * const subject = await openSubject("mobilenetv3-large-1.0", { size: [96, 96] });
 * assert.equal(subject.costs.madds, 43_060_160);
 * const profile = await profileLayers(subject, { threads: 1, runs: 5 });
 * const slowest = profile.rows.toSorted((a, b) => b.milliseconds - a.milliseconds)[0];
 * assert.ok(slowest.milliseconds > 0 && slowest.share < 1);
 * ```
 */
export async function openSubject(name: string, options: SubjectOptions = {}): Promise<Subject> {
  const network = findNetwork(name);
  if (network) return networkSubject(network, { ...options, name });
  const model = MODELS.find((entry) => entry.name === name || entry.aliases.includes(name));
  if (model) return await modelSubject(name, model, options);
  const carded = await modelOfCard(name);
  if (carded) {
    const subject = await modelSubject(name, carded, options);
    return { ...subject, file: name, weights: undefined };
  }
  if (isWeightsName(name)) return await weightsSubject(name, options);
  if (await isNetworkFile(name)) return tableSubject(name, await readNetworkFile(name), options);
  if (/[/\\]|\.onnx$/i.test(name) || exists(name)) return await fileSubject(name, options);
  const names = [...NETWORKS.map((known) => known.name), ...MODELS.flatMap((m) => [m.name, ...m.aliases])];
  // Networks of the paper's widths: the usual one is meant.
  const usual = names.find((known) => known === `${name}-1.0`);
  const near = usual === undefined ? didYouMean(name, names) : `; did you mean ${usual}?`;
  if (near) throw usageError(`unknown network ${name}${near}`);
  throw usageError(`unknown network ${name}, and there is no such file`, undefined, {
    option: "list",
    advice: "list the networks",
  });
}

/** A network without weights of its own: it is measured with random ones. */
export function networkSubject(definition: NetworkDefinition, options: NetworkSubjectOptions = {}): Subject {
  const { name = definition.name, size = definition.size, rule = "plain", lowering, batch } = options;
  const graph = networkGraph(definition, options.classes);
  return graphSubject({
    name,
    summary: definition.summary,
    graph,
    weights: () => bindWeights(graph, randomWeights(graph, SEED), name),
    input: { shapes: { ...batched(networkInput(size).shapes, batch), ...givenShapes(name, graph, options) } },
    rule,
    upsampled: rule === "extended" ? upsampledOutputs(definition, size) : {},
    lowering,
  });
}

/**
 * The network that a file of weights is for, with these weights.
 *
 * @throws {BneckError} when the file cannot be read or fits no network.
 */
export async function weightsSubject(path: string, options: SubjectOptions = {}): Promise<Subject> {
  const { rule = "plain", architecture, key } = options;
  const { bindCheckpoint, checkpointGraph, openCheckpoint } = await importLater<
    typeof import("../checkpoint.ts")
  >(import.meta.resolve("../checkpoint.ts"));
  const checkpoint = await openCheckpoint(path, { architecture, key });
  const { network } = checkpoint.architecture;
  const graph = checkpointGraph(checkpoint);
  const { weights } = bindCheckpoint(checkpoint, graph);
  const size = options.size ?? network.size;
  const subject = graphSubject({
    name: `${network.name} (${path})`,
    summary: network.summary,
    graph,
    weights: () => weights,
    input: {
      shapes: {
        ...batched(networkInput(size).shapes, options.batch),
        ...givenShapes(network.name, graph, options),
      },
    },
    rule,
    upsampled: rule === "extended" ? upsampledOutputs(network, size) : {},
  });
  return { ...subject, file: path };
}

/** A file of a network: it is measured with random weights. */
function tableSubject(path: string, { table }: NetworkFile, options: SubjectOptions): Subject {
  const { size = table.size, rule = "plain", batch } = options;
  const graph = networkTableGraph(table);
  const subject = graphSubject({
    name: `${table.name} (${path})`,
    summary: table.summary,
    graph,
    weights: () => bindWeights(graph, randomWeights(graph, SEED), path),
    input: { shapes: { ...batched(networkInput(size).shapes, batch), ...givenShapes(path, graph, options) } },
    rule,
    upsampled: rule === "extended" && graph.outputs["segment.logits"] ? { "segment.logits": size } : {},
  });
  return { ...subject, file: path };
}

async function modelSubject(name: string, entry: ModelEntry, options: SubjectOptions): Promise<Subject> {
  const { graph, weights, inputSize, sizeGrid } = await entry.build(entry.tasks, exactSize(options.size));
  if ((options.batch ?? 1) > 1) throw usageError(`${name} takes one image at a time`);
  const photo = givenShapes(name, graph, options).image;
  const [, height, width] = photo ?? PHOTO;
  const size = inputExtent(inputSize, sizeGrid, width, height);
  const subject = graphSubject({
    name,
    summary: entry.summary,
    graph,
    weights: () => weights,
    input: { shapes: { image: photo ?? photoShape(size, resizeFilter(graph)) }, size },
    rule: options.rule ?? "plain",
  });
  return { ...subject, weights: entry.weights };
}

async function fileSubject(
  path: string,
  { size, input = {}, rule, signal, batch }: SubjectOptions,
): Promise<Subject> {
  await refuseOtherFormats(path);
  const isGiven = Object.hasOwn(input, "image") || Object.hasOwn(input, "size");
  const exported = isGiven ? undefined : await exportedInput(path, size);
  if (exported === undefined) return await onnxSubject(path, { rule, size, input, signal, batch });
  const { image } = exported.shapes;
  return await onnxSubject(path, {
    rule,
    signal,
    batch,
    size: exported.size,
    input: { image: { shape: image }, ...input },
  });
}

/** The input that an exported model gets of {@linkcode PHOTO}; `undefined` for other files. */
async function exportedInput(path: string, size: Extent | undefined): Promise<GraphInput | undefined> {
  const { readIfModel } = await importLater<typeof import("../onnx_model.ts")>(
    import.meta.resolve("../onnx_model.ts"),
  );
  const model = await readIfModel(path);
  if (model === undefined) return undefined;
  const network = await model.build(model.tasks, exactSize(size));
  const [, height, width] = PHOTO;
  const extent = inputExtent(network.inputSize, network.sizeGrid, width, height);
  const filter = "filter" in network ? network.filter : undefined;
  return { shapes: { image: photoShape(extent, filter) }, size: extent };
}

/** {@linkcode PHOTO} as it reaches the network: resized already, where that is done with an antialiasing filter. */
function photoShape([height, width]: Extent, filter: ResizeFilter | undefined): Shape {
  return filter === undefined ? PHOTO : [1, height, width, 3];
}

function batched(shapes: Readonly<Record<string, Shape>>, batch = 1): Record<string, Shape> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, [, ...image]]) => [name, [batch, ...image]]),
  );
}

function exactSize(size: Extent | undefined): InputSize | undefined {
  return size && { kind: "exact", height: size[0], width: size[1] };
}

/** The shapes that are given for the inputs of one of our own graphs. */
function givenShapes(name: string, graph: Graph, { input = {} }: FeedOptions): Record<string, Shape> {
  const known = graphInputs(graph).map(({ operator }) => operator.name).filter((other) => other !== "size");
  return Object.fromEntries(
    Object.entries(input).map(([input, { shape, value }]) => {
      if (!known.includes(input)) {
        throw usageError(
          `${name} has no input ${input}${didYouMean(input, known) || `: it has ${known.join(", ")}`}`,
        );
      }
      if (!shape || value !== undefined) {
        throw usageError(
          `the input "${input}" of ${name} cannot be filled with a value: only inputs of ONNX files can`,
        );
      }
      if (shape.length !== 4) {
        throw usageError(`the input "${input}" of ${name} has four dimensions, not ${shape.length}`);
      }
      return [input, shape];
    }),
  );
}
