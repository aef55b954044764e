/**
 * A network as data: layers in topological order, each with a stable dotted name, its parameters and its inputs. The graph
 * is the single source of the ONNX file, of parameter names and shapes, of MAdds, and of the layer names in reports.
 * Nothing in it fixes the size of the image.
 */
import type { OnnxAttribute } from "../onnx/model.ts";

/** The supported point-wise nonlinearities. */
export type Activation = "relu" | "relu6" | "h-swish" | "h-sigmoid" | "sigmoid";

/**
 * Where a convolution's zeros go. `same` is TensorFlow's (the output is ⌈input / stride⌉, the odd zero at the
 * bottom right), `symmetric` is PyTorch's ((kernel − 1) · dilation / 2 on every side), `valid` is none.
 */
export type Padding = "same" | "symmetric" | "valid";

/** Height and width, in pixels or cells. */
export type Extent = readonly [height: number, width: number];

/** What a layer computes. */
export type Operator =
  | ConvOperator
  | PreprocessOperator
  | PoolOperator
  | ResizeOperator
  | InputOperator
  | { readonly kind: "activation"; readonly activation: Activation }
  | { readonly kind: "add" }
  /** Element-wise product; a `[N, C, 1, 1]` operand is broadcast. */
  | { readonly kind: "multiply" }
  /** Multiplication by a constant. */
  | { readonly kind: "scale"; readonly factor: number }
  /** Joins along the channels of `[N, C, H, W]`, or along `axis`. */
  | { readonly kind: "concat"; readonly axis: number }
  | { readonly kind: "globalAveragePool" }
  /** Shifts the content down by a fraction of a row, with linear interpolation; the first row is repeated. */
  | { readonly kind: "shiftDown"; readonly fraction: number }
  /** `[N, C, H, W]` to `[N, C · H · W]`. */
  | { readonly kind: "flatten" }
  /** `[N, A · K, H, W]` to `[N, H · W · A, K]`: the predictions of A anchors, cell by cell. */
  | { readonly kind: "anchorRows"; readonly columns: number }
  | { readonly kind: "softmax"; readonly axis: number }
  | ConstantOperator
  | PrimitiveOperator;

/** An input of a network. */
export interface InputOperator {
  readonly kind: "input";
  readonly name: string;
  readonly elementType: "uint8" | "float32" | "int64";
  readonly channels: number;
  /** Its shape, where it is fixed and need not be an image's: what training feeds. */
  readonly shape?: readonly number[];
}

/** A fixed tensor. */
export interface ConstantOperator {
  readonly kind: "constant";
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * An operator of ONNX as it is, at a fixed shape: what graphs of gradients are made of (`gradient.ts`). Networks have
 * the operators above.
 */
export interface PrimitiveOperator {
  readonly kind: "primitive";
  readonly operator: string;
  /** The shape of its output. */
  readonly shape: readonly number[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  /** Whole numbers that the operator takes as inputs after its values: a shape, the places of a slice. */
  readonly integers: readonly (readonly number[])[];
}

/** A convolution with its BatchNorm and activation, since they run as one. */
export interface ConvOperator {
  readonly kind: "conv";
  readonly channels: number;
  readonly kernel: Extent;
  readonly stride: number;
  readonly dilation: number;
  readonly groups: number;
  readonly padding: Padding;
  readonly bias: boolean;
  /** Present when BatchNorm follows. It is folded into weight and bias when weights are bound. */
  readonly batchNorm?: BatchNorm;
  readonly activation?: Activation;
}

/** BatchNorm's one constant; the published networks differ in it. */
export interface BatchNorm {
  readonly epsilon: number;
}

/** From the raw image `[N, H, W, 3]` (uint8) to the network's input `[N, 3, h, w]` (float32). */
export interface PreprocessOperator {
  readonly kind: "preprocess";
  /**
   * How pixels are resized: Pillow's bilinear (`antialias`) or bicubic (`antialias-bicubic`), with results rounded to
   * 0…255; PyTorch's plain bilinear, without rounding; or not at all.
   */
  readonly resize: "antialias" | "antialias-bicubic" | "bilinear" | "none";
  /** The size of a crop from the centre of the resized image. @default {no crop} */
  readonly crop?: Extent;
  /** Subtracted from each channel, in 0…255. */
  readonly mean: readonly [number, number, number];
  /** Divides each channel after `mean`, in 0…255. */
  readonly std: readonly [number, number, number];
}

/** A pooling window. */
export interface PoolOperator {
  readonly kind: "pool";
  readonly pool: "max" | "average";
  readonly kernel: Extent;
  readonly stride: Extent;
  readonly padding: Padding;
}

/** Bilinear resizing of a feature map: by a factor, or to the size of the second input. */
export interface ResizeOperator {
  readonly kind: "resize";
  readonly factor?: number;
  readonly coordinates: "half_pixel" | "asymmetric" | "align_corners";
}

/** A learned tensor of a network. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** What the layer uses the parameter for. */
  readonly role: "weight" | "bias" | "scale" | "shift" | "mean" | "variance";
}

/** One operator and its inputs. */
export interface Layer {
  /** For example `backbone.block7.depthwise`. */
  readonly name: string;
  /** The prefix of its parameters' names; layers with the same scope share weights. */
  readonly scope: string;
  readonly operator: Operator;
  readonly inputs: readonly Value[];
}

/** The output of a layer. Its size is known only for a given input size: see `inferShapes`. */
export interface Value {
  readonly layer: Layer;
  /** The size of dimension 1. */
  readonly channels: number;
}

/** A finished network: only the layers that its outputs need. */
export interface Graph {
  readonly layers: readonly Layer[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/** The input layers of a graph. */
export function graphInputs(graph: Graph): (Layer & { operator: InputOperator })[] {
  return graph.layers.filter((layer): layer is Layer & { operator: InputOperator } =>
    layer.operator.kind === "input"
  );
}
