/** Finding the model that a user asks for: by name, as an exported file, or as weights of an architecture. */
import { modelError, usageError } from "../core/errors.ts";
import { importLater } from "../core/import_later.ts";
import { modelOfCard } from "./card.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { ModelLabels, RunnableModel } from "./entry.ts";
import { namedLabels, readClassNames, standardLabels } from "./labels.ts";
import type { Model, ModelOptions } from "./model.ts";
import { isWeightsName, refuseOtherFormats } from "./other_formats.ts";
import { resized } from "./preprocessing.ts";
import { findModel, modelNamed, modelOfFile } from "./registry.ts";
import { ZOO, type Zoo } from "./zoo/mod.ts";

// What reads files is loaded for those who name one.
const adoption = () =>
  importLater<typeof import("./adopt/read_any.ts")>(import.meta.resolve("./adopt/read_any.ts"));
const checkpoints = () =>
  importLater<typeof import("./checkpoint.ts")>(import.meta.resolve("./checkpoint.ts"));

/** What a user asks for. Plain data. */
export interface ModelRequest {
  /**
   * The name of a model, or the path of an exported file (`.onnx`). Beside `weights`: the model whose weights they
   * replace.
   */
  readonly model?: string;
  /** A file of weights: PyTorch, safetensors or ONNX. */
  readonly weights?: string;
  /** The architecture of the weights; absent, it is recognised from the file. */
  readonly architecture?: string;
  /**
   * Where in the file the weights lie: keys of a checkpoint joined by dots, or how the names of the tensors start; absent,
   * wherever they fit.
   */
  readonly weightsKey?: string;
  /** A file with the names of the classes that the weights were trained for, where no common data set has them. */
  readonly labels?: string;
}

/**
 * Finds a model.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { resolveModel } from "./open.ts";
 * const { name, tasks } = await resolveModel({ model: "mb3-large-075" });
 * assert.equal(name, "mb3-large-075.coco-everyday");
 * assert.deepEqual(tasks, ["detect", "segment"]);
 * ```
 *
 * @param zoo the projects whose models and architectures are known.
 * @throws {BneckError} when the model is unknown, a file cannot be used, or the request contradicts itself.
 */
export async function resolveModel(request: ModelRequest, zoo: Zoo = ZOO): Promise<RunnableModel> {
  const { model, weights, architecture, labels, weightsKey } = request;
  if (weights !== undefined) return await modelOfWeights(weights, request, zoo);
  if (architecture !== undefined || labels !== undefined || weightsKey !== undefined) {
    throw usageError(
      "an architecture, labels or a weights key were given without a file of weights",
      undefined,
      { option: "weights", advice: "name the file" },
    );
  }
  if (model === undefined) throw usageError("neither a model nor a file of weights was named");
  const known = modelNamed(model, zoo);
  if (known) return known;
  if (/\.onnx$/i.test(model)) return await (await adoption()).readAnyOnnxModel(model);
  const carded = await modelOfCard(model);
  if (carded) return carded;
  if (isWeightsName(model)) return await modelOfWeights(model, {}, zoo);
  if (/\.json$/i.test(model)) {
    const [{ isNetworkFile, readNetworkFile }, { networkFileModel }] = await Promise.all([
      importLater<typeof import("./networks/network_file.ts")>(
        import.meta.resolve("./networks/network_file.ts"),
      ),
      importLater<typeof import("./networks/network_model.ts")>(
        import.meta.resolve("./networks/network_model.ts"),
      ),
    ]);
    if (await isNetworkFile(model)) return networkFileModel(await readNetworkFile(model), model);
  }
  if (model === "") throw usageError("the name of the model is empty");
  if ((await Deno.stat(model).catch(() => undefined))?.isFile) {
    await refuseOtherFormats(model);
    throw modelError(
      `${model} is not a model: files that can be run are ONNX files (.onnx) and weights (.safetensors, .pth, .pt, …)`,
    );
  }
  return findModel(model, zoo);
}

/**
 * Finds a model and loads it.
 *
 * @param zoo the projects whose models and architectures are known.
 * @throws {BneckError} as {@linkcode resolveModel} and {@linkcode Model.open} do.
 */
export async function openModel(
  request: ModelRequest,
  options: ModelOptions = {},
  zoo: Zoo = ZOO,
): Promise<Model> {
  const { Model } = await importLater<typeof import("./model.ts")>(import.meta.resolve("./model.ts"));
  return await Model.open(await resolveModel(request, zoo), options);
}

async function modelOfWeights(path: string, request: ModelRequest, zoo: Zoo): Promise<RunnableModel> {
  const replaced = request.model === undefined
    ? publishedAs(path, request, zoo)
    : findModel(request.model, zoo);
  const named = request.architecture ?? replaced?.architecture;
  if (replaced && named === undefined) {
    throw usageError(
      `the weights of ${replaced.name} cannot be replaced: leave the model out, or name another`,
    );
  }
  const names = request.labels === undefined ? undefined : await readClassNames(request.labels);
  const { checkpointNetwork, openCheckpoint } = await checkpoints();
  const checkpoint = await openCheckpoint(path, {
    architecture: named,
    classes: names?.length,
    key: request.weightsKey,
    zoo,
  });
  const { network, preprocessing: standard } = checkpoint.architecture;
  const preprocessing = replaced?.preprocessing ?? standard;
  const labels = names ? namedLabels(network.task, names) : labelsFor(checkpoint, path, replaced?.labels);
  // Built at once, so that a problem with the file is reported before anything else is done.
  const built = checkpointNetwork(checkpoint, preprocessing, labels);
  return {
    name: network.name,
    aliases: [],
    summary: `${network.summary}, with the weights in ${path}`,
    tasks: [network.task],
    labels,
    architecture: network.name,
    preprocessing,
    weights: [{ from: path, licence: "unknown" }],
    metrics: [],
    verified: "names and shapes of all parameters",
    warnings: built.warnings,
    build: (_tasks, inputSize) =>
      Promise.resolve(
        inputSize ? checkpointNetwork(checkpoint, resized(preprocessing, inputSize), labels) : built,
      ),
  };
}

/** The model whose published weights the file's name says it holds, unless another architecture is asked for. */
function publishedAs(path: string, { architecture }: ModelRequest, zoo: Zoo): RunnableModel | undefined {
  const model = modelOfFile(path, zoo);
  return architecture === undefined || architecture === model?.architecture ? model : undefined;
}

function labelsFor(
  { architecture: { network }, classes }: Checkpoint,
  path: string,
  replaced: ModelLabels = {},
): ModelLabels {
  if (replaced[network.task]?.length === classes) return replaced;
  const labels = standardLabels(network.task, classes);
  if (labels) return labels;
  throw usageError(
    `${path} was trained for ${classes} classes, which matches no common data set; ${network.name} usually has ` +
      `${network.classes}`,
    undefined,
    { option: "labels", advice: "name the classes in a file, one per line," },
  );
}
