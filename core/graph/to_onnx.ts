/**
 * Lowering a network to ONNX. Node and tensor names come from the layers; the layer of every tensor is returned with the
 * model, since the rows of the runtime's profile are named after tensors.
 */
import type { OnnxAttribute, OnnxModel, OnnxValueInfo } from "../onnx/model.ts";
import type { BoundWeights } from "./bind.ts";
import {
  type Activation,
  type ConvOperator,
  type Extent,
  type Graph,
  graphInputs,
  type Layer,
  type ResizeOperator,
  type Value,
} from "./graph.ts";
import { float, int, ints, OnnxNodes, string } from "./onnx_nodes.ts";
import { layerParameters } from "./parameters.ts";
import { addPreprocess } from "./preprocess_to_onnx.ts";
import {
  alignChannels,
  alignConv,
  type AlignedChannels,
  type ConvTensors,
  earlyConvolutions,
  gatedMaps,
} from "./tuning.ts";

/** The operator set of exported files; onnxruntime 1.30 supports up to 26. */
const OPSET = 20;

/** The file format version that goes with {@linkcode OPSET}. */
const IR_VERSION = 9;

/** Options of {@linkcode toOnnx}. */
export interface LoweringOptions {
  /** Entries of the file's `metadata_props`. @default {none} */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Writes h-swish and h-sigmoid as x · min(max(x + 3, 0), 6) · `sixth`, operator by operator, to reproduce files that
   * store a rounded 1/6. The default, HardSigmoid, is faster: onnxruntime fuses it into the convolution.
   */
  readonly sixth?: number;
  /** Whether to write what onnxruntime runs fastest rather than what was built; see `tuning.ts`. @default {true} */
  readonly tuned?: boolean;
  /**
   * The only input size that the file will be run at, `[height, width]`. The file may be faster at that size and wrong at
   * others.
   */
  readonly size?: Extent;
}

/** A network as an ONNX model. */
export interface LoweredGraph {
  readonly model: OnnxModel;
  /** The layer of every tensor of the model, by tensor name. */
  readonly tensorLayers: ReadonlyMap<string, Layer>;
}

/**
 * Writes a graph with its weights as an ONNX model with dynamic batch, height and width.
 *
 * @throws {RangeError} if an output or an inner tensor of a layer would have the name of another layer
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
  const { nodes } = lowering;
  for (const layer of graph.layers) lowering.add(layer);
  const outputs = Object.entries(graph.outputs).map(([name, value]) => lowering.output(name, value));
  return {
    model: {
      irVersion: IR_VERSION,
      opsets: { "": OPSET },
      producer: "bneck",
      graph: {
        name: "bneck",
        nodes: nodes.nodes,
        initializers: nodes.initializers,
        inputs: graphInputs(graph).map(inputInfo),
        outputs,
      },
      metadata: options.metadata ?? {},
    },
    tensorLayers: nodes.tensorLayers,
  };
}

function inputInfo({ operator }: ReturnType<typeof graphInputs>[number]): OnnxValueInfo {
  const { name, elementType } = operator;
  if (operator.shape) return { name, elementType, shape: operator.shape };
  if (name === "size") return { name, elementType, shape: [2] };
  return elementType === "uint8"
    ? { name, elementType, shape: ["batch", "height", "width", 3] }
    : { name, elementType, shape: ["batch", "channels", "height", "width"] };
}

/** A value's shape, as far as it does not depend on the size of the image. */
function openShape({ layer, channels }: Value): readonly (number | string)[] {
  if (layer.operator.kind === "primitive") return layer.operator.shape;
  const rank = rankOf(layer);
  return rank === 4 ? ["batch", channels, "", ""] : ["batch", ...Array(rank - 1).fill("")];
}

