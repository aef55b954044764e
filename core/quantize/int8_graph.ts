/** A graph under construction whose tensors are floats, bytes or both. */
import type { OnnxAttribute, OnnxNode } from "../onnx/mod.ts";
import { tensorChannels } from "./channels.ts";
import { Int8Nodes } from "./int8_nodes.ts";
import type { QuantizationPlan } from "./quantize.ts";
import type { Scale } from "./scale.ts";
import type { Unit, UnitGraph } from "./units.ts";
import type { RoundedConv } from "./weights.ts";

/** A tensor in bytes, `[N, H, W, C]`. */
export interface Bytes {
  /** The name of its tensor. */
  readonly name: string;
  readonly scale: Scale;
  /** Of each channel beside the scale. @default {1} */
  readonly factors?: Float32Array;
}

/** From channels second to channels last, and back. */
const TO_LAST = [0, 2, 3, 1], FROM_LAST = [0, 3, 1, 2];

const ints = (value: readonly number[]): OnnxAttribute => ({ type: "ints", value });
const int = (value: number): OnnxAttribute => ({ type: "int", value });

/** Writes floats and bytes, and changes one to the other where it is asked for. */
export class Int8Graph {
  readonly out = new Int8Nodes();
  readonly #channels: ReadonlyMap<string, number>;
  readonly #bytes = new Map<string, Bytes>();
  readonly #floats = new Set<string>();

  /**
   * @param readInInt8 the tensors that units in int8 read
   * @param scales how the bytes of tensors are read
   * @param wide the channels of tensors that have more than their own
   * @param own factors of channels, and what belongs to single units
   */
  constructor(
    readonly parts: UnitGraph,
    private readonly readInInt8: ReadonlySet<string>,
    private readonly scales: ReadonlyMap<string, Scale>,
    private readonly wide: ReadonlyMap<string, number>,
    private readonly own: Pick<QuantizationPlan, "factors" | "corrections" | "weights" | "weightLimit">,
  ) {
    this.#channels = tensorChannels(parts);
  }

  /** Every tensor that is there in bytes. */
  get bytes(): ReadonlyMap<string, Bytes> {
    return this.#bytes;
  }

  /** The channels that the bytes of a tensor have in memory. */
  channels(tensor: string): number | undefined {
    return this.wide.get(tensor) ?? this.#channels.get(tensor);
  }

  /**
   * How the bytes of a tensor are to be read.
   *
   * @throws {RangeError} if there is no scale
   */
  scale(tensor: string): Scale {
    const scale = this.scales.get(tensor);
    if (!scale) throw new RangeError(`no scale for ${tensor}`);
    return scale;
  }

  /** The factors of a tensor's channels, as many as it has in memory. */
  factorsOf(tensor: string): Float32Array | undefined {
    const factors = this.own.factors?.get(tensor);
    const channels = this.channels(tensor);
    if (!factors || channels === undefined || channels === factors.length) return factors;
    const wide = new Float32Array(channels).fill(1);
    wide.set(factors);
    return wide;
  }

  /** A unit's bias with its correction. */
  corrected({ name }: Unit, bias: Float32Array | undefined): Float32Array | undefined {
    const correction = this.own.corrections?.get(name);
    if (!correction) return bias;
    return correction.map((value, channel) => value + (bias?.[channel] ?? 0));
  }

  /** The largest weight of a matrix product. */
  get weightLimit(): number | undefined {
    return this.own.weightLimit;
  }

  /** A unit's weights, where they are rounded already. */
  rounded({ name }: Unit): RoundedConv | undefined {
    return this.own.weights?.get(name);
  }

  /** Whether nothing reads the bytes of a tensor. */
  isReadInFloat(tensor: string): boolean {
    return !this.readInInt8.has(tensor);
  }

  /** Adds a tensor in float, of which `last` has the channels last. */
  setFloat(tensor: string, last: string): void {
    this.#floats.add(tensor);
    this.out.add("Transpose", [last], tensor, { perm: ints(FROM_LAST) }, "", `${tensor}.first`);
  }

  /** Says that the bytes of a tensor are there. */
  set(tensor: string, bytes: Bytes): void {
    this.#bytes.set(tensor, bytes);
  }

  /** The bytes of a tensor. */
  asBytes(tensor: string): Bytes {
    const known = this.#bytes.get(tensor);
    if (known) return known;
    const { out } = this;
    const scale = this.scale(tensor);
    const factors = this.factorsOf(tensor);
    const last = out.add("Transpose", [tensor], `${tensor}.last`, { perm: ints(TO_LAST) });
    const inputs = [last, ...this.#reading(tensor, { scale, factors })];
    const name = out.add("QuantizeLinear", inputs, `${tensor}.bytes`, factors ? { axis: int(3) } : {});
    const bytes = { name, scale, factors };
    this.set(tensor, bytes);
    return bytes;
  }

  /** Makes sure that a tensor exists in float under its own name. */
  asFloat(tensor: string): void {
    const bytes = this.#bytes.get(tensor);
    if (!bytes || this.#floats.has(tensor)) return;
    const { out } = this;
    const inputs = [bytes.name, ...this.#reading(tensor, bytes)];
    const last = out.add(
      "DequantizeLinear",
      inputs,
      `${tensor}.float`,
      bytes.factors ? { axis: int(3) } : {},
    );
    this.setFloat(tensor, last);
  }

  /** The scale and zero point of a tensor; with factors, those of each channel. */
  #reading(tensor: string, { scale, factors }: Omit<Bytes, "name">): readonly string[] {
    const { out } = this;
    if (!factors) return out.scale(scale);
    const { length } = factors;
    return [
      out.tensor(`${tensor}.scales`, "float32", [length], factors.map((factor) => factor * scale.scale)),
      out.tensor(
        `zero_points.${scale.zeroPoint}.${length}`,
        "uint8",
        [length],
        new Uint8Array(length).fill(scale.zeroPoint),
      ),
    ];
  }

  /** Adds a unit that stays as it is. */
  addFloat({ nodes }: Unit): void {
    for (const node of nodes) {
      if (!this.#addSpatialShape(node)) {
        node.inputs.forEach((name) => this.asFloat(name));
        this.out.nodes.push(node);
      }
      for (const name of node.outputs) this.#floats.add(name);
    }
  }

  /** Height and width can be had of bytes, too. */
  #addSpatialShape({ operator, inputs, outputs, attributes: { start, end } }: OnnxNode): boolean {
    const bytes = this.#bytes.get(inputs[0]);
    if (operator !== "Shape" || !bytes || this.#floats.has(inputs[0])) return false;
    if (start?.type !== "int" || end?.type !== "int" || start.value !== 2 || end.value !== 4) return false;
    this.out.add("Shape", [bytes.name], outputs[0], { start: int(1), end: int(3) });
    return true;
  }
}
