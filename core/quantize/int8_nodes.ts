/** Collecting the nodes of a graph that computes partly in int8. */
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "../onnx/mod.ts";
import type { Scale } from "./scale.ts";

/** onnxruntime's own operators. */
export const MICROSOFT = "com.microsoft";

/** Nodes and constants under construction. Methods return the name of what they add. */
export class Int8Nodes {
  readonly nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxTensor>();

  /** Everything that was added as a constant. */
  get constants(): OnnxTensor[] {
    return [...this.#constants.values()];
  }

  /** Adds a node with one output; what stands for a node of the float network has that node's name. */
  add(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = "",
    name = output,
  ): string {
    this.nodes.push({ name, operator, domain, inputs, outputs: [output], attributes });
    return output;
  }

  /** A scale and its zero point, as operators take them. */
  scale({ scale, zeroPoint }: Scale): readonly [string, string] {
    return [
      this.tensor(`scale.${scale}`, "float32", [], Float32Array.of(scale)),
      this.tensor(`zero_point.${zeroPoint}`, "uint8", [], Uint8Array.of(zeroPoint)),
    ];
  }

  /** A constant of 64-bit integers. */
  integers(name: string, values: readonly number[]): string {
    const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.tensor(name, "int64", [values.length], data);
  }

  /** A constant; the same name always stands for the same. */
  tensor(
    name: string,
    elementType: OnnxTensor["elementType"],
    shape: readonly number[],
    values: Float32Array | Uint8Array | Int8Array | Int32Array,
  ): string {
    if (!this.#constants.has(name)) {
      const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      this.#constants.set(name, { name, elementType, shape, data });
    }
    return name;
  }
}
