/** What an ONNX file and the files beside it say of how it is used. */
import { dirname, join } from "node:path";
import { modelError } from "../../core/errors.ts";
import { baseName, exists, isJsonObject, readUserJson } from "../../core/files/mod.ts";
import type { Extent } from "../../core/graph/mod.ts";
import type { Task } from "../network.ts";
import { printable } from "../metadata.ts";
import { type InputSize, isSide } from "../input_size.ts";
import type { ChannelValues, TensorInput } from "../tensor_input.ts";
import { parseNames, parseNumbers } from "./python_literal.ts";

/** Hints from outside the graph. */
export interface Clues {
  /** Where they are from, as the end of "because of". */
  readonly from: string;
  readonly exporter?: "ultralytics" | "huggingface";
  readonly task?: Task;
  readonly labels?: readonly string[];
  readonly size?: InputSize;
  readonly crop?: Extent;
  readonly cropRounding?: TensorInput["cropRounding"];
  readonly stride?: number;
  readonly mean?: ChannelValues;
  readonly std?: ChannelValues;
  readonly fit?: TensorInput["fit"];
  readonly filter?: TensorInput["filter"];
  readonly licence?: string;
  /** Whether the graph selects the objects itself. */
  readonly isFinal?: boolean;
  /** Whether outputs are logits of DETR's softmax or of a sigmoid. */
  readonly queryScores?: "softmax" | "sigmoid";
  /** Whether the network is a sort of DETR. */
  readonly isDetr?: boolean;
  /** A task that bneck does not have. */
  readonly otherTask?: string;
}

const NOTHING: Clues = { from: "the file" };

/**
 * The clues in a file's metadata, or in the JSON files of Hugging Face beside it.
 *
 * @throws {BneckError} when a file beside it cannot be read.
 */
export async function findClues(metadata: Readonly<Record<string, string>>, path: string): Promise<Clues> {
  return ultralyticsClues(metadata) ?? await huggingFaceClues(path) ?? NOTHING;
}

const ULTRALYTICS_TASKS: Readonly<Record<string, Task>> = {
  detect: "detect",
  segment: "detect",
  classify: "classify",
};

function ultralyticsClues(metadata: Readonly<Record<string, string>>): Clues | undefined {
  const { names, task, imgsz, stride, description = "", license } = metadata;
  const labels = names === undefined ? undefined : parseNames(names);
  if (!labels || stride === undefined) return undefined;
  // YOLOv5 writes names and stride alone.
  const side = imgsz === undefined ? undefined : parseNumbers(imgsz);
  const size: Extent | undefined = side?.length === 2 ? [side[0], side[1]] : undefined;
  const steps = Number(stride);
  const isDetr = /rt-?detr/i.test(description);
  return {
    from: "ultralytics' metadata",
    exporter: "ultralytics",
    task: task === undefined ? "detect" : ULTRALYTICS_TASKS[task],
    labels: labels.map(printable),
    ...(size && size.every(isSide) ? { size: { kind: "exact", height: size[0], width: size[1] } } : {}),
    ...(Number.isInteger(steps) && steps > 0 && steps <= 1024 ? { stride: steps } : {}),
    ...(task === "classify"
      ? { fit: "stretch", filter: "bilinear" }
      : { fit: isDetr ? "stretch" : "letterbox", filter: "opencv" }),
    mean: [0, 0, 0],
    std: [255, 255, 255],
    ...(task !== undefined && !Object.hasOwn(ULTRALYTICS_TASKS, task) ? { otherTask: printable(task) } : {}),
    licence: license === undefined ? undefined : printable(license),
    isFinal: metadata.end2end === "True" || /'nms': True/.test(metadata.args ?? ""),
    isDetr,
  };
}

/** JSON files of Hugging Face are small. */
const MAX_JSON_BYTES = 16 * 2 ** 20;

async function huggingFaceClues(path: string): Promise<Clues | undefined> {
  const folder = dirname(path);
  const folders = baseName(folder) === "onnx" ? [folder, dirname(folder)] : [folder];
  for (const folder of folders) {
    const config = await jsonObject(join(folder, "config.json"));
    const images = await jsonObject(join(folder, "preprocessor_config.json"));
    if (images) return { ...imageClues(images, config ?? {}), ...networkClues(config ?? {}) };
  }
  return undefined;
}

