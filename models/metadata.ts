/**
 * What an exported file says about itself in its `metadata_props`, so that it is a model without anything beside it.
 * Values are JSON where they are not plain text. All of them are checked on reading, since a file may come from anyone.
 */
import { modelError } from "../core/errors.ts";
import { isJsonObject } from "../core/files/mod.ts";
import type { Extent } from "../core/graph/mod.ts";
import type { ResizeFilter } from "../core/images/mod.ts";
import { parseAdoptedGraph } from "./adopted_graph.ts";
import { classesOf, parseDecoder } from "../heads/mod.ts";
import { parseQuantization, QUANTIZATION_KEY, type QuantizationRecord } from "./quantization.ts";
import { type AxisGrid, inputExtent, type InputSize, type SizeGrid } from "./input_size.ts";
import {
  type AdoptedGraph,
  type ClassificationLabel,
  type DetectionLabel,
  MAX_PIXEL_LABELS,
  type SegmentationLabel,
  type Task,
  TASKS,
  type Tasks,
} from "./network.ts";

/** What an exported file says about itself. */
export interface ModelMetadata {
  /** The name of the model that was exported. */
  readonly name: string;
  readonly summary: string;
  /** The architecture whose parameters the file holds, where weights can be read for it. */
  readonly architecture?: string;
  /** The raw image, normalised floats, or what {@linkcode adopted} says. */
  readonly input: "image" | "tensor" | "adopted";
  readonly tasks: Tasks;
  readonly inputSize: InputSize;
  readonly sizeGrid: SizeGrid;
  /** How images may be resized before the file does it itself. */
  readonly filter?: ResizeFilter;
  readonly licence: string;
  readonly source: string;
  /** Free text on how images are prepared. */
  readonly preprocessing: string;
  /** Of a file that others exported: what its graph takes and returns. */
  readonly adopted?: AdoptedGraph;
  /** Of a quantized file: how it was made. */
  readonly quantization?: QuantizationRecord;
}

/** The version of the entries. */
const FORMAT = "1";

/** The version of the entries of adopted files, which earlier versions of bneck cannot run. */
const ADOPTED_FORMAT = "2";

/** The entries of a file. */
export function writeMetadata(metadata: ModelMetadata): Record<string, string> {
  const { name, summary, architecture, input, inputSize, filter, licence, source, preprocessing, adopted } =
    metadata;
  const tasks = Object.fromEntries(
    Object.entries(metadata.tasks).map(([task, { head, labels }]) => [task, { reading: head.spec, labels }]),
  );
  return {
    "bneck.format": adopted ? ADOPTED_FORMAT : FORMAT,
    "bneck.name": name,
    "bneck.summary": summary,
    ...(architecture === undefined ? {} : { "bneck.architecture": architecture }),
    "bneck.input": input,
    "bneck.tasks": JSON.stringify(tasks),
    "bneck.input_size": JSON.stringify(inputSize),
    "bneck.lattice": JSON.stringify(sizeGridJson(metadata.sizeGrid)),
    ...(filter === undefined ? {} : { "bneck.filter": filter }),
    ...(adopted === undefined ? {} : { "bneck.adopted": JSON.stringify(adopted) }),
    licence,
    source,
    preprocessing,
  };
}

/** Files have kept the keys of format 1, whatever the properties are called here. */
function sizeGridJson({ height, width, maxAspect, crop, minSide }: SizeGrid) {
  return { height, width, mostAspect: maxAspect, crop, least: minSide };
}

/**
 * Reads the entries of a file.
 *
 * @param file names the file in errors.
 * @throws {BneckError} when the entries were not written by {@linkcode writeMetadata}, or one is invalid.
 */
