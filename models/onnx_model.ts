/** Exported files as models. */
import { modelError, usageError } from "../core/errors.ts";
import { readUserFile } from "../core/files/mod.ts";
import { decodeOnnx, type OnnxModel } from "../core/onnx/mod.ts";
import { MAX_WEIGHTS_BYTES } from "../core/weights/mod.ts";
import { outputNames } from "../heads/mod.ts";
import type { ModelLabels, RunnableModel } from "./entry.ts";
import type { Task, Tasks } from "./network.ts";
import { readMetadata } from "./metadata.ts";

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
  checkInterface(model, tasks, path);
  const takesSize = model.graph.inputs.some((input) => input.name === "size");
  return {
    name,
    aliases: [],
    summary: metadata.summary,
    tasks: Object.keys(tasks) as Task[],
    labels: Object.fromEntries(
      Object.entries(tasks).map(([task, { labels }]) => [task, labels]),
    ) as ModelLabels,
    architecture: metadata.architecture,
    weights: [{ from: source, licence }],
    metrics: [],
    verified: `read from ${path}`,
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
      });
    },
  };
}

function checkInterface({ graph }: OnnxModel, tasks: Tasks, path: string): void {
  const image = graph.inputs.find(({ name }) => name === "image");
  const others = graph.inputs.filter(({ name }) => name !== "image" && name !== "size").map(({ name }) =>
    name
  );
  if (image?.elementType !== "uint8" || others.length > 0) {
    throw modelError(
      `${path} must take an image only${others.length > 0 ? `: it also takes ${others.join(", ")}` : ""}`,
    );
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  for (const [task, { head }] of Object.entries(tasks)) {
    const missing = outputNames(head.spec).filter((name) => !outputs.has(`${task}.${name}`));
    if (missing.length > 0) throw modelError(`${path} has no output ${task}.${missing[0]}`);
  }
}
