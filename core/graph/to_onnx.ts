/**
 * Lowering a network to ONNX. Node and tensor names come from the layers; which tensor belongs to which
 * layer is returned beside the model, since the runtime's profile names its rows after tensors.
 */
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from "../onnx/model.ts";
import { alignChannels, alignConv, type AlignedChannels, type ConvTensors } from "./aligned_channels.ts";
import type { BoundWeights } from "./bind.ts";
import { earlyConvolutions } from "./early_convolutions.ts";
import { gatedMaps } from "./enlarged_gates.ts";
import {
  type Activation,
  type ConvOperator,
  type Extent,
  type Graph,
  graphInputs,
  type Layer,
  type PreprocessOperator,
  type ResizeOperator,
  type Value,
} from "./graph.ts";
import { layerParameters } from "./parameters.ts";

/** The operator set of the files we write; onnxruntime 1.30 takes up to 26. */
export const OPSET = 20;

/** The version of the file format that goes with {@linkcode OPSET}. */
const IR_VERSION = 9;

/** Choices of lowering. */
export interface LoweringOptions {
  /** Entries of the file's `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Writes h-swish and h-sigmoid as x · min(max(x + 3, 0), 6) · `sixth`, operator by operator, to reproduce
   * files that store 1/6 rounded. The usual form is faster: onnxruntime fuses it into the convolution.
   */
  readonly sixth?: number;
  /**
   * Whether the file is written as onnxruntime runs it fastest: depthwise convolutions get channels of zeros up to a
   * multiple of four, and 1×1 convolutions run before an upsampling rather than after it.
   *
   * @default {true}
   */
  readonly tuned?: boolean;
  /**
   * The size of the network's input, where no other is meant to be run. The file may be faster for it and wrong at
   * others.
   */
  readonly size?: Extent;
}

/** A network as an ONNX model. */
export interface LoweredGraph {
  readonly model: OnnxModel;
  /** The layer that every tensor of the model belongs to, by tensor name. */
  readonly tensorLayers: ReadonlyMap<string, Layer>;
}

/**
 * Writes a graph with its weights as an ONNX model. Height, width and batch stay open.
 *
 * @throws {RangeError} when an output or a tensor inside a layer would have the name of another layer.
 */
export function toOnnx(graph: Graph, weights: BoundWeights, options: LoweringOptions = {}): LoweredGraph {
  const { tuned = true, size, sixth } = options;
  const lowering = new Lowering(
    weights,
    tuned ? alignChannels(graph) : new Map(),
    tuned ? earlyConvolutions(graph) : new Map(),
    tuned && size ? gatedMaps(graph, size) : new Map(),
    sixth,
  );
  for (const layer of graph.layers) lowering.add(layer);
  const outputs = Object.entries(graph.outputs).map(([name, value]) => lowering.output(name, value));
  return {
    model: {
      irVersion: IR_VERSION,
      opsets: { "": OPSET },
      producer: "bneck",
      graph: {
        name: "bneck",
        nodes: lowering.nodes,
        initializers: lowering.initializers,
        inputs: graphInputs(graph).map(inputInfo),
        outputs,
      },
      metadata: options.metadata ?? {},
    },
    tensorLayers: lowering.tensorLayers,
  };
}

function inputInfo({ operator }: ReturnType<typeof graphInputs>[number]): OnnxValueInfo {
  const { name, elementType } = operator;
  if (name === "size") return { name, elementType, shape: [2] };
  return elementType === "uint8"
    ? { name, elementType, shape: ["batch", "height", "width", 3] }
    : { name, elementType, shape: ["batch", "channels", "height", "width"] };
}

/** What is known of a value's shape whatever the size of the image. */
function openShape({ layer, channels }: Value): (number | string)[] {
  const rank = rankOf(layer);
  return rank === 4 ? ["batch", channels, "", ""] : ["batch", ...Array(rank - 1).fill("")];
}

function rankOf({ operator, inputs }: Layer): number {
  switch (operator.kind) {
    case "flatten":
      return 2;
    case "anchorRows":
      return 3;
    case "activation":
    case "add":
    case "concat":
    case "multiply":
    case "scale":
    case "softmax":
      return rankOf(inputs[0].layer);
    default:
      return 4;
  }
}

/** The nodes, constants and names that one pass over the layers collects. */
class Lowering {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly tensorLayers = new Map<string, Layer>();
  readonly #constants = new Set<string>();

  constructor(
    readonly weights: BoundWeights,
    readonly aligned: ReadonlyMap<Layer, AlignedChannels>,
    readonly early: ReadonlyMap<Layer, Layer>,
    readonly gated: ReadonlyMap<Layer, Extent>,
    readonly sixth: number | undefined,
  ) {}

