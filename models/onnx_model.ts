/** Exported files as models. */
import { modelError, usageError } from "../core/errors.ts";
import { readUserFile } from "../core/files/mod.ts";
import { decodeOnnx, hasExternalData, type OnnxModel, type OnnxValueInfo } from "../core/onnx/mod.ts";
import { MAX_WEIGHTS_BYTES } from "../core/weights/mod.ts";
import { checkDeclaredOutputs, outputShapes } from "../heads/mod.ts";
import { checkAdoptedGraph, takesAnySize } from "./adopted_graph.ts";
import type { ModelLabels, RunnableModel } from "./entry.ts";
import type { Task, Tasks } from "./network.ts";
import { MAX_INPUT_PIXELS, MAX_PIXELS, readMetadata } from "./metadata.ts";

/**
 * Reads a file that was exported as a model.
 *
 * @throws {BneckError} when it is damaged, was not exported by bneck, or was exported without its preprocessing.
 */
export async function readOnnxModel(path: string): Promise<RunnableModel> {
  const onnx = await readUserFile(path, { maxBytes: MAX_WEIGHTS_BYTES, error: modelError });
  return onnxModel(onnx, path);
}

/**
 * Reads a file that may have been exported as a model; `undefined` for others, and for a bare network.
 *
 * @throws {BneckError} when it is damaged.
 */
export async function readIfModel(path: string): Promise<RunnableModel | undefined> {
  const onnx = await readUserFile(path, { maxBytes: MAX_WEIGHTS_BYTES, error: modelError });
  const model = decodeOnnx(onnx, path);
  const { metadata } = model;
  const isModel = "bneck.format" in metadata && metadata["bneck.input"] === "image";
  return isModel ? onnxModel(onnx, path, model) : undefined;
}

/**
 * The same from the bytes of a file, and the graph decoded from them where the caller has it.
 *
 * @throws {BneckError} as {@linkcode readOnnxModel} does.
 */
export function onnxModel(onnx: Uint8Array, path: string, model = decodeOnnx(onnx, path)): RunnableModel {
  const metadata = readMetadata(new Map(Object.entries(model.metadata)), path);
  const { name, tasks, inputSize, sizeGrid, filter, licence, source } = metadata;
  if (metadata.input === "tensor") {
    throw modelError(
      `${path} holds the bare network of ${name}, which takes normalised floats: export the model with its ` +
        "preprocessing to run it",
      undefined,
      metadata.architecture === undefined
        ? undefined
        : { option: "weights", advice: "or read it as weights" },
    );
  }
  // onnxruntime would look for it in the current folder.
  if (hasExternalData(model.graph)) {
    throw modelError(
      `${path} uses external data: save the model with its weights in the same file`,
      undefined,
      metadata.architecture === undefined
        ? undefined
        : { option: "weights", advice: "or read it as weights" },
    );
  }
  const { adopted } = metadata;
  if (adopted) checkAdoptedGraph(model, adopted, tasks, path);
  else checkInterface(model, tasks, path);
  const takesSize = adopted
    ? adopted.input.fit !== "none" && takesAnySize(model, adopted.input)
    : model.graph.inputs.some((input) => input.name === "size");
  return {
    name,
    aliases: [],
    summary: metadata.summary,
    tasks: Object.keys(tasks) as Task[],
    labels: Object.fromEntries(
      Object.entries(tasks).map(([task, { labels }]) => [task, labels]),
    ) as ModelLabels,
    hasMasks: tasks.detect !== undefined && "prototypes" in outputShapes(tasks.detect.head.spec),
    hasMatte: tasks.segment?.head.spec.kind === "mask",
    architecture: metadata.architecture,
    weights: [{ from: source, licence }],
    metrics: [],
    verified: `read from ${path}`,
    quantization: metadata.quantization,
    build(wanted, wantedSize) {
      if (wantedSize && !takesSize) {
        throw usageError(
          `the input size is fixed in ${path}: export the model again with another size`,
        );
      }
      const chosen = Object.fromEntries(
        Object.entries(tasks).filter(([task]) => wanted.includes(task as Task)),
      );
      return Promise.resolve({
        onnx,
        tasks: chosen as Tasks,
        inputSize: wantedSize ?? inputSize,
        sizeGrid,
        filter,
        adopted,
      });
    },
  };
}

function checkInterface({ graph }: OnnxModel, tasks: Tasks, path: string): void {
  const image = graph.inputs.find(({ name }) => name === "image");
  const size = graph.inputs.find(({ name }) => name === "size");
  const others = graph.inputs.filter((input) => input !== image && input !== size).map(({ name }) => name);
  if (image?.elementType !== "uint8" || others.length > 0) {
    throw modelError(
      `${path} must take an image only${others.length > 0 ? `: it also takes ${others.join(", ")}` : ""}`,
    );
  }
  if (!mayBe(image, [1, undefined, undefined, 3])) {
    throw modelError(`${path} must take an image of shape [1, height, width, 3], not ${shapeText(image)}`);
  }
  const pixels = (image.shape ?? []).reduce<number>((product, size) => product * (Number(size) || 1), 1) / 3;
  if (pixels > MAX_INPUT_PIXELS) {
    throw modelError(
      `${path} takes images of ${
        shapeText(image)
      } only: more than ${MAX_INPUT_PIXELS} pixels are not supported`,
    );
  }
  if (size && (size.elementType !== "int64" || !mayBe(size, [2]))) {
    throw modelError(
      `the input size of ${path} must be int64 [2], not ${size.elementType} ${shapeText(size)}`,
    );
  }
  for (const [task, { head, labels }] of Object.entries(tasks)) {
    const prefix = `${task}.`;
    const outputs = Object.fromEntries(
      graph.outputs.filter(({ name }) => name.startsWith(prefix))
        .map((output) => [output.name.slice(prefix.length), output]),
    );
    checkDeclaredOutputs(outputShapes(head.spec), outputs, labels.length, (output, problem) => {
      throw modelError(`${path} has unusable output: ${prefix}${output} is ${problem}`);
    });
  }
}

/** Whether an input can have a shape; an absent size is any that an image can have. */
function mayBe({ shape }: OnnxValueInfo, wanted: readonly (number | undefined)[]): boolean {
  return shape === undefined || shape.length === wanted.length &&
      shape.every((size, axis) =>
        typeof size === "string" || size === (wanted[axis] ?? size) && size >= 1 && size <= MAX_PIXELS
      );
}

function shapeText({ shape }: OnnxValueInfo): string {
  return `[${shape?.map((size) => size === "" ? "?" : size).join(", ") ?? "?"}]`;
}
