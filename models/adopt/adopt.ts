/** Making models of ONNX files that others exported. */
import { BneckError, modelError, usageError } from "../../core/errors.ts";
import { baseName, readUserFile } from "../../core/files/mod.ts";
import type { Extent } from "../../core/graph/mod.ts";
import { isWeightsName, refuseOtherFormats } from "../other_formats.ts";
import { appendMetadata, decodeOnnx, hasExternalData, type OnnxModel } from "../../core/onnx/mod.ts";
import { MAX_WEIGHTS_BYTES } from "../../core/weights/mod.ts";
import { type OutputSpec, parseDecoder } from "../../heads/mod.ts";
import type { RunnableModel } from "../entry.ts";
import { MAX_INPUT_PIXELS, type ModelMetadata, printable, writeMetadata } from "../metadata.ts";
import { Model } from "../model.ts";
import type { AdoptedGraph, Task, Tasks } from "../network.ts";
import { onnxModel } from "../onnx_model.ts";
import type { TensorInput } from "../tensor_input.ts";
import { type Answers, type Finding, Findings } from "./answers.ts";
import { type Clues, findClues } from "./clues.ts";
import { findInput } from "./input.ts";
import { findLabels } from "./labels.ts";
import {
  type DeclaredInput,
  declaredInput,
  type ObservedOutput,
  observeOutputs,
  shortName,
  testImage,
} from "./observe.ts";
import { areMapsOfStrides } from "./segmentation_outputs.ts";
import { findOutputs } from "./outputs.ts";

/** A file of someone else's as a model. */
export interface Adoption {
  /** The file with the metadata that makes it a model. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly model: RunnableModel;
  /** What was concluded, in the order in which it is worth reading. */
  readonly findings: readonly Finding[];
}

/**
 * Finds out how a file is used, from its metadata, the files beside it, its shapes and one run, and checks it by another.
 *
 * @throws {BneckError} when something is missing that only the user can say, or the file cannot be used.
 */
export async function adoptFile(path: string, answers: Answers = {}): Promise<Adoption> {
  if (isWeightsName(path)) {
    throw modelError(`${path} has the name of a file of weights: only ONNX files can be adopted`);
  }
  await refuseOtherFormats(path);
  const onnx = await readUserFile(path, { maxBytes: MAX_WEIGHTS_BYTES, error: modelError });
  return await adopt(onnx, path, decodeOnnx(onnx, path), answers);
}

/** The same for a file that has been read. @throws {BneckError} as {@linkcode adoptFile} does. */
export async function adopt(
  onnx: Uint8Array,
  path: string,
  decoded: OnnxModel,
  answers: Answers = {},
): Promise<Adoption> {
  if (decoded.metadata["bneck.format"] === "1") {
    throw modelError(`${path} was written by "bneck export" and is a model already`);
  }
  if (hasExternalData(decoded.graph)) {
    throw modelError(`${path} uses external data: save the model with its weights in the same file`);
  }
  const clues = await findClues(decoded.metadata, path);
  if (clues.otherTask !== undefined && answers.task === undefined) {
    throw modelError(
      `${path} does ${clues.otherTask}, according to ${clues.from}: bneck detects, segments and classifies`,
    );
  }
  const declared = declaredInput(decoded.graph, answers.layout, path);
  const metadata = await describe({ onnx, path, declared, answers, clues });
  const bytes = appendMetadata(onnx, writeMetadata(metadata.entries));
  const model = onnxModel(bytes, path);
  await tryOut(model, metadata.entries);
  return { bytes, model, findings: metadata.findings };
}

interface Candidate {
  readonly onnx: Uint8Array;
  readonly path: string;
  readonly declared: DeclaredInput;
  readonly answers: Answers;
  readonly clues: Clues;
}

