/** Collecting the nodes and constants of an ONNX graph. */
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "../onnx/model.ts";
import type { Layer } from "./graph.ts";

/**
 * The nodes and constants of an ONNX graph under construction, and the layer that each of its tensors belongs to. Methods
 * that add something return the name of its tensor.
 */
export class OnnxNodes {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  /** The layer of every tensor that is not a constant, by tensor name. */
  readonly tensorLayers = new Map<string, Layer>();
  readonly #constants = new Set<string>();

  /**
   * Adds a node with one output.
   *
   * @throws {RangeError} if another tensor has the name of its output
   */
  add(
    layer: Layer,
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    name = output,
  ): string {
    if (this.tensorLayers.has(output) || this.#constants.has(output)) throw taken(output);
    this.nodes.push({ name, operator, domain: "", inputs, outputs: [output], attributes });
    this.tensorLayers.set(output, layer);
    return output;
  }

  /**
   * `[N, C]` of a tensor joined with a height and width, as Resize takes it. The operator's `axes` would do the same, but
   * onnxruntime rejects them with a size that is not constant.
   *
   * @param size the name of a tensor of two integers
   * @throws {RangeError} as {@linkcode OnnxNodes.add} does
   */
  addFullSize(layer: Layer, tensor: string, size: string): string {
    const { name } = layer;
    const kept = this.add(layer, "Shape", [tensor], `${name}.batch_and_channels`, {
      start: int(0),
      end: int(2),
    });
    return this.add(layer, "Concat", [kept, size], `${name}.full_size`, { axis: int(0) });
  }

  /** A constant of one float. Adding the same constant again under its name is allowed. */
  scalar(name: string, value: number): string {
    return this.tensor(name, [], Float32Array.of(value));
  }

  /** A constant of floats, `[values.length]` unless `shape` says otherwise. */
  floats(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.tensor(name, shape, Float32Array.from(values));
  }

  /** A constant of 64-bit integers, `[values.length]`. */
  integers(name: string, values: readonly number[]): string {
    const data = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
    return this.#constant({ name, elementType: "int64", shape: [values.length], data });
  }

  /** A constant tensor of floats, which are not copied. */
  tensor(name: string, shape: readonly number[], values: Float32Array): string {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#constant({ name, elementType: "float32", shape, data });
  }

  #constant(tensor: OnnxTensor): string {
    if (this.tensorLayers.has(tensor.name)) throw taken(tensor.name);
    if (!this.#constants.has(tensor.name)) this.initializers.push(tensor);
    this.#constants.add(tensor.name);
    return tensor.name;
  }
}

function taken(name: string): RangeError {
  return new RangeError(`duplicate tensor name ${name}: rename a layer or an output`);
}

/** An integer attribute. */
export const int = (value: number): OnnxAttribute => ({ type: "int", value });
/** An attribute of several integers. */
export const ints = (value: readonly number[]): OnnxAttribute => ({ type: "ints", value });
/** A float attribute. */
export const float = (value: number): OnnxAttribute => ({ type: "float", value });
/** A string attribute. */
export const string = (value: string): OnnxAttribute => ({ type: "string", value });
