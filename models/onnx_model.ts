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
 * @throws {BneckError} when it is damaged, was not exported by bneck, or holds the network alone.
 */
export async function readOnnxModel(path: string): Promise<RunnableModel> {
  const onnx = await readUserFile(path, { maxBytes: MAX_WEIGHTS_BYTES, error: modelError });
  return onnxModel(onnx, path);
}

/**
 * Reads a file that may have been exported as a model; `undefined` for others, and for a network alone.
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

/** The same from the bytes of a file, and from what was read of them already. */
export function onnxModel(onnx: Uint8Array, path: string, model = decodeOnnx(onnx, path)): RunnableModel {
  const metadata = readMetadata(new Map(Object.entries(model.metadata)), path);
  const { name, tasks, inputSize, sizeGrid, filter, licence, source } = metadata;
  if (metadata.input === "tensor") {
    const orWeights = metadata.architecture === undefined ? "" : ", or give the file as --weights";
    throw modelError(
      `${path} holds the network of ${name} alone, which takes normalised floats: export it with its preprocessing ` +
        `(without --raw) to run it${orWeights}`,
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
          `the input size is part of ${path}: export the model again with another (bneck export --size)`,
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
      `${path} does not take an image alone${others.length > 0 ? `: it wants ${others.join(", ")}` : ""}`,
    );
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  for (const [task, { head }] of Object.entries(tasks)) {
    const missing = outputNames(head.spec).filter((name) => !outputs.has(`${task}.${name}`));
    if (missing.length > 0) throw modelError(`${path} lacks the output ${task}.${missing[0]}`);
  }
}