  add(layer: Layer): void {
    const { operator, name } = layer;
    const inputs = layer.inputs.map((value) => this.#read(value.layer));
    switch (operator.kind) {
      case "input":
        this.tensorLayers.set(operator.name, layer);
        return;
      case "preprocess":
        return this.#preprocess(layer, operator, inputs);
      case "conv":
        return this.#isEarly(layer)
          ? this.#convThenResize(layer, operator, layer.inputs[0].layer)
          : this.#conv(layer, operator, inputs[0]);
      case "activation":
        return this.#activation(layer, operator.activation, inputs[0], name);
      case "add":
        return this.#node(layer, "Add", inputs, name);
      case "multiply":
        return this.#multiply(layer, inputs);
      case "scale":
        return this.#node(layer, "Mul", [inputs[0], this.#scalar(`${name}.factor`, operator.factor)], name);
      case "concat":
        return this.#node(layer, "Concat", inputs, name, { axis: int(operator.axis) });
      case "globalAveragePool":
        return this.#node(layer, "GlobalAveragePool", inputs, name);
      case "pool":
        return this.#node(layer, operator.pool === "max" ? "MaxPool" : "AveragePool", inputs, name, {
          kernel_shape: ints(operator.kernel),
          strides: ints(operator.stride),
          ...padding(operator.padding, operator.kernel, operator.stride, 1),
        });
      case "resize":
        return this.early.has(layer) ? undefined : this.#resize(layer, operator, inputs);
      case "shiftDown":
        return this.#shiftDown(layer, layer.inputs[0].channels, operator.fraction, inputs[0]);
      case "flatten":
        return this.#node(layer, "Flatten", inputs, name, { axis: int(1) });
      case "anchorRows":
        this.#node(layer, "Transpose", inputs, `${name}.transpose`, { perm: ints([0, 2, 3, 1]) });
        return this.#node(
          layer,
          "Reshape",
          [`${name}.transpose`, this.#integers(`${name}.shape`, [0, -1, operator.columns])],
          name,
        );
      case "softmax":
        return this.#node(layer, "Softmax", inputs, name, { axis: int(operator.axis) });
    }
  }

  /** Gives a layer's tensor the name of a graph output. */
  output(name: string, value: Value): OnnxValueInfo {
    if (name !== tensorName(value.layer)) {
      this.#node(value.layer, "Identity", [tensorName(value.layer)], name, {}, `output.${name}`);
    }
    return { name, elementType: "float32", shape: openShape(value) };
  }

  #conv(layer: Layer, conv: ConvOperator, input: string): void {
    const { weight, bias, shape, groups } = this.#convTensors(layer, conv);
    const raw = conv.activation ? `${layer.name}.conv` : layer.name;
    const inputs = [input, this.#tensor(layerParameters(layer)[0].name, shape, weight)];
    if (bias) inputs.push(this.#tensor(`${layer.scope}.bias`, [shape[0]], bias));
    this.#node(layer, "Conv", inputs, raw, {
      kernel_shape: ints(conv.kernel),
      strides: ints([conv.stride, conv.stride]),
      dilations: ints([conv.dilation, conv.dilation]),
      group: int(groups),
      ...padding(conv.padding, conv.kernel, [conv.stride, conv.stride], conv.dilation),
    });
    if (conv.activation) this.#activation(layer, conv.activation, raw, layer.name);
  }

  #multiply(layer: Layer, [map, factor]: readonly string[]): void {
    const { name } = layer;
    const extent = this.gated.get(layer);
    if (!extent) return this.#node(layer, "Mul", [map, factor], name);
    const scales = this.#floats(`${name}.scales`, [1, 1, ...extent]);
    this.#node(layer, "Resize", [factor, "", scales], `${name}.enlarged`, {
      mode: string("nearest"),
      coordinate_transformation_mode: string("asymmetric"),
      nearest_mode: string("floor"),
    });
    this.#node(layer, "Mul", [map, `${name}.enlarged`], name);
  }

  /** Whether a convolution runs before the upsampling that it reads. */
  #isEarly(layer: Layer): boolean {
    return layer.inputs.length > 0 && this.early.get(layer.inputs[0].layer) === layer;
  }

  /** What reads the convolution reads the upsampling then: see {@linkcode Lowering.#read}. */
  #convThenResize(layer: Layer, conv: ConvOperator, resize: Layer): void {
    const [coarse, ...like] = resize.inputs.map((value) => this.#read(value.layer));
    this.#conv(layer, conv, coarse);
    this.#resize(resize, resize.operator as ResizeOperator, [layer.name, ...like]);
  }

  /** The tensor that holds the value of a layer. */
  #read(layer: Layer): string {
    return tensorName(this.#isEarly(layer) ? layer.inputs[0].layer : layer);
  }

  #convTensors(layer: Layer, { groups }: ConvOperator): ConvTensors {
    const [{ shape }] = layerParameters(layer);
    const tensors = { ...this.weights.get(layer)!, shape, groups };
    const aligned = this.aligned.get(layer);
    return aligned === undefined ? tensors : alignConv(tensors, aligned);
  }

  #activation(layer: Layer, activation: Activation, input: string, output: string): void {
    const { name } = layer;
    switch (activation) {
      case "relu":
        return this.#node(layer, "Relu", [input], output);
      case "sigmoid":
        return this.#node(layer, "Sigmoid", [input], output);
      case "relu6":
        return this.#node(layer, "Clip", [input, ...this.#zeroToSix()], output);
      case "h-sigmoid":
        return this.#hardSigmoid(layer, input, output);
      case "h-swish":
        this.#hardSigmoid(layer, input, `${name}.gate`);
        return this.#node(layer, "Mul", [input, `${name}.gate`], output);
    }
  }

  #hardSigmoid(layer: Layer, input: string, output: string): void {
    if (this.sixth === undefined) {
      return this.#node(layer, "HardSigmoid", [input], output, { alpha: float(1 / 6), beta: float(0.5) });
    }
    this.#node(layer, "Add", [input, this.#scalar("three", 3)], `${output}.shifted`);
    this.#node(layer, "Clip", [`${output}.shifted`, ...this.#zeroToSix()], `${output}.clipped`);
    this.#node(layer, "Mul", [`${output}.clipped`, this.#scalar("sixth", this.sixth)], output);
  }

  #resize(
    layer: Layer,
    { factor, coordinates }: ResizeOperator,
    [input, like]: readonly string[],
  ): void {
    const { name } = layer;
    const mode = { mode: string("linear"), coordinate_transformation_mode: string(coordinates) };
    if (factor !== undefined) {
      const scales = this.#floats(`${name}.scales`, [1, 1, factor, factor]);
      return this.#node(layer, "Resize", [input, "", scales], name, mode);
    }
    this.#node(layer, "Shape", [like], `${name}.size`, { start: int(2), end: int(4) });
    this.#node(layer, "Resize", [input, "", "", this.#fullSize(layer, input, `${name}.size`)], name, mode);
  }

  #shiftDown(layer: Layer, channels: number, fraction: number, input: string): void {
    const { name } = layer;
    const above = this.#integers(`${name}.pads`, [0, 0, 1, 0, 0, 0, 0, 0]);
    this.#node(layer, "Pad", [input, above], `${name}.padded`, { mode: string("edge") });
    const shares = Float32Array.from(
      { length: channels * 2 },
      (_, i) => i % 2 === 0 ? fraction : 1 - fraction,
    );
    const kernel = this.#tensor(`${name}.kernel`, [channels, 1, 2, 1], shares);
    this.#node(layer, "Conv", [`${name}.padded`, kernel], name, {
      kernel_shape: ints([2, 1]),
      group: int(channels),
    });
  }

  /**
   * `[N, C]` of a tensor joined with a height and width. The operator's `axes` would say the same, but
   * onnxruntime refuses them beside a size that is not constant.
   */
  #fullSize(layer: Layer, tensor: string, size: string): string {
    const output = `${layer.name}.full_size`;
    this.#node(layer, "Shape", [tensor], `${layer.name}.batch_and_channels`, { start: int(0), end: int(2) });
    this.#node(layer, "Concat", [`${layer.name}.batch_and_channels`, size], output, { axis: int(0) });
    return output;
  }

  #preprocess(
    layer: Layer,
    { resize, crop, mean, std }: PreprocessOperator,
    [image, size]: readonly string[],
  ): void {
    const { name } = layer;
    const plain = mean.every((value) => value === 0) && std.every((value) => value === 1);
    const last = plain ? name : `${name}.float`;
    this.#node(layer, "Transpose", [image], `${name}.planar`, { perm: ints([0, 3, 1, 2]) });
    let pixels = `${name}.planar`;
    if (resize === "bilinear") {
      // PyTorch resizes floats, so nothing is rounded.
      this.#node(layer, "Cast", [pixels], `${name}.unsized`, { to: int(1) });
      pixels = this.#resizeImage(layer, `${name}.unsized`, size, crop ? `${name}.resized` : last, {
        mode: string("linear"),
      });
      if (crop) this.#cropMiddle(layer, pixels, size, crop, last);
    } else {
      if (resize !== "none") {
        pixels = this.#resizeImage(layer, pixels, size, `${name}.resized`, {
          antialias: int(1),
          exclude_outside: int(1),
          ...(resize === "antialias" ? { mode: string("linear") } : {
            mode: string("cubic"),
            cubic_coeff_a: float(-0.5),
          }),
        });
      }
      if (crop) pixels = this.#cropMiddle(layer, pixels, size, crop, `${name}.cropped`);
      this.#node(layer, "Cast", [pixels], last, { to: int(1) });
    }
    if (plain) return;
    const shape = [1, 3, 1, 1];
    const offset = this.#floats(`${name}.mean`, mean, shape);
    const factor = this.#floats(`${name}.reciprocal_std`, std.map((value) => 1 / value), shape);
    this.#node(layer, "Sub", [last, offset], `${name}.centred`);
    this.#node(layer, "Mul", [`${name}.centred`, factor], name);
  }

  #resizeImage(
    layer: Layer,
    pixels: string,
    size: string,
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): string {
    this.#node(layer, "Resize", [pixels, "", "", this.#fullSize(layer, pixels, size)], output, {
      coordinate_transformation_mode: string("half_pixel"),
      ...attributes,
    });
    return output;
  }

  /** Half of an odd border is rounded to the even number, as Python and ONNX's Round do. */
  #cropMiddle(layer: Layer, pixels: string, size: string, crop: Extent, output: string): string {
    const { name } = layer;
    const extent = this.#integers(`${name}.crop`, crop);
    this.#node(layer, "Sub", [size, extent], `${name}.border`);
    this.#node(layer, "Cast", [`${name}.border`], `${name}.border.float`, { to: int(1) });
    this.#node(
      layer,
      "Mul",
      [`${name}.border.float`, this.#scalar(`${name}.half`, 0.5)],
      `${name}.border.half`,
    );
    this.#node(layer, "Round", [`${name}.border.half`], `${name}.border.rounded`);
    this.#node(layer, "Cast", [`${name}.border.rounded`], `${name}.crop.start`, { to: int(7) });
    this.#node(layer, "Add", [`${name}.crop.start`, extent], `${name}.crop.end`);
    const axes = this.#integers(`${name}.crop.axes`, [2, 3]);
    this.#node(layer, "Slice", [pixels, `${name}.crop.start`, `${name}.crop.end`, axes], output);
    return output;
  }

  #node(
    layer: Layer,
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    name = output,
  ): void {
    if (this.tensorLayers.has(output) || this.#constants.has(output)) throw taken(output);
    this.nodes.push({ name, operator, domain: "", inputs, outputs: [output], attributes });
    this.tensorLayers.set(output, layer);
  }

  #zeroToSix(): readonly string[] {
    return [this.#scalar("zero", 0), this.#scalar("six", 6)];
  }

  #scalar(name: string, value: number): string {
    return this.#tensor(name, [], Float32Array.of(value));
  }

  #floats(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#tensor(name, shape, Float32Array.from(values));
  }

  #integers(name: string, values: readonly number[]): string {
    const data = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
    return this.#initializer({ name, elementType: "int64", shape: [values.length], data });
  }

  #tensor(name: string, shape: readonly number[], values: Float32Array): string {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#initializer({ name, elementType: "float32", shape, data });
  }

  #initializer(tensor: OnnxTensor): string {
    if (this.tensorLayers.has(tensor.name)) throw taken(tensor.name);
    if (!this.#constants.has(tensor.name)) this.initializers.push(tensor);
    this.#constants.add(tensor.name);
    return tensor.name;
  }
}