export function readMetadata(entries: ReadonlyMap<string, string>, file: string): ModelMetadata {
  const format = entries.get("bneck.format");
  if (format === undefined) {
    throw modelError(
      `${file} does not say what its outputs mean: only files written by "bneck export" are models`,
      undefined,
      { option: "weights", advice: "read another ONNX file as the weights of an architecture" },
    );
  }
  const fail = (what: string): never => {
    throw modelError(`${file} has invalid metadata: ${what}`);
  };
  if (format !== FORMAT && format !== ADOPTED_FORMAT) {
    throw modelError(
      `${file} was written by a later version of bneck (format ${printable(format)}): update bneck`,
    );
  }
  const text = (key: string) => entries.get(key) ?? fail(`${key} is missing`);
  const json = (key: string): unknown => {
    try {
      return JSON.parse(text(key));
    } catch {
      return fail(`${key} is not valid JSON`);
    }
  };
  const input = text("bneck.input");
  if (format === ADOPTED_FORMAT ? input !== "adopted" : input !== "image" && input !== "tensor") {
    fail(`bneck.input must be ${format === ADOPTED_FORMAT ? "adopted" : "image or tensor"}`);
  }
  const adopted = input === "adopted" ? parseAdoptedGraph(json("bneck.adopted"), fail) : undefined;
  const inputSize = readInputSize(json("bneck.input_size"), fail);
  const sizeGrid = readSizeGrid(json("bneck.lattice"), fail);
  for (const [width, height] of EXTREME_SHAPES) {
    const extent = inputExtent(inputSize, { ...sizeGrid, minSide: undefined }, width, height);
    if (extent[0] * extent[1] > MAX_INPUT_PIXELS) fail(`its input could have ${extent.join("×")} pixels`);
  }
  return {
    name: printable(text("bneck.name")),
    summary: printable(text("bneck.summary")),
    architecture: printableIfGiven(entries.get("bneck.architecture")),
    input: input as ModelMetadata["input"],
    tasks: readTasks(json("bneck.tasks"), fail),
    inputSize,
    sizeGrid,
    filter: readFilter(entries.get("bneck.filter"), fail),
    licence: printable(entries.get("licence") ?? "unknown"),
    source: printable(entries.get("source") ?? "unknown"),
    preprocessing: printable(entries.get("preprocessing") ?? "unknown"),
    ...(adopted ? { adopted } : {}),
    ...(entries.has(QUANTIZATION_KEY)
      ? { quantization: parseQuantization(json(QUANTIZATION_KEY), printable, fail) }
      : {}),
  };
}

type Fail = (what: string) => never;

/** No list of classes is longer. */
const MAX_LABELS = 65_536;

/** No side of an image, step or anchor is larger. */
export const MAX_PIXELS = 65_536;

/** An input of more pixels takes gigabytes. */
export const MAX_INPUT_PIXELS = 2 ** 27;

/** The images whose inputs are the largest, width and height. */
const EXTREME_SHAPES = [[MAX_PIXELS, 1], [1, MAX_PIXELS], [1, 1]] as const;

function readTasks(json: unknown, fail: Fail): Tasks {
  const tasks = object(json, () => fail("bneck.tasks is not an object"));
  const names = Object.keys(tasks);
  if (names.length === 0) fail("bneck.tasks is empty");
  if (!names.every((name) => (TASKS as readonly string[]).includes(name))) {
    fail(`bneck.tasks may name ${TASKS.join(", ")} only`);
  }
  const read = <T extends Task, L>(task: T, labelOf: (label: Record<string, unknown>) => L | undefined) => {
    if (!Object.hasOwn(tasks, task)) return undefined;
    const { reading, labels } = object(tasks[task], () => fail(`task ${task} is not an object`));
    const max = task === "segment" ? MAX_PIXEL_LABELS : MAX_LABELS;
    if (!Array.isArray(labels) || labels.length === 0 || labels.length > max) {
      return fail(`the labels of ${task} must be a list of 1 to ${max}`);
    }
    const invalid = () => fail(`invalid label of ${task}`);
    const head = parseDecoder(task, reading, fail);
    const count = classesOf(head.spec) ?? labels.length;
    if (count !== labels.length) {
      fail(`${task} has ${count} ${count === 1 ? "class" : "classes"}, but ${labels.length} labels`);
    }
    return {
      head,
      labels: labels.map((label) => labelOf(object(label, invalid)) ?? invalid()),
    };
  };
  const detect = read<"detect", DetectionLabel>(
    "detect",
    ({ name, categoryId }) =>
      typeof name === "string" && Number.isSafeInteger(categoryId)
        ? { name: printable(name), categoryId: Number(categoryId) }
        : undefined,
  );
  const segment = read<"segment", SegmentationLabel>(
    "segment",
    ({ name, color }) =>
      typeof name === "string" && isColor(color) ? { name: printable(name), color } : undefined,
  );
  const classify = read<"classify", ClassificationLabel>(
    "classify",
    ({ name, wordNetId }) =>
      typeof name === "string"
        ? {
          name: printable(name),
          ...(typeof wordNetId === "string" ? { wordNetId: printable(wordNetId) } : {}),
        }
        : undefined,
  );
  return {
    ...(detect ? { detect } : {}),
    ...(segment ? { segment } : {}),
    ...(classify ? { classify } : {}),
  };
}

