/** What is quantized: a model as one ONNX file, whatever it was before. */
import { usageError } from "../../../core/errors.ts";
import { decodeOnnx, encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import { type UnitGraph, unitsOf } from "../../../core/quantize/mod.ts";
import type { RunnableModel } from "../../entry.ts";
import { exportModel } from "../../export.ts";
import { writeMetadata } from "../../metadata.ts";
import type { Network, OnnxNetwork, Task } from "../../network.ts";
import { onnxModel } from "../../onnx_model.ts";
import { encodedNetwork } from "../../prepared.ts";

/** The oldest operators that have what int8 needs: scales of channels, parts of shapes. */
const MIN_OPSET = 15;

/** A model in float, ready to be quantized. */
export interface FloatModel {
  /** As the user calls it. */
  readonly name: string;
  readonly tasks: readonly Task[];
  readonly onnx: OnnxModel;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly parts: UnitGraph;
  /** The same as a model that can be run. */
  readonly entry: RunnableModel;
}

/**
 * Writes a model as an ONNX file in memory.
 *
 * @throws {BneckError} if its weights are missing, a file has been quantized before, or only some tasks of a file are asked for
 */
export async function floatModel(entry: RunnableModel, tasks: readonly Task[]): Promise<FloatModel> {
  const network = await entry.build(tasks);
  const bytes = "onnx" in network
    ? ownBytes(entry, network, tasks)
    : (await exportModel(entry, { tasks })).bytes;
  const onnx = decodeOnnx(bytes, entry.name);
  if (onnx.graph.nodes.some(({ operator }) => /^(QLinear|QuantizeLinear)/.test(operator))) {
    throw usageError(`${entry.name} is quantized already: quantize the model that it was made from`);
  }
  const opset = onnx.opsets[""] ?? 0;
  if (opset < MIN_OPSET) {
    throw usageError(
      `${entry.name} has operators of set ${opset}, and int8 needs those of set ${MIN_OPSET} or later: export it again`,
    );
  }
  const { summary, warnings } = entry;
  return {
    name: entry.name,
    tasks,
    onnx,
    bytes,
    parts: unitsOf(onnx.graph),
    entry: { ...onnxModel(bytes, entry.name, onnx), summary, warnings },
  };
}

function ownBytes(
  entry: RunnableModel,
  network: OnnxNetwork,
  tasks: readonly Task[],
): Uint8Array<ArrayBuffer> {
  if (tasks.length < entry.tasks.length) {
    throw usageError(
      `${entry.name} is a file with the heads ${
        entry.tasks.join(" and ")
      }, which are quantized together: export one ` +
        "of them from the model that the file was made from",
    );
  }
  const model = decodeOnnx(network.onnx, entry.name);
  if ("bneck.format" in model.metadata) return network.onnx.slice();
  // What was found out about a file of others has to be in the copy.
  const { licence, from } = entry.weights[0];
  const metadata = {
    ...model.metadata,
    ...writeMetadata({
      name: entry.name,
      summary: entry.summary,
      input: "adopted",
      tasks: network.tasks,
      inputSize: network.inputSize,
      sizeGrid: network.sizeGrid,
      filter: network.filter,
      licence,
      source: from,
      preprocessing: "as adopted",
      adopted: network.adopted,
    }),
  };
  return encodeOnnx({ ...model, metadata });
}

/** A model with another graph in place of its own. */
export function entryOf({ entry }: FloatModel, bytes: Uint8Array<ArrayBuffer>): RunnableModel {
  return {
    ...entry,
    async build(tasks, inputSize): Promise<OnnxNetwork> {
      const network: Network | OnnxNetwork = await entry.build(tasks, inputSize);
      return { ...await encodedNetwork(network), onnx: bytes };
    },
  };
}
