/** Models whose weights other projects publish: they are downloaded once, checked and kept. */
import { type BneckError, modelError } from "../../core/errors.ts";
import { findArchitecture } from "../architectures.ts";
import { cachedPath } from "../cache.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { checkpointNetwork } from "../checkpoint_network.ts";
import { byHand, type Download } from "../download.ts";
import type { ModelEntry, ModelLabels, PublishedMetric } from "../entry.ts";
import { namedLabels } from "../labels/named.ts";
import { standardLabels } from "../labels/standard.ts";
import { type Preprocessing, resized } from "../preprocessing.ts";

/** A file of weights as its authors publish it. */
export interface PublishedWeights {
  /** The name of the architecture. */
  readonly architecture: string;
  /** What distinguishes these weights from others of the architecture: `imagenet1k_v2`. */
  readonly tag: string;
  /** Whether the name of the architecture alone means these weights. */
  readonly isDefault: boolean;
  readonly url: string;
  /** As many digits of the SHA-256 as are published. */
  readonly sha256: string;
  /** The size of the file in MiB, as published. */
  readonly mebibytes?: number;
  /** @default {that of the architecture} */
  readonly preprocessing?: Preprocessing;
  /** @default {that of the architecture} */
  readonly classes?: number;
  readonly metrics: readonly PublishedMetric[];
  readonly licence: string;
  readonly note?: string;
  /** The project and where it describes the weights. */
  readonly source: string;
  /** What of all this was checked, and against what. */
  readonly verified: string;
}

/** Said of every file here. */
const NOT_FETCHED = "the file was not fetched here: no network where this was built";

/** The model of a published file of weights. */
export function publishedModel(weights: PublishedWeights): ModelEntry {
  const { network, preprocessing: standard } = findArchitecture(weights.architecture);
  const classes = weights.classes ?? network.classes;
  const preprocessing = weights.preprocessing ?? standard;
  const labels = standardLabels(network.task, classes) ?? numbered(network.task, classes);
  const name = `${weights.architecture}.${weights.tag}`;
  const download: Download = {
    url: weights.url,
    fileName: weights.url.slice(weights.url.lastIndexOf("/") + 1),
    sha256: weights.sha256,
    mebibytes: weights.mebibytes,
  };
  return {
    name,
    aliases: weights.isDefault ? [weights.architecture] : [],
    summary: network.summary,
    tasks: [network.task],
    labels,
    architecture: weights.architecture,
    preprocessing,
    weights: [{ from: weights.source, licence: weights.licence, note: weights.note, download }],
    metrics: weights.metrics,
    verified: `${weights.verified}; ${NOT_FETCHED}`,
    async build(_tasks, inputSize) {
      const path = await fetchedPath(name, download);
      const checkpoint = await openCheckpoint(path, { architecture: weights.architecture, classes });
      return checkpointNetwork(checkpoint, resized(preprocessing, inputSize), labels);
    },
  };
}

function numbered(task: keyof ModelLabels, classes: number): ModelLabels {
  return namedLabels(task, Array.from({ length: classes }, (_, index) => `class ${index}`));
}

async function fetchedPath(name: string, download: Download): Promise<string> {
  const path = cachedPath(download.fileName);
  const { isFile } = await Deno.stat(path).catch(() => ({ isFile: false }));
  if (isFile) return path;
  throw notFetched(name, download, path);
}

/** The error for a model whose weights are not there. */
export function notFetched(name: string, download: Download, path: string): BneckError {
  return modelError(
    `the weights of ${name} are not on this machine: fetch them with "bneck models pull ${name}". ` +
      `${byHand(download, path)}; "bneck models verify ${name}" checks it`,
  );
}