function readFilter(text: string | undefined, fail: Fail): ResizeFilter | undefined {
  if (text === undefined || text === "bilinear" || text === "bicubic") return text;
  return fail("bneck.filter must be bilinear or bicubic");
}

function readInputSize(json: unknown, fail: Fail): InputSize {
  const { kind, pixels, max, height, width } = object(
    json,
    () => fail("bneck.input_size is not an object"),
  );
  if (kind === "shorter" && isSide(pixels) && isSide(max)) return { kind, pixels, max };
  if ((kind === "shorter" || kind === "longer") && isSide(pixels) && max === undefined) {
    return { kind, pixels };
  }
  if (kind === "exact" && isSide(height) && isSide(width)) return { kind, height, width };
  return fail("bneck.input_size is invalid");
}

function readSizeGrid(json: unknown, fail: Fail): SizeGrid {
  const invalid = (key: string) => fail(`bneck.lattice: ${key} is invalid`);
  const { height, width, mostAspect, least, crop } = object(
    json,
    () => fail("bneck.lattice is not an object"),
  );
  const axis = (name: string, json: unknown): AxisGrid => {
    const { step, offset = 0, rounding = "nearest" } = object(json, () => invalid(name));
    if (!isSide(step) || !(offset === 0 || isSide(offset))) return invalid(`${name}.step`);
    if (rounding !== "nearest" && rounding !== "down" && rounding !== "up") {
      return invalid(`${name}.rounding`);
    }
    return { step, offset, rounding };
  };
  if (mostAspect !== undefined && !isNumber(mostAspect, 1, 1000)) invalid("mostAspect");
  const minSide = least === undefined ? undefined : object(least, () => invalid("least"));
  if (minSide && !(isNumber(minSide.side, 1, MAX_PIXELS) && typeof minSide.reason === "string")) {
    invalid("least");
  }
  if (crop !== undefined && !(Array.isArray(crop) && crop.length === 2 && crop.every(isSide))) {
    invalid("crop");
  }
  return {
    height: axis("height", height),
    width: axis("width", width),
    ...(crop === undefined ? {} : { crop: crop as unknown as Extent }),
    ...(mostAspect === undefined ? {} : { maxAspect: Number(mostAspect) }),
    ...(minSide
      ? { minSide: { side: Number(minSide.side), reason: printable(String(minSide.reason)) } }
      : {}),
  };
}

function object(json: unknown, fail: () => never): Record<string, unknown> {
  return isJsonObject(json) ? json : fail();
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && isNumber(value, 1, MAX_PIXELS);
}

function isNumber(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}

function isColor(value: unknown): value is readonly [number, number, number] {
  return Array.isArray(value) && value.length === 3 &&
    value.every((channel) => Number.isInteger(channel) && isNumber(channel, 0, 255));
}

function printableIfGiven(text: string | undefined): string | undefined {
  return text === undefined ? undefined : printable(text);
}

/** Text from a file, safe to print, of at most 500 characters. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.slice(0, 500).replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, " ");
}
