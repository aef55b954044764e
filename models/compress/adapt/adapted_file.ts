/** An adapted file: a network's weights as safetensors, with its base and the channels that are left. */
import { modelError } from "../../../core/errors.ts";
import { isJsonObject } from "../../../core/files/mod.ts";
import {
  bindWeights,
  type Graph,
  graphParameters,
  narrowGraph,
  type WeightSource,
} from "../../../core/graph/mod.ts";
import {
  encodeSafetensors,
  float32Tensor,
  parseSafetensors,
  toFloat32,
  type WeightMap,
  type WeightTensor,
} from "../../../core/weights/mod.ts";
import { CARDS, writerOf } from "../../card.ts";
import { readCardFile } from "../../card_file.ts";
import type { ModelEntry, PublishedMetric } from "../../entry.ts";
import { type ModelMetadata, printable, writeMetadata } from "../../metadata.ts";
import type { Network, Task } from "../../network.ts";
import { networkTableJson } from "../../networks/network_file.ts";
import { type AdaptationBase, baseGraph, baseJson, graphOfTasks, parseBase } from "./base.ts";
import type { Candidate } from "./candidate.ts";

/** What an adapted file says of itself beside what every exported file says. */
export interface AdaptCard {
  /** The channels of the groups that have become narrower, by the groups' names. */
  readonly channels: Readonly<Record<string, number>>;
  /** The model that it was made from. */
  readonly original: string;
  /** Where the latencies were measured, in milliseconds: `[height, width]` and what of the processor is known. */
  readonly latency: {
    readonly size: readonly [number, number];
    readonly threads: number;
    readonly machine: string;
    readonly original: number;
    readonly predicted: number;
    readonly measured: number;
  };
  /** Steps of NetAdapt, and steps of the distillation after them. */
  readonly steps: number;
  readonly distilled: number;
  /** The images that it was adapted with. */
  readonly images: number;
  readonly seed: number;
  /** Of the original and of the adapted network on the images for evaluation. */
  readonly figures?: {
    readonly metric: string;
    readonly original: number;
    readonly adapted: number;
    readonly images: number;
  };
  /** The command line that makes it again. */
  readonly command?: string;
  /** When it was made, as `2026-01-31`. */
  readonly date: string;
}

/** What is written beside the weights. */
export interface AdaptedContent {
  readonly metadata: ModelMetadata;
  readonly base: AdaptationBase;
  readonly card: AdaptCard;
  readonly candidate: Pick<Candidate, "weights" | "graph">;
}

const CARD = CARDS.adapt;
/** The key of a base that is a table. */
const TABLE = "bneck.network";

/** The bytes of an adapted file. */
export function encodeAdapted({ metadata, base, card, candidate }: AdaptedContent): Uint8Array {
  const tensors = new Map<string, WeightTensor>();
  for (const { name, role, shape } of graphParameters(candidate.graph)) {
    const scope = name.replace(/\.[^.]+$/, "");
    const { weight, bias } = candidate.weights.get(scope) ?? {};
    if (role !== "weight" || !weight) continue;
    tensors.set(name, float32Tensor(shape, weight));
    if (bias) tensors.set(`${scope}.bias`, float32Tensor([bias.length], bias));
  }
  const entries = new Map([
    ...Object.entries(writeMetadata(metadata)),
    [CARD, JSON.stringify({ base: baseJson(base), ...card })],
  ]);
  if (base.kind === "table") entries.set(TABLE, JSON.stringify(networkTableJson(base.table)));
  return encodeSafetensors(tensors, entries);
}

/** An adapted file that was read. */
export interface AdaptedFile {
  readonly path: string;
  readonly metadata: ModelMetadata;
  readonly base: AdaptationBase;
  readonly card: AdaptCard;
  readonly weights: WeightMap;
}

/** Whether a file is an adapted one, by its first bytes; `false` for files that cannot be read. */
export async function isAdaptedFile(path: string): Promise<boolean> {
  return await writerOf(path) === "adapt";
}

/** Larger files are of no network that is adapted here. */
const MAX_ADAPTED_BYTES = 2 ** 30;

/**
 * Reads an adapted file.
 *
 * @throws {BneckError} (unusable model) when it cannot be read or its card is invalid.
 */
export async function readAdapted(path: string): Promise<AdaptedFile> {
  const { bytes, entries, metadata, card: json, fail } = await readCardFile(path, "adapt", MAX_ADAPTED_BYTES);
  if (!isJsonObject(json)) return fail(`${CARD} is not an object`);
  return {
    path,
    metadata,
    base: parseBase(json.base, entries.get(TABLE), fail),
    card: parseCard(json, fail),
    weights: parseSafetensors(bytes, path),
  };
}

