/** How images become the input of a graph: answers, what the file says, and what is usual for the task. */
import { modelError, usageError } from "../../core/errors.ts";
import type { Extent } from "../../core/graph/mod.ts";
import { EVERY_SIZE, everySizeCropped, type InputSize, type SizeGrid } from "../input_size.ts";
import type { Task } from "../network.ts";
import type { ChannelValues, TensorInput } from "../tensor_input.ts";
import type { Answers, Findings } from "./answers.ts";
import type { Clues } from "./clues.ts";
import type { UsualInput } from "./usual_inputs.ts";
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
  /** How images are usually prepared for networks with such outputs. */
  readonly usual?: UsualInput;
}

/** ImageNet's mean and standard deviation, in 0…255. */
const IMAGENET: { readonly mean: ChannelValues; readonly std: ChannelValues } = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
};

const NOTHING_USUAL: Partial<UsualInput> = {};

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
  const { declared, answers, clues, findings, usual = NOTHING_USUAL } = question;
  const because = usual.program === undefined ? "usual for the task" : `usual for ${usual.program}`;
  const { name, layout, elementType, batch } = declared;
  findings.add("input", `${elementType} ${layout}`, answers.layout ? "as asked" : "its shape", ["layout"]);
  const sizes = task === "classify" ? classifierSize(question) : freeSize(question, task);
  const { fit, inputSize, sizeGrid, cropRounding } = sizes;
  const filter = fit === "none" ? "bilinear" : findings.choose<TensorInput["filter"]>({
    topic: "images",
    option: "filter",
    answer: answers.filter,
    clue: clues.filter,
    from: clues.from,
    standard: usual.filter ?? (task === "detect" ? "opencv" : "bilinear"),
    because,
    isSafe: true,
  }, (filter) => FILTER_TEXTS[filter]);
  const padding = {
    value: answers.padding ?? (fit === "pad" ? 0 : 114),
    place: fit === "pad" ? "corner" : answers.paddingPlace ?? usual.paddingPlace ?? "centre",
  } as const;
  if (fit === "letterbox" || fit === "pad") {
    findings.add(
      "images",
      `padded with ${padding.value}${
        fit === "letterbox" && padding.place === "centre" ? " all around" : " at the right and below"
      }`,
      answers.padding === undefined && answers.paddingPlace === undefined ? "as usual" : "as asked",
      fit === "letterbox" ? ["padding", "paddingPlace"] : ["padding"],
    );
  }
  const fitRounding = fit === "letterbox"
    ? findings.choose<NonNullable<TensorInput["fitRounding"]>>({
      topic: "images",
      option: "fitRounding",
      answer: answers.fitRounding,
      standard: usual.fitRounding ?? "even",
      because: usual.fitRounding ? because : "as usual",
      isSafe: true,
    }, (rounding) => rounding === "even" ? "sides rounded to whole pixels" : "fractions of sides cut off")
    : "even";
  const channels = findings.choose<TensorInput["channels"]>({
    topic: "channels",
    option: "channels",
    answer: answers.channels,
    clue: clues.exporter ? "rgb" : undefined,
    from: clues.from,
    standard: usual.channels ?? "rgb",
    because: usual.channels ? because : "assumed",
    isSafe: usual.channels === undefined || usual.channels === "rgb",
  }, (order) => order === "rgb" ? "red, green, blue" : "blue, green, red");
  if (batch > 1) {
    findings.add("images", `${batch} copies of each, as the batch is fixed`, "the shape of the input");
  }
  const { mean, std } = normalisation(question, task);
  return {
    input: {
      ...{ name, layout, elementType, batch, fit, filter, padding, channels, mean, std },
      ...(fitRounding === "even" ? {} : { fitRounding }),
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

function normalisation({ answers, clues, declared, findings, path, usual }: InputQuestion, task: Task) {
  if (declared.elementType === "uint8") {
    const isOther = (asked: ChannelValues | undefined, raw: number) => asked?.some((value) => value !== raw);
    if (isOther(answers.mean, 0) || isOther(answers.std, 1)) {
      throw usageError(`${path} takes bytes, which it normalises itself`, undefined, {
        option: isOther(answers.mean, 0) ? "mean" : "std",
        advice: "drop what is said",
      });
    }
    const asked = [...answers.mean ? ["mean"] as const : [], ...answers.std ? ["std"] as const : []];
    findings.add("values", "bytes as they are", "the type of the input", asked);
    return RAW;
  }
  const standard = task === "detect" ? UNIT : IMAGENET;
  const because = usual?.mean ? `usual for ${usual.program}` : "usual for the task";
  const choice = { topic: "values", from: clues.from, because } as const;
  const text = (values: ChannelValues) => values.map((value) => Number(value.toFixed(3))).join(", ");
  const mean = findings.choose<ChannelValues>({
    ...choice,
    option: "mean",
    answer: answers.mean,
    clue: clues.mean,
    standard: usual?.mean ?? standard.mean,
  }, (mean) => `minus ${text(mean)}`);
  const std = findings.choose<ChannelValues>({
    ...choice,
    option: "std",
    answer: answers.std,
    clue: clues.std,
    standard: usual?.std ?? standard.std,
  }, (std) => `divided by ${text(std)}`);
  return { mean, std };
}

interface FoundSize extends Pick<TensorInput, "fit" | "cropRounding"> {
  readonly inputSize: InputSize;
  readonly sizeGrid: SizeGrid;
}

/** A classifier sees the middle of images: their shorter side is resized. */
function classifierSize(question: InputQuestion): FoundSize {
  const { answers, clues, declared, findings } = question;
  if (answers.fit !== undefined && answers.fit !== "stretch") return freeSize(question, "classify");
  const seen = declared.size ?? answers.crop ?? clues.crop ?? exactSides(answers.size) ??
    exactSides(clues.size) ??
    missingSize(question);
  refuseOtherSize(question, answers.crop);
  const isOpen = declared.size === undefined;
  if (answers.fit === "stretch" || clues.exporter === "huggingface" && !clues.crop && !answers.crop) {
    refuseOtherSize(question, exactSides(answers.size));
    const because = answers.fit ? "as asked" : clues.from;
    findings.add("images", `stretched to ${seen.join("×")}`, because, ["fit", ...isOpen ? OPEN_SIZE : []]);
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
  }, sizeText);
  findings.add(
    "images",
    `then the middle ${seen.join("×")}`,
    isOpen ? answers.crop ?? answers.size ? "as asked" : clues.from : "the size is fixed",
    ["fit", ...isOpen ? ["crop"] as const : []],
  );
  const cropRounding = findings.choose<NonNullable<TensorInput["cropRounding"]>>({
    topic: "images",
    option: "cropRounding",
    answer: answers.cropRounding,
    clue: clues.cropRounding,
    from: clues.from,
    standard: "even",
    because: "as torchvision",
    isSafe: true,
  }, (rounding) => `a middle between two pixels begins at the ${CROP_TEXTS[rounding]}`);
  return {
    fit: "stretch",
    inputSize: size,
    sizeGrid: everySizeCropped(seen),
    ...(cropRounding === "even" ? {} : { cropRounding }),
  };
}

const OPEN_SIZE = ["size", "crop"] as const;

/** Images are taken as they are only where the input takes any size. */
function usualFit({ usual, declared, answers }: InputQuestion): TensorInput["fit"] | undefined {
  if (usual?.fit !== "none") return usual?.fit;
  return declared.size || answers.size ? undefined : "none";
}

/** @throws {BneckError} An answer contradicts the size that the input has. */
function refuseOtherSize({ declared: { size }, path }: InputQuestion, asked: Extent | undefined): void {
  if (size === undefined || asked === undefined || size.every((side, axis) => side === asked[axis])) return;
  throw usageError(`the input of ${path} has a fixed size, ${size.join("×")}, not ${asked.join("×")}`);
}

const CROP_TEXTS = { even: "even one", down: "first" } as const;

function freeSize(question: InputQuestion, task: Task): FoundSize {
  const { answers, clues, declared, findings } = question;
  const fit = answers.fit ?? clues.fit ?? usualFit(question) ?? "stretch";
  const because = answers.fit
    ? "as asked"
    : clues.fit
    ? clues.from
    : question.usual?.fit === fit
    ? `usual for ${question.usual.program}`
    : "assumed";
  if (fit === "none" && !declared.size) {
    findings.add("images", "as large as they are", because, ["fit"], answers.fit === undefined);
    return { fit, inputSize: { kind: "shorter", pixels: 1 }, sizeGrid: EVERY_SIZE };
  }
  const isAssumed = answers.fit === undefined && clues.fit === undefined;
  if (declared.size) {
    refuseOtherSize(question, exactSides(answers.size));
    findings.add("images", `${FIT_TEXTS[fit]} ${declared.size.join("×")}`, `${because}; the size is fixed`, [
      "fit",
      ...answers.size ? ["size"] as const : [],
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
