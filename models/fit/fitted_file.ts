/** A fitted file: what was learned as safetensors, with a card that makes it a model. */
import { shortDigest } from "../../core/bytes.ts";
import { isJsonObject } from "../../core/files/mod.ts";
import type { WeightSource } from "../../core/graph/mod.ts";
import {
  encodeSafetensors,
  float32Tensor,
  parseSafetensors,
  toFloat32,
  type WeightMap,
  type WeightTensor,
} from "../../core/weights/mod.ts";
import { CLASSIFICATION_DECODER, SEGMENTATION_DECODER } from "../../heads/mod.ts";
import { CARDS, writerOf } from "../card.ts";
import { readCardFile } from "../card_file.ts";
import type { ModelEntry, PublishedMetric } from "../entry.ts";
import { type ModelMetadata, writeMetadata } from "../metadata.ts";
import type { Network, Tasks } from "../network.ts";
import { networkTableJson, parseNetworkTable } from "../networks/network_file.ts";
import type { NetworkTable } from "../networks/network_table.ts";
import type { FitClass } from "./data.ts";
import { bindFit, type FitGeometry, fitGraph } from "./network.ts";
import { type Recipe, sizeGridOf, TUNED_FROM } from "./recipe.ts";

/** What a fitted file says of itself beside what every exported file says. */
export interface FitCard {
  readonly geometry: FitGeometry;
  readonly recipe: Recipe;
  /** The command line that makes it again. */
  readonly command?: string;
  readonly data: {
    readonly train: number;
    readonly val: number;
    readonly samples: number;
    /** Folders, as they were given. */
    readonly sources: readonly string[];
  };
  /** On the images for validation. */
  readonly figures: {
    readonly metric: "mIoU" | "top-1 accuracy";
    readonly value: number;
    readonly pixelAccuracy?: number;
    readonly perClass: Readonly<Record<string, number | null>>;
    /** Of a nearest-centroid classifier on the same features. */
    readonly baseline?: number;
  };
  /** When it was made, as `2026-01-31`. */
  readonly date: string;
}

/** What is written beside the weights. */
export interface FittedContent {
  readonly name: string;
  readonly classes: readonly FitClass[];
  readonly card: FitCard;
  /** @default {"unknown"} */
  readonly licence?: string;
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
}

const CARD = CARDS.fit;

/** The bytes of a fitted file. */
export function encodeFitted(
  { name, classes, card, licence = "unknown", weights }: FittedContent,
): Uint8Array {
  const { recipe, figures, data } = card;
  const labels = classes.map(({ name, color }) => ({ name, color }));
  const tasks: Tasks = recipe.task === "segment"
    ? { segment: { head: SEGMENTATION_DECODER, labels } }
    : { classify: { head: CLASSIFICATION_DECODER, labels: classes.map(({ name }) => ({ name })) } };
  const entries = writeMetadata({
    name,
    summary: summaryOf(card, classes.length),
    input: "image",
    tasks,
    inputSize: { kind: "shorter", pixels: recipe.augmentation.shorter },
    sizeGrid: sizeGridOf(recipe),
    licence,
    source: `bneck fit, ${data.train} images of ${data.sources.join(", ")}; ${figures.metric} ${
      figures.value.toFixed(4)
    } on ${data.val} others`,
    preprocessing: "in the graph",
  });
  const tensors = new Map<string, WeightTensor>(
    [...weights].map(([name, { shape, data }]) => [name, float32Tensor(shape, data)]),
  );
  return encodeSafetensors(tensors, new Map([...Object.entries(entries), [CARD, JSON.stringify(card)]]));
}

function summaryOf({ recipe, geometry: { tune, network } }: FitCard, classes: number): string {
  if (network) return `${network.name}, trained whole from random weights for ${classes} classes`;
  const tuned =
    { none: "", tail: ", its last three blocks tuned", C3: ", tuned from stride 16 on", all: "" }[tune];
  const head = recipe.task === "segment" ? "LR-ASPP decoder" : "linear classifier";
  return `MobileNetV3-Large 0.75${tuned}, with a fitted ${head} for ${classes} classes`;
}

/** A fitted file that was read. */
export interface FittedFile {
  readonly path: string;
  readonly metadata: ModelMetadata;
  readonly card: FitCard;
  readonly weights: WeightMap;
  /** Changes with the file. */
  readonly digest: string;
}

/** Whether a file is a fitted one, by its first bytes; `false` for files that cannot be read. */
export async function isFittedFile(path: string): Promise<boolean> {
  return await writerOf(path) === "fit";
}

/** Larger files are no heads. */
const MAX_FITTED_BYTES = 1 << 28;

