/** How images become the input of a graph: answers, what the file says, and what is usual for the task. */
import { modelError } from "../../core/errors.ts";
import type { Extent } from "../../core/graph/mod.ts";
import { EVERY_SIZE, everySizeCropped, type InputSize, type SizeGrid } from "../input_size.ts";
import type { Task } from "../network.ts";
import type { ChannelValues, TensorInput } from "../tensor_input.ts";
import type { Answers, Findings } from "./answers.ts";
import type { Clues } from "./clues.ts";
import { sizeText } from "./explain.ts";
import type { DeclaredInput } from "./observe.ts";

/** The input of an adopted graph. */
export interface FoundInput {
  readonly input: TensorInput;
  readonly inputSize: InputSize;
  readonly sizeGrid: SizeGrid;
}

/** What the input is decided by. */
export interface InputQuestion {
  readonly declared: DeclaredInput;
  readonly answers: Answers;
  readonly clues: Clues;
  readonly findings: Findings;
  readonly path: string;
}

/** ImageNet's mean and standard deviation, in 0…255. */
const IMAGENET: { readonly mean: ChannelValues; readonly std: ChannelValues } = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
};

/** Nothing but 0…1. */
const UNIT: { readonly mean: ChannelValues; readonly std: ChannelValues } = {
  mean: [0, 0, 0],
  std: [255, 255, 255],
};

