/** Models for worker threads: resolved, bound to their weights and encoded once, on one thread. */
import { release } from "../core/bytes.ts";
import type { ResizeFilter } from "../core/images/mod.ts";
import { importLater } from "../core/import_later.ts";
import { type OutputSpec, parseDecoder } from "../heads/mod.ts";
import type { RunnableModel } from "./entry.ts";
import type { InputSize, SizeGrid } from "./input_size.ts";
import type { ModelOptions } from "./model.ts";
import type {
  AdoptedGraph,
  ClassificationLabel,
  DetectionLabel,
  Network,
  OnnxNetwork,
  SegmentationLabel,
  Task,
  Tasks,
} from "./network.ts";

/** How the outputs of a task are read, and the names of its classes. */
interface TaskSpec<Label> {
  readonly spec: OutputSpec;
  readonly labels: readonly Label[];
}

/** {@linkcode Tasks} as plain data. */
export interface TaskSpecs {
  readonly detect?: TaskSpec<DetectionLabel>;
  readonly segment?: TaskSpec<SegmentationLabel>;
  readonly classify?: TaskSpec<ClassificationLabel>;
}

/** A model that any thread can load with {@linkcode Model.fromPrepared}: plain data, cheap to send. */
export interface PreparedModel {
  readonly name: string;
  /** The bytes of the ONNX file, in memory that all threads share. */
  readonly onnx: Uint8Array<SharedArrayBuffer>;
  readonly tasks: TaskSpecs;
  readonly inputSize: InputSize;
  readonly sizeGrid: SizeGrid;
  /** How images are resized before the network, where it would do the same itself. */
  readonly filter?: ResizeFilter;
  /** What is known of a file that others exported. */
  readonly adopted?: AdoptedGraph;
  /** See {@linkcode OnnxNetwork.bytesPerPixel}. */
  readonly bytesPerPixel?: number;
}

/**
 * Reads a model's weights, builds its network and encodes it, for any number of threads to load.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Model, prepareModel, resolveModel } from "./mod.ts";
 * const prepared = await prepareModel(await resolveModel({ model: "mb3-large-075" }), { tasks: ["detect"] });
 * // A worker gets `prepared` in a message and loads it:
 * const model = await Model.fromPrepared(structuredClone(prepared));
 * assert.deepEqual(Object.keys(model.tasks), ["detect"]);
 * await model.close();
 * ```
 *
 * @throws {BneckError} when the weights are missing or do not fit, or the size cannot be changed.
 */
export async function prepareModel(
  model: RunnableModel,
  { tasks = model.tasks, inputSize }: Pick<ModelOptions, "tasks" | "inputSize"> = {},
): Promise<PreparedModel> {
  const built = await model.build(tasks, inputSize);
  const network = await encodedNetwork(built);
  const onnx = new Uint8Array(new SharedArrayBuffer(network.onnx.length));
  onnx.set(network.onnx);
  // Those of a file belong to the model.
  if (!("onnx" in built)) release(network.onnx);
  return {
    name: model.name,
    onnx,
    tasks: specsOf(network.tasks),
    inputSize: network.inputSize,
    sizeGrid: network.sizeGrid,
    filter: network.filter,
    adopted: network.adopted,
    bytesPerPixel: network.bytesPerPixel,
  };
}

/** The network of a prepared model. Its bytes are copied, because onnxruntime-node refuses shared memory. */
export function preparedNetwork({ onnx, tasks, ...rest }: PreparedModel): OnnxNetwork {
  return { ...rest, onnx: onnx.slice(), tasks: tasksOf(tasks) };
}

/** A network as the bytes of an ONNX file; threads that get such bytes do not load what makes them. */
export async function encodedNetwork(network: Network | OnnxNetwork): Promise<OnnxNetwork> {
  if ("onnx" in network) return network;
  const { encodeNetwork } = await importLater<typeof import("./encode_network.ts")>(
    import.meta.resolve("./encode_network.ts"),
  );
  return encodeNetwork(network);
}

function specsOf(tasks: Tasks): TaskSpecs {
  return Object.fromEntries(
    Object.entries(tasks).map(([task, { head, labels }]) => [task, { spec: head.spec, labels }]),
  );
}

function tasksOf({ detect, segment, classify }: TaskSpecs): Tasks {
  const headOf = <T extends Task>(task: T, { spec }: { readonly spec: OutputSpec }) =>
    parseDecoder(task, spec, (problem) => {
      throw new TypeError(problem);
    });
  return {
    ...(detect && { detect: { head: headOf("detect", detect), labels: detect.labels } }),
    ...(segment && { segment: { head: headOf("segment", segment), labels: segment.labels } }),
    ...(classify && { classify: { head: headOf("classify", classify), labels: classify.labels } }),
  };
}