async function describe(candidate: Candidate) {
  const { onnx, path, declared, answers, clues } = candidate;
  const extent = trialExtent(candidate);
  refuseHuge(candidate, extent);
  const observed = wantedOutputs(
    await observeOutputs({ onnx, path, graph: trialGraph(declared), extent }),
    answers.outputNames,
    path,
  );
  const findings = new Findings();
  const doubts: string[] = [];
  const found = findOutputs({
    outputs: observed,
    answers,
    clues,
    labels: (answers.labels ?? clues.labels)?.length,
    findings,
    doubts,
    layout: declared.layout,
    extent,
  });
  if (!found) {
    const shapes = observed.map(({ shape, isInteger }) =>
      `${isInteger ? "integers" : "floats"} [${shape.join(", ")}]`
    );
    throw modelError(
      `${path} returns ${shapes.join("; ")}, which is not read as any kind of outputs${
        areMapsOfStrides(observed, extent)
          ? ": they look like a detector's maps of several strides, which are not decoded; export it with its decoding"
          : doubts.map((doubt) => `: ${doubt}`)[0] ?? ""
      }`,
      undefined,
      { option: "outputs", advice: "name the kind" },
    );
  }
  const { task, spec, names, usual } = found;
  const input = findInput({ declared, answers, clues, findings, path, usual }, task);
  const labels = findLabels(found, answers, clues, findings, path)[task]!;
  refuseUnused(answers, findings, path, spec.kind);
  const finalSpec = spec.kind === "class-map" ? { ...spec, classes: labels.length } as OutputSpec : spec;
  const fail = (problem: string): never => {
    throw modelError(`${path} cannot be adopted: ${problem}`);
  };
  const tasks = { [task]: { head: parseDecoder(task, finalSpec, fail), labels } } as unknown as Tasks;
  const name = baseName(path).replace(/(\.bneck)?\.onnx$/i, "");
  const entries: ModelMetadata = {
    name,
    summary: `${TASK_TEXTS[task]} of ${labels.length} classes, exported by others`,
    input: "adopted",
    tasks,
    inputSize: input.inputSize,
    sizeGrid: input.sizeGrid,
    licence: clues.licence ?? "unknown",
    source: baseName(path),
    preprocessing: "by bneck, before the graph",
    adopted: {
      input: input.input,
      ...(declared.companions.length > 0 ? { companions: declared.companions } : {}),
      outputs: Object.fromEntries(Object.entries(names).map(([local, from]) => [`${task}.${local}`, from])),
    },
  };
  return { entries, findings: findings.list };
}

/** The outputs that are asked for, in that order; all, if none is. */
function wantedOutputs(
  outputs: readonly ObservedOutput[],
  names: readonly string[] | undefined,
  path: string,
): readonly ObservedOutput[] {
  return names?.map((wanted) => {
    const output = outputs.find(({ name }) => name === wanted);
    if (output) return output;
    throw modelError(
      `${path} has no output ${printable(wanted)}: it returns ${
        outputs.map(({ name }) => shortName(name)).join(", ")
      }`,
      undefined,
      { option: "outputNames", advice: "name some of these" },
    );
  }) ?? outputs;
}

/** @throws {BneckError} (usage) An answer has no effect. */
function refuseUnused(answers: Answers, { list }: Findings, path: string, kind: string): void {
  const used = new Set(list.flatMap(({ options }) => options));
  const unused = (Object.keys(answers) as (keyof Answers)[]).find((option) =>
    answers[option] !== undefined && !used.has(option)
  );
  if (unused === undefined) return;
  throw usageError(`one of the answers has no effect on ${path}, which is read as ${kind}`, undefined, {
    option: unused,
    advice: "drop what is said",
  });
}

const TASK_TEXTS: Readonly<Record<Task, string>> = {
  detect: "detector",
  segment: "segmentation",
  classify: "classifier",
};

/** How the graph is run to see what it returns: values from 0 to 1 do for every network. */
function trialGraph(declared: DeclaredInput): Pick<AdoptedGraph, "input" | "companions"> {
  const isRaw = declared.elementType === "uint8";
  const { name, layout, elementType, batch, companions } = declared;
  const input: TensorInput = {
    name,
    layout,
    elementType,
    batch,
    fit: "stretch",
    filter: "bilinear",
    padding: { value: 0, place: "corner" },
    channels: "rgb",
    mean: [0, 0, 0],
    std: isRaw ? [1, 1, 1] : [255, 255, 255],
  };
  return { input, companions };
}

/** A size that is not square where it may be chosen, so that sides can be told apart. */
function trialExtent({ declared, answers, clues }: Candidate): Extent {
  if (declared.size) return declared.size;
  const size = answers.size ?? clues.size;
  if (size === undefined) return [256, 320];
  return size.kind === "exact" ? [size.height, size.width] : [size.pixels, size.pixels];
}

/** @throws {BneckError} The input takes gigabytes. */
function refuseHuge({ declared: { batch, size }, path }: Candidate, [height, width]: Extent): void {
  if (batch * height * width <= MAX_INPUT_PIXELS) return;
  throw modelError(
    `${path} takes ${batch > 1 ? `${batch} images` : "images"} of ${height}×${width} pixels: more than ` +
      `${MAX_INPUT_PIXELS} pixels at once are not supported`,
    undefined,
    size ? undefined : { option: "size", advice: "give a smaller one" },
  );
}

/** Runs the model as it will be run. */
async function tryOut(entry: RunnableModel, { inputSize, sizeGrid }: ModelMetadata): Promise<void> {
  const model = await Model.open(entry);
  try {
    await model.predict(testImage());
  } catch (error) {
    const isFree = inputSize.kind !== "exact" && sizeGrid.width.step === 1 && !sizeGrid.crop;
    if (!isFree || !(error instanceof BneckError) || error.hint) throw error;
    throw modelError(error.message, error, {
      option: "multiple",
      advice: "networks often take sides in multiples of 32 only: give that",
    });
  } finally {
    await model.close();
  }
}