/** More groups than any network has. */
const MAX_GROUPS = 4096;

function parseCard(json: Record<string, unknown>, fail: (what: string) => never): AdaptCard {
  const channels = isJsonObject(json.channels)
    ? Object.entries(json.channels)
    : fail("its channels are not an object");
  if (channels.length > MAX_GROUPS) fail(`it has more than ${MAX_GROUPS} groups of channels`);
  if (!channels.every(([, count]) => Number.isInteger(count) && Number(count) >= 1)) {
    fail("its channels must be whole numbers from 1 on");
  }
  const number = (of: Record<string, unknown>, key: string): number => {
    const value = of[key];
    return typeof value === "number" && Number.isFinite(value) && value >= 0
      ? value
      : fail(`${key} is not a number`);
  };
  const text = (of: Record<string, unknown>, key: string): string =>
    typeof of[key] === "string" ? printable(of[key]) : fail(`${key} is not text`);
  const latency = isJsonObject(json.latency) ? json.latency : fail("its latency is not an object");
  const { size } = latency;
  if (
    !(Array.isArray(size) && size.length === 2 && size.every((side) => Number.isInteger(side) && side > 0))
  ) {
    return fail("its size must be two lengths");
  }
  const { figures } = json;
  if (figures !== undefined && !isJsonObject(figures)) return fail("its figures are not an object");
  return {
    channels: Object.fromEntries(channels) as Record<string, number>,
    original: text(json, "original"),
    latency: {
      size: [size[0], size[1]],
      threads: number(latency, "threads"),
      machine: text(latency, "machine"),
      original: number(latency, "original"),
      predicted: number(latency, "predicted"),
      measured: number(latency, "measured"),
    },
    steps: number(json, "steps"),
    distilled: number(json, "distilled"),
    images: number(json, "images"),
    seed: number(json, "seed"),
    ...(figures && {
      figures: {
        metric: text(figures, "metric"),
        original: number(figures, "original"),
        adapted: number(figures, "adapted"),
        images: number(figures, "images"),
      },
    }),
    ...(json.command === undefined ? {} : { command: text(json, "command") }),
    date: text(json, "date"),
  };
}

/** An adapted file as a model. */
export function adaptedModel(file: AdaptedFile): ModelEntry {
  const { path, metadata, base, card } = file;
  const { tasks, licence } = metadata;
  const { figures, latency } = card;
  const metrics: PublishedMetric[] = figures
    ? [{
      dataset: `${figures.images} images; the original has ${(100 * figures.original).toFixed(1)} %`,
      metric: figures.metric,
      value: figures.adapted,
      source: "bneck adapt",
    }]
    : [];
  return {
    name: metadata.name,
    aliases: [],
    summary: metadata.summary,
    tasks: Object.keys(tasks) as Task[],
    labels: Object.fromEntries(Object.entries(tasks).map(([task, { labels }]) => [task, labels])),
    ...(base.kind === "architecture" ? { preprocessing: base.preprocessing } : {}),
    weights: [{
      from: path,
      licence,
      note: `adapted from ${card.original} with ${card.images} images and the seed ${card.seed}`,
    }],
    metrics,
    verified: `${latency.measured.toFixed(2)} ms at ${latency.size.join("×")}, the original ${
      latency.original.toFixed(2)
    } ms, when it was adapted (${latency.machine}, ${latency.threads} ${
      latency.threads === 1 ? "thread" : "threads"
    })`,
    build(wanted, inputSize): Promise<Network> {
      const whole = adaptedGraph(file, baseGraph(base, inputSize));
      const graph = graphOfTasks(whole, wanted);
      return Promise.resolve({
        graph,
        weights: bindWeights(graph, sourceOf(file.weights), path),
        tasks: Object.fromEntries(
          Object.entries(tasks).filter(([task]) => (wanted as readonly string[]).includes(task)),
        ),
        inputSize: inputSize ?? metadata.inputSize,
        sizeGrid: metadata.sizeGrid,
      });
    },
  };
}

/**
 * The graph of an adapted file.
 *
 * @param base the graph of its base.
 * @throws {BneckError} (unusable model) when its channels are not some of the base's.
 */
function adaptedGraph({ path, card }: Pick<AdaptedFile, "path" | "card">, base: Graph): Graph {
  try {
    return narrowGraph(base, new Map(Object.entries(card.channels)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw modelError(`${path} has an invalid card: ${printable(error.message)}`, error);
  }
}

function sourceOf(weights: WeightMap): WeightSource {
  return (name) => {
    const tensor = weights.get(name);
    return tensor && { shape: tensor.shape, data: toFloat32(tensor) };
  };
}