async function jsonObject(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!exists(path)) return undefined;
  const json = await readUserJson(path, {
    what: "the configuration",
    error: modelError,
    maxBytes: MAX_JSON_BYTES,
  });
  return isJsonObject(json) ? json : undefined;
}

const ARCHITECTURE_TASKS: readonly (readonly [RegExp, Task])[] = [
  [/ForImageClassification/, "classify"],
  [/ForSemanticSegmentation/, "segment"],
  [/ForObjectDetection/, "detect"],
];

/** Types of networks that do nothing but detect. */
const DETECTORS = /detr|^yolos$|^table-transformer$/;

function networkClues(config: Readonly<Record<string, unknown>>): Partial<Clues> {
  const { architectures, id2label, model_type: type } = config;
  const name = Array.isArray(architectures) ? String(architectures[0]) : "";
  const known = ARCHITECTURE_TASKS.find(([pattern]) => pattern.test(name))?.[1];
  const task = known ?? (name === "" && DETECTORS.test(String(type)) ? "detect" : undefined);
  const entries = isJsonObject(id2label) ? Object.entries(id2label) : [];
  const isList = entries.length > 0 &&
    entries.every(([key, label], index) => Number(key) === index && typeof label === "string");
  return {
    ...(task ? { task } : {}),
    ...(isList ? { labels: entries.map(([, label]) => printable(String(label))) } : {}),
    ...(task === "detect"
      ? {
        isDetr: true,
        queryScores: type === "detr" || type === "yolos" || type === "table-transformer"
          ? "softmax"
          : "sigmoid",
      }
      : {}),
  };
}

/** Pillow's numbers of its filters. */
const RESAMPLING: Readonly<Record<number, "bilinear" | "bicubic">> = { 2: "bilinear", 3: "bicubic" };

/**
 * Whether images are resized by torchvision: by processors that are called fast, and, since version 5 of transformers, by all
 * but those that are named for Pillow.
 */
function isResizedByTorchvision(
  { image_processor_type: type }: Readonly<Record<string, unknown>>,
  { transformers_version: version }: Readonly<Record<string, unknown>>,
): boolean {
  if (typeof type !== "string" || type.endsWith("Pil")) return false;
  return type.endsWith("Fast") || typeof version === "string" && Number.parseInt(version) >= 5;
}

function imageClues(
  json: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): Clues {
  const { do_resize, size, resample, do_center_crop, crop_size, do_rescale, rescale_factor } = json;
  const { do_normalize, image_mean, image_std } = json;
  const scale = do_rescale === false
    ? 1
    : 1 / (typeof rescale_factor === "number" ? rescale_factor : 1 / 255);
  const mean = do_normalize === false ? [0, 0, 0] : image_mean;
  const std = do_normalize === false ? [1, 1, 1] : image_std;
  const crop = do_center_crop === true ? sidesOf(crop_size) : undefined;
  const filter = RESAMPLING[Number(resample)] ?? "bilinear";
  return {
    from: "preprocessor_config.json",
    exporter: "huggingface",
    ...(do_resize === false ? {} : { size: inputSizeOf(size) }),
    fit: "stretch",
    filter: isResizedByTorchvision(json, config) ? `torchvision-${filter}` : filter,
    ...(crop ? { crop, cropRounding: "down" } : {}),
    ...(isChannels(mean) && isChannels(std) ? { mean: scaled(mean, scale), std: scaled(std, scale) } : {}),
  };
}

function inputSizeOf(size: unknown): InputSize | undefined {
  const sides = sidesOf(size);
  if (sides) return { kind: "exact", height: sides[0], width: sides[1] };
  if (!isJsonObject(size)) return undefined;
  const { shortest_edge: shorter, longest_edge: longer } = size;
  if (isSide(shorter)) {
    return { kind: "shorter", pixels: shorter, ...(isSide(longer) ? { max: longer } : {}) };
  }
  return isSide(longer) ? { kind: "longer", pixels: longer } : undefined;
}

function sidesOf(size: unknown): Extent | undefined {
  if (isSide(size)) return [size, size];
  if (!isJsonObject(size)) return undefined;
  const { height, width } = size;
  return isSide(height) && isSide(width) ? [height, width] : undefined;
}

function isChannels(value: unknown): value is ChannelValues {
  return Array.isArray(value) && value.length === 3 && value.every((channel) => typeof channel === "number");
}

function scaled([a, b, c]: ChannelValues, factor: number): ChannelValues {
  return [a * factor, b * factor, c * factor];
}
