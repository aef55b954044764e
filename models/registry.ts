/** Models by name: those that come with bneck, and those whose weights are downloaded once, checked and kept. */
import { basename } from "node:path";
import { type BneckError, modelError, usageError } from "../core/errors.ts";
import { didYouMean } from "../core/files/nearest_name.ts";
import { importLater } from "../core/import_later.ts";
import { cachedPath } from "./cache.ts";
import { byHand, type Download } from "./download.ts";
import type { ModelEntry } from "./entry.ts";
import { numberedLabels, standardLabels } from "./labels.ts";
import { resized } from "./preprocessing.ts";
import type { PublishedWeights, ZooProject } from "./networks/project.ts";
import { findArchitecture, ZOO, type Zoo } from "./zoo/mod.ts";

/** Said of every published file. */
const NOT_FETCHED = "the file was not fetched here: no network where this was built";

/** Every model, the one that needs no download first. */
export const MODELS: readonly ModelEntry[] = modelsOf(ZOO);

/** The models of a zoo: of each project those that come with bneck, then those whose weights it publishes. */
export function modelsOf(zoo: Zoo): readonly ModelEntry[] {
  return zoo.flatMap((project) => [
    ...project.models ?? [],
    ...(project.weights ?? []).map((weights) => publishedModel(weights, project)),
  ]);
}

/** The model of a name or an alias; `undefined` when there is none. */
export function modelNamed(name: string, zoo: Zoo = ZOO): ModelEntry | undefined {
  const models = zoo === ZOO ? MODELS : modelsOf(zoo);
  return models.find((model) => model.name === name || model.aliases.includes(name));
}

/**
 * Finds a model by its name or an alias.
 *
 * @throws {BneckError} (usage) with the nearest name when there is none.
 */
export function findModel(name: string, zoo: Zoo = ZOO): ModelEntry {
  const model = modelNamed(name, zoo);
  if (model) return model;
  const names = modelsOf(zoo).flatMap((model) => [model.name, ...model.aliases]);
  throw usageError(`unknown model ${name}${didYouMean(name, names) || ': "bneck models list" lists them'}`);
}

/**
 * The model whose weights are published under a file's name. These names hold a digest, so that a file fetched by hand
 * is known in any folder; weights that were trained further under the same name get the preprocessing of their origin.
 */
export function modelOfFile(path: string, zoo: Zoo = ZOO): ModelEntry | undefined {
  const name = basename(path);
  const models = zoo === ZOO ? MODELS : modelsOf(zoo);
  return models.find(({ weights }) => weights.some(({ download }) => download?.fileName === name));
}

/** The model of a published file of weights. */
function publishedModel(weights: PublishedWeights, project: ZooProject): ModelEntry {
  const { architecture, url, sha256, mebibytes, source: from, licence, note } = weights;
  const { network, preprocessing: standard } = findArchitecture(architecture, [project]);
  const classes = weights.classes ?? network.classes;
  const preprocessing = weights.preprocessing ?? standard;
  const labels = standardLabels(network.task, classes) ?? numberedLabels(network.task, classes);
  const name = `${architecture}.${weights.tag}`;
  const download: Download = { url, fileName: basename(url), sha256, mebibytes };
  return {
    name,
    aliases: weights.isDefault ? [architecture] : [],
    summary: network.summary,
    tasks: [network.task],
    labels,
    architecture,
    preprocessing,
    weights: [{ from, licence, note, download }],
    metrics: weights.metrics,
    verified: `${weights.verified}; ${NOT_FETCHED}`,
    async build(_tasks, inputSize) {
      const path = await fetchedPath(name, download);
      const { checkpointNetwork, openCheckpoint } = await importLater<typeof import("./checkpoint.ts")>(
        import.meta.resolve("./checkpoint.ts"),
      );
      const checkpoint = await openCheckpoint(path, { architecture, classes, zoo: [project] });
      return checkpointNetwork(checkpoint, resized(preprocessing, inputSize), labels);
    },
  };
}

async function fetchedPath(name: string, download: Download): Promise<string> {
  const path = cachedPath(download.fileName);
  const { isFile } = await Deno.stat(path).catch(() => ({ isFile: false }));
  if (isFile) return path;
  throw notFetched(name, download, path);
}

/** The error for a model whose weights have not been downloaded. */
export function notFetched(name: string, download: Download, path: string): BneckError {
  return modelError(
    `the weights of ${name} are not on this machine: fetch them with "bneck models pull ${name}". ` +
      `${byHand(download, path)}; "bneck models verify ${name}" checks it`,
  );
}