function rankOf({ operator, inputs }: Layer): number {
  switch (operator.kind) {
    case "flatten":
      return 2;
    case "anchorRows":
      return 3;
    case "constant":
    case "primitive":
      return operator.shape.length;
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

/** One pass over the layers of a network, each of which becomes one or more nodes. */
class Lowering {
  readonly nodes = new OnnxNodes();

  constructor(
    readonly weights: BoundWeights,
    readonly aligned: ReadonlyMap<Layer, AlignedChannels>,
    readonly early: ReadonlyMap<Layer, Layer>,
    readonly gated: ReadonlyMap<Layer, Extent>,
    readonly sixth: number | undefined,
  ) {}

  /** Adds the nodes of a layer. Those of an upsampling that runs after its convolution are added with the latter. */
  add(layer: Layer): void {
    if (!this.early.has(layer)) this.#add(layer);
  }

  /** Adds a graph output of a layer's tensor. */
  output(name: string, value: Value): OnnxValueInfo {
    if (name !== tensorName(value.layer)) {
      this.nodes.add(value.layer, "Identity", [tensorName(value.layer)], name, {}, `output.${name}`);
    }
    return { name, elementType: "float32", shape: openShape(value) };
  }

  /** Adds the nodes of a layer and returns the name of its tensor. */
  #add(layer: Layer): string {
    const { nodes } = this;
    const { operator, name } = layer;
    const inputs = layer.inputs.map((value) => this.#read(value.layer));
    switch (operator.kind) {
      case "input":
        nodes.tensorLayers.set(operator.name, layer);
        return operator.name;
      case "preprocess":
        return addPreprocess(nodes, layer, operator, inputs);
      case "conv":
        return this.#isEarly(layer)
          ? this.#convThenResize(layer, operator, layer.inputs[0].layer)
          : this.#conv(layer, operator, inputs[0]);
      case "activation":
        return this.#activation(layer, operator.activation, inputs[0], name);
      case "add":
        return nodes.add(layer, "Add", inputs, name);
      case "multiply":
        return this.#multiply(layer, inputs);
      case "scale":
        return nodes.add(layer, "Mul", [inputs[0], nodes.scalar(`${name}.factor`, operator.factor)], name);
      case "concat":
        return nodes.add(layer, "Concat", inputs, name, { axis: int(operator.axis) });
      case "globalAveragePool":
        return nodes.add(layer, "GlobalAveragePool", inputs, name);
      case "pool":
        return nodes.add(layer, operator.pool === "max" ? "MaxPool" : "AveragePool", inputs, name, {
          kernel_shape: ints(operator.kernel),
          strides: ints(operator.stride),
          ...padding(operator.padding, operator.kernel, operator.stride, 1),
        });
      case "resize":
        return this.#resize(layer, operator, inputs);
      case "shiftDown":
        return this.#shiftDown(layer, layer.inputs[0].channels, operator.fraction, inputs[0]);
      case "flatten":
        return nodes.add(layer, "Flatten", inputs, name, { axis: int(1) });
      case "anchorRows": {
        const last = nodes.add(layer, "Transpose", inputs, `${name}.transpose`, { perm: ints([0, 2, 3, 1]) });
        const shape = nodes.integers(`${name}.shape`, [0, -1, operator.columns]);
        return nodes.add(layer, "Reshape", [last, shape], name);
      }
      case "softmax":
        return nodes.add(layer, "Softmax", inputs, name, { axis: int(operator.axis) });
      case "constant":
        nodes.tensorLayers.set(nodes.tensor(name, operator.shape, operator.data), layer);
        return name;
      case "primitive": {
        const integers = operator.integers.map((values, i) => nodes.integers(`${name}.${i}`, values));
        return nodes.add(layer, operator.operator, [...inputs, ...integers], name, operator.attributes);
      }
    }
  }

  #conv(layer: Layer, conv: ConvOperator, input: string): string {
    const { nodes } = this;
    const { weight, bias, shape, groups } = this.#convTensors(layer, conv);
    const inputs = [input, nodes.tensor(layerParameters(layer)[0].name, shape, weight)];
    if (bias) inputs.push(nodes.tensor(`${layer.scope}.bias`, [shape[0]], bias));
    const output = nodes.add(layer, "Conv", inputs, conv.activation ? `${layer.name}.conv` : layer.name, {
      kernel_shape: ints(conv.kernel),
      strides: ints([conv.stride, conv.stride]),
      dilations: ints([conv.dilation, conv.dilation]),
      group: int(groups),
      ...padding(conv.padding, conv.kernel, [conv.stride, conv.stride], conv.dilation),
    });
    return conv.activation ? this.#activation(layer, conv.activation, output, layer.name) : output;
  }

  #convTensors(layer: Layer, { groups }: ConvOperator): ConvTensors {
    const [{ shape }] = layerParameters(layer);
    const tensors = { ...this.weights.get(layer)!, shape, groups };
    const aligned = this.aligned.get(layer);
    return aligned === undefined ? tensors : alignConv(tensors, aligned);
  }

  /** Whether a convolution runs before the upsampling that it reads. */
  #isEarly(layer: Layer): boolean {
    return layer.inputs.length > 0 && this.early.get(layer.inputs[0].layer) === layer;
  }

  /** Readers of the convolution then read the upsampling: see {@linkcode Lowering.#read}. */
  #convThenResize(layer: Layer, conv: ConvOperator, resize: Layer): string {
    const [coarse, ...like] = resize.inputs.map((value) => this.#read(value.layer));
    const convolved = this.#conv(layer, conv, coarse);
    return this.#resize(resize, resize.operator as ResizeOperator, [convolved, ...like]);
  }

  /** The name of the tensor with the value of a layer. */
  #read(layer: Layer): string {
    return tensorName(this.#isEarly(layer) ? layer.inputs[0].layer : layer);
  }

  #multiply(layer: Layer, [map, factor]: readonly string[]): string {
    const { nodes } = this;
    const { name } = layer;
    const extent = this.gated.get(layer);
    if (!extent) return nodes.add(layer, "Mul", [map, factor], name);
    const scales = nodes.floats(`${name}.scales`, [1, 1, ...extent]);
    const enlarged = nodes.add(layer, "Resize", [factor, "", scales], `${name}.enlarged`, {
      mode: string("nearest"),
      coordinate_transformation_mode: string("asymmetric"),
      nearest_mode: string("floor"),
    });
    return nodes.add(layer, "Mul", [map, enlarged], name);
  }

  #activation(layer: Layer, activation: Activation, input: string, output: string): string {
    const { nodes } = this;
    switch (activation) {
      case "relu":
        return nodes.add(layer, "Relu", [input], output);
      case "sigmoid":
        return nodes.add(layer, "Sigmoid", [input], output);
      case "relu6":
        return nodes.add(layer, "Clip", [input, ...this.#zeroToSix()], output);
      case "h-sigmoid":
        return this.#hardSigmoid(layer, input, output);
      case "h-swish": {
        const gate = this.#hardSigmoid(layer, input, `${layer.name}.gate`);
        return nodes.add(layer, "Mul", [input, gate], output);
      }
    }
  }

  #hardSigmoid(layer: Layer, input: string, output: string): string {
    const { nodes, sixth } = this;
    if (sixth === undefined) {
      return nodes.add(layer, "HardSigmoid", [input], output, { alpha: float(1 / 6), beta: float(0.5) });
    }
    const shifted = nodes.add(layer, "Add", [input, nodes.scalar("three", 3)], `${output}.shifted`);
    const clipped = nodes.add(layer, "Clip", [shifted, ...this.#zeroToSix()], `${output}.clipped`);
    return nodes.add(layer, "Mul", [clipped, nodes.scalar("sixth", sixth)], output);
  }

  #zeroToSix(): readonly string[] {
    return [this.nodes.scalar("zero", 0), this.nodes.scalar("six", 6)];
  }

  #resize(
    layer: Layer,
    { factor, coordinates }: ResizeOperator,
    [input, like]: readonly string[],
  ): string {
    const { nodes } = this;
    const { name } = layer;
    const mode = { mode: string("linear"), coordinate_transformation_mode: string(coordinates) };
    if (factor !== undefined) {
      const scales = nodes.floats(`${name}.scales`, [1, 1, factor, factor]);
      return nodes.add(layer, "Resize", [input, "", scales], name, mode);
    }
    const size = nodes.add(layer, "Shape", [like], `${name}.size`, { start: int(2), end: int(4) });
    const fullSize = nodes.addFullSize(layer, input, size);
    return nodes.add(layer, "Resize", [input, "", "", fullSize], name, mode);
  }

  #shiftDown(layer: Layer, channels: number, fraction: number, input: string): string {
    const { nodes } = this;
    const { name } = layer;
    const above = nodes.integers(`${name}.pads`, [0, 0, 1, 0, 0, 0, 0, 0]);
    const padded = nodes.add(layer, "Pad", [input, above], `${name}.padded`, { mode: string("edge") });
    const shares = Float32Array.from(
      { length: channels * 2 },
      (_, i) => i % 2 === 0 ? fraction : 1 - fraction,
    );
    const kernel = nodes.tensor(`${name}.kernel`, [channels, 1, 2, 1], shares);
    return nodes.add(layer, "Conv", [padded, kernel], name, {
      kernel_shape: ints([2, 1]),
      group: int(channels),
    });
  }
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
  // With a stride, the zeros of "same" depend on the size, so onnxruntime has to place them; with dilation it supports only
  // explicit padding.
  if (kind === "same" && stride.some((step) => step > 1)) return { auto_pad: string("SAME_UPPER") };
  const reach = kernel.map((length) => (length - 1) * dilation);
  const before = reach.map((cells) => Math.floor(cells / 2));
  const after = kind === "same" ? reach.map((cells, axis) => cells - before[axis]) : before;
  return { pads: ints([...before, ...after]) };
}