/** Pixels as they are. */
const RAW: { readonly mean: ChannelValues; readonly std: ChannelValues } = {
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** Of the pixels of a classifier's image, how many its crop keeps, unless the file says otherwise: 224 of 256. */
const CROPPED_SHARE = 224 / 256;

/**
 * Decides how images become the input of a graph.
 *
 * @throws {BneckError} when nothing says how large images are to be.
 */
export function findInput(question: InputQuestion, task: Task): FoundInput {
  const { declared, answers, clues, findings } = question;
  const sizes = task === "classify" ? classifierSize(question) : freeSize(question, task);
  const { fit, inputSize, sizeGrid } = sizes;
  const filter = findings.choose<TensorInput["filter"]>({
    topic: "images",
    option: "filter",
    answer: answers.filter,
    clue: clues.filter,
    from: clues.from,
    standard: task === "detect" ? "opencv" : "bilinear",
    because: "usual for the task",
    isSafe: true,
  }, (filter) => FILTER_TEXTS[filter]);
  const padding = {
    value: answers.padding ?? (fit === "pad" ? 0 : 114),
    place: answers.paddingPlace ?? (fit === "pad" ? "corner" : "centre"),
  } as const;
  if (fit === "letterbox" || fit === "pad") {
    findings.add(
      "images",
      `padded with ${padding.value}${
        fit === "letterbox" && padding.place === "centre" ? " all around" : " at the right and below"
      }`,
      answers.padding === undefined && answers.paddingPlace === undefined ? "as usual" : "as asked",
      ["padding", "paddingPlace"],
    );
  }
  const channels = findings.choose<TensorInput["channels"]>({
    topic: "channels",
    option: "channels",
    answer: answers.channels,
    clue: clues.exporter ? "rgb" : undefined,
    from: clues.from,
    standard: "rgb",
    isSafe: true,
  }, (order) => order === "rgb" ? "red, green, blue" : "blue, green, red");
  const { name, layout, elementType, batch } = declared;
  if (batch > 1) {
    findings.add("images", `${batch} copies of each, as the batch is fixed`, "the shape of the input");
  }
  const { mean, std } = normalisation(question, task);
  const { cropRounding } = clues;
  return {
    input: {
      ...{ name, layout, elementType, batch, fit, filter, padding, channels, mean, std },
      ...(cropRounding ? { cropRounding } : {}),
    },
    inputSize,
    sizeGrid,
  };
}

const FILTER_TEXTS: Readonly<Record<TensorInput["filter"], string>> = {
  opencv: "resized as OpenCV does, bilinear without antialiasing",
  bilinear: "resized as Pillow does, bilinear with antialiasing",
  bicubic: "resized as Pillow does, bicubic with antialiasing",
  "torchvision-bilinear": "resized as torchvision does tensors of bytes, bilinear with antialiasing",
  "torchvision-bicubic": "resized as torchvision does tensors of bytes, bicubic with antialiasing",
};

function normalisation({ answers, clues, declared, findings }: InputQuestion, task: Task) {
  const standard = declared.elementType === "uint8" ? RAW : task === "detect" ? UNIT : IMAGENET;
  const choice = { topic: "values", from: clues.from, because: "usual for the task" } as const;
  const isSafe = declared.elementType === "uint8";
  const text = (values: ChannelValues) => values.map((value) => Number(value.toFixed(3))).join(", ");
  const mean = findings.choose<ChannelValues>({
    ...choice,
    option: "mean",
    answer: answers.mean,
    clue: clues.mean,
    standard: standard.mean,
    isSafe,
  }, (mean) => `minus ${text(mean)}`);
  const std = findings.choose<ChannelValues>({
    ...choice,
    option: "std",
    answer: answers.std,
    clue: clues.std,
    standard: standard.std,
    isSafe,
  }, (std) => `divided by ${text(std)}`);
  return { mean, std };
}

interface FoundSize {
  readonly fit: TensorInput["fit"];
  readonly inputSize: InputSize;
  readonly sizeGrid: SizeGrid;
}

/** A classifier sees the middle of images: their shorter side is resized. */
function classifierSize(question: InputQuestion): FoundSize {
  const { answers, clues, declared, findings } = question;
  const seen = declared.size ?? answers.crop ?? clues.crop ?? exactSides(answers.size) ??
    exactSides(clues.size) ??
    missingSize(question);
  if (answers.fit === "stretch" || clues.exporter === "huggingface" && !clues.crop && !answers.crop) {
    findings.add("images", `stretched to ${seen.join("×")}`, answers.fit ? "as asked" : clues.from, ["fit"]);
    return { fit: "stretch", inputSize: exact(seen), sizeGrid: EVERY_SIZE };
  }
  const shorter = Math.min(...seen);
  const standard = clues.exporter === "ultralytics" ? shorter : Math.round(shorter / CROPPED_SHARE);
  const asked = answers.size && (answers.size.kind === "exact" ? undefined : answers.size);
  const size = findings.choose<InputSize>({
    topic: "images",
    option: "size",
    answer: asked,
    clue: clues.crop
      ? clues.size
      : clues.exporter === "ultralytics"
      ? { kind: "shorter", pixels: standard }
      : undefined,
    from: clues.from,
    standard: { kind: "shorter", pixels: standard },
    because: "usual for classifiers",
  }, (size) => `${sizeText(size)}, then the middle ${seen.join("×")}`);
  return { fit: "stretch", inputSize: size, sizeGrid: everySizeCropped(seen) };
}

function freeSize(question: InputQuestion, task: Task): FoundSize {
  const { answers, clues, declared, findings } = question;
  const fit = answers.fit ?? clues.fit ?? "stretch";
  const because = answers.fit ? "as asked" : clues.fit ? clues.from : "assumed";
  if (fit === "none" && !declared.size) {
    findings.add("images", "as large as they are", because, ["fit"]);
    return { fit, inputSize: { kind: "shorter", pixels: 1 }, sizeGrid: EVERY_SIZE };
  }
  const isAssumed = answers.fit === undefined && clues.fit === undefined;
  if (declared.size) {
    findings.add("images", `${FIT_TEXTS[fit]} ${declared.size.join("×")}`, `${because}; the size is fixed`, [
      "fit",
    ], isAssumed);
    return { fit, inputSize: exact(declared.size), sizeGrid: EVERY_SIZE };
  }
  const size = answers.size ?? clues.size ?? exact(missingSize(question));
  const isLimited = size.kind === "shorter" && size.max !== undefined;
  const multiple = answers.multiple ?? clues.stride ??
    (task === "detect" && clues.exporter !== "huggingface" ? 32 : 1);
  // As ultralytics predicts with files of any size: no more padding than the stride needs.
  const isTight = fit === "letterbox" && answers.size === undefined && size.kind === "exact" &&
    size.height === size.width;
  const inputSize: InputSize = isTight ? { kind: "longer", pixels: size.width } : size;
  findings.add(
    "images",
    `${FIT_TEXTS[fit]} ${sizeText(inputSize)}${multiple > 1 ? `, in multiples of ${multiple}` : ""}`,
    answers.size ? "as asked" : clues.from,
    ["fit", "size", "multiple"],
    isAssumed,
  );
  const axis = {
    step: multiple,
    rounding: fit === "letterbox" ? "up" : multiple === 1 ? "down" : "nearest",
  } as const;
  return {
    fit,
    inputSize,
    sizeGrid: { height: axis, width: axis, ...(fit === "letterbox" || isLimited ? { maxAspect: 100 } : {}) },
  };
}

const FIT_TEXTS: Readonly<Record<TensorInput["fit"], string>> = {
  stretch: "stretched to",
  letterbox: "letterboxed into",
  pad: "padded to the aspect of, and resized to,",
  none: "taken as",
};

function missingSize({ path }: InputQuestion): never {
  throw modelError(`${path} takes images of any size, and nothing says at which it works`, undefined, {
    option: "size",
    advice: "give one",
  });
}

function exact([height, width]: Extent): InputSize {
  return { kind: "exact", height, width };
}

function exactSides(size: InputSize | undefined): Extent | undefined {
  if (size === undefined) return undefined;
  return size.kind === "exact" ? [size.height, size.width] : [size.pixels, size.pixels];
}