/**
 * Reads a fitted file.
 *
 * @throws {BneckError} (unusable model) when it cannot be read or its card is invalid.
 */
export async function readFitted(path: string): Promise<FittedFile> {
  const { bytes, metadata, card, fail } = await readCardFile(path, "fit", MAX_FITTED_BYTES);
  return {
    path,
    metadata,
    card: parseCard(card, metadata, fail),
    weights: parseSafetensors(bytes, path),
    digest: await shortDigest(bytes),
  };
}

function parseCard(json: unknown, { tasks }: ModelMetadata, fail: (what: string) => never): FitCard {
  const card = json as Partial<FitCard> | null;
  const { geometry, recipe, figures, data } = card ?? {};
  if (!geometry || !recipe?.augmentation || !figures?.metric || !data?.sources) {
    return fail("a part of it is missing");
  }
  const checked = parseGeometry(geometry, fail);
  const { task, classes } = checked;
  if (tasks[task]?.labels.length !== classes) fail("its classes and its labels differ in number");
  if (figures.metric !== "mIoU" && figures.metric !== "top-1 accuracy") fail("its metric is unknown");
  const numbers = [figures.value, data.train, data.val, recipe.seed];
  if (!numbers.every((value) => Number.isFinite(value))) fail("one of its figures is not a number");
  return { ...card as FitCard, geometry: checked };
}

/** The network of a card, as it was written into it. */
function readTable(value: unknown, fail: (what: string) => never): NetworkTable {
  const table = parseNetworkTable(
    networkTableJson(value as NetworkTable),
    (problem) => fail(`its network: ${problem}`),
  );
  if (table.heads.length !== 1 || table.heads[0].kind !== "classifier") {
    fail("its network is not a classifier");
  }
  return table;
}

/**
 * Checks the geometry of a fitted network in JSON that may be anything.
 *
 * @param fail throws.
 */
export function parseGeometry(json: unknown, fail: (what: string) => never): FitGeometry {
  const given: Partial<FitGeometry> = isJsonObject(json) ? json : {};
  const { task, network, outputStride, filters, tune, classes } = given;
  if (task !== "segment" && task !== "classify") return fail("its task must be segment or classify");
  if (outputStride !== 8 && outputStride !== 16 && outputStride !== 32) {
    return fail("its output stride must be 8, 16 or 32");
  }
  if (!isWhole(filters, 4096)) return fail("its filters must be between 1 and 4096");
  if (tune === undefined || !Object.hasOwn(TUNED_FROM, tune)) {
    return fail("it does not say which blocks were tuned");
  }
  if (!isWhole(classes, MAX_CLASSES)) return fail(`its classes must be between 1 and ${MAX_CLASSES}`);
  if ((tune === "all") !== (network !== undefined)) {
    return fail("it does not say which network was trained whole");
  }
  if (network === undefined) return { task, outputStride, filters, tune, classes };
  return { task, network: readTable(network, fail), outputStride, filters, tune, classes };
}

/** More classes than any file has labels for. */
const MAX_CLASSES = 65_536;

function isWhole(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max;
}

/** What a fitted file holds, by the names of its network. */
export function fittedSource({ weights }: Pick<FittedFile, "weights">): WeightSource {
  return (name) => {
    const tensor = weights.get(name);
    return tensor && { shape: tensor.shape, data: toFloat32(tensor) };
  };
}

/** A fitted file as a model. */
export function fittedModel(file: FittedFile): ModelEntry {
  const { path, metadata, card: { geometry, figures, data, recipe } } = file;
  const { tasks, licence } = metadata;
  const metrics: PublishedMetric[] = [{
    dataset: `${data.val} images kept for validation`,
    metric: figures.metric,
    value: figures.value,
    source: "bneck fit",
  }];
  return {
    name: metadata.name,
    aliases: [],
    summary: metadata.summary,
    tasks: [geometry.task],
    labels: { [geometry.task]: tasks[geometry.task]!.labels },
    weights: [
      {
        from: path,
        licence,
        note: `fitted to ${data.train} images with the seed ${recipe.seed}`,
      },
      ...(geometry.network
        ? []
        : [{ from: "npm package @vladmandic/human 3.3.6, models/centernet.json and .bin", licence: "MIT" }]),
    ],
    metrics,
    verified: "by the validation that is part of fitting",
    async build(_tasks, inputSize): Promise<Network> {
      const graph = fitGraph(geometry, "antialias");
      return {
        graph,
        weights: await bindFit(graph, fittedSource(file), path, geometry.network),
        tasks,
        inputSize: inputSize ?? metadata.inputSize,
        sizeGrid: metadata.sizeGrid,
      };
    },
  };
}