function taken(name: string): RangeError {
  return new RangeError(`two tensors would be called ${name}: rename a layer or an output`);
}

function tensorName(layer: Layer): string {
  return layer.operator.kind === "input" ? layer.operator.name : layer.name;
}

function padding(
  kind: ConvOperator["padding"],
  kernel: readonly number[],
  stride: readonly number[],
  dilation: number,
): Record<string, OnnxAttribute> {
  if (kind === "valid") return { pads: ints([0, 0, 0, 0]) };
  // With a stride the zeros of "same" depend on the size, so onnxruntime has to place them; it dilates only
  // explicit padding.
  if (kind === "same" && stride.some((step) => step > 1)) return { auto_pad: string("SAME_UPPER") };
  const reach = kernel.map((length) => (length - 1) * dilation);
  const before = reach.map((cells) => Math.floor(cells / 2));
  const after = kind === "same" ? reach.map((cells, axis) => cells - before[axis]) : before;
  return { pads: ints([...before, ...after]) };
}

const int = (value: number): OnnxAttribute => ({ type: "int", value });
const ints = (value: readonly number[]): OnnxAttribute => ({ type: "ints", value });
const float = (value: number): OnnxAttribute => ({ type: "float", value });
const string = (value: string): OnnxAttribute => ({ type: "string", value });
