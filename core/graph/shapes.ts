/** The shapes of all layers for a given input. */
import type { Extent, Graph, Layer, Padding, Value } from "./graph.ts";

/** A tensor's dimensions, for example `[N, C, H, W]`. */
export type Shape = readonly number[];

/** The inputs of a graph: the shape of each, and the value of `size` if there is one. */
export interface GraphInput {
  /** `[N, H, W, 3]` for a raw image, `[N, C, H, W]` for a tensor, by input name. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** The size that the image is resized to, `[height, width]`. */
  readonly size?: Extent;
}

/**
 * The shape of every layer's output for a given input.
 *
 * @throws {RangeError} if a layer does not accept the shape of its input
 */
export function inferShapes(graph: Graph, input: GraphInput): Map<Layer, Shape> {
  const shapes = new Map<Layer, Shape>();
  for (const layer of graph.layers) {
    shapes.set(layer, outputShape(layer, layer.inputs.map((value) => shapes.get(value.layer)!), input));
  }
  return shapes;
}

/** The shape of a value in the result of {@linkcode inferShapes}. */
export function shapeOf(shapes: ReadonlyMap<Layer, Shape>, value: Value): Shape {
  return shapes.get(value.layer)!;
}

function outputShape(layer: Layer, inputs: readonly Shape[], given: GraphInput): Shape {
  const { operator } = layer;
  const [first, second] = inputs;
  switch (operator.kind) {
    case "input": {
      if (operator.name === "size") return [2];
      if (operator.shape) return operator.shape;
      const shape = given.shapes[operator.name];
      if (!shape) throw new RangeError(`no shape given for the input ${operator.name}`);
      const channels = shape[operator.elementType === "uint8" ? 3 : 1];
      if (shape.length !== 4 || channels !== operator.channels) {
        throw new RangeError(
          `the input ${operator.name} has ${operator.channels} channels, but its given shape is [${shape}]`,
        );
      }
      return shape;
    }
    case "preprocess": {
      const [batch, height, width] = first;
      const [h, w] = operator.resize === "none" ? [height, width] : given.size ?? [height, width];
      const { crop } = operator;
      if (crop && (crop[0] > h || crop[1] > w)) {
        throw new RangeError(
          `an image resized to ${h}×${w} is too small for a crop of ${crop[0]}×${crop[1]}`,
        );
      }
      return [batch, 3, ...(crop ?? [h, w])];
    }
    case "conv": {
      const window = (length: number, axis: 0 | 1) =>
        windowOutput(length, operator.kernel[axis], operator.stride, operator.dilation, operator.padding);
      return checked(layer, [first[0], operator.channels, window(first[2], 0), window(first[3], 1)]);
    }
    case "pool": {
      const window = (length: number, axis: 0 | 1) =>
        windowOutput(length, operator.kernel[axis], operator.stride[axis], 1, operator.padding);
      return checked(layer, [first[0], first[1], window(first[2], 0), window(first[3], 1)]);
    }
    case "globalAveragePool":
      return [first[0], first[1], 1, 1];
    case "activation":
    case "scale":
    case "shiftDown":
    case "softmax":
      return first;
    case "add":
      if (first.join() !== second.join()) throw mismatch(layer, first, second);
      return first;
    case "multiply":
      return broadcast(layer, first, second);
    case "concat":
      return first.map((length, axis) => {
        if (axis === operator.axis) return inputs.reduce((sum, shape) => sum + shape[axis], 0);
        const different = inputs.find((shape) => shape[axis] !== length);
        if (different) throw mismatch(layer, first, different);
        return length;
      });
    case "resize":
      return operator.factor === undefined ? [first[0], first[1], second[2], second[3]] : checked(layer, [
        first[0],
        first[1],
        scaledLength(first[2], operator.factor),
        scaledLength(first[3], operator.factor),
      ]);
    case "flatten":
      return [first[0], first.slice(1).reduce((product, length) => product * length, 1)];
    case "constant":
    case "primitive":
      return operator.shape;
    case "anchorRows":
      return [first[0], first[1] / operator.columns * first[2] * first[3], operator.columns];
  }
}

/** The number of positions of a sliding window along one axis. */
export function windowOutput(
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: Padding,
): number {
  if (padding === "same") return Math.ceil(length / stride);
  const reach = (kernel - 1) * dilation;
  const zeros = padding === "symmetric" ? 2 * Math.floor(reach / 2) : 0;
  return Math.floor((length + zeros - reach - 1) / stride) + 1;
}

/** As onnxruntime computes it: in single precision. */
function scaledLength(length: number, factor: number): number {
  return Math.floor(Math.fround(Math.fround(factor) * length));
}

function broadcast(layer: Layer, left: Shape, right: Shape): Shape {
  return left.map((length, axis) => {
    if (length !== right[axis] && length !== 1 && right[axis] !== 1) throw mismatch(layer, left, right);
    return Math.max(length, right[axis]);
  });
}

function checked(layer: Layer, shape: Shape): Shape {
  if (shape.some((length) => length < 1)) {
    throw new RangeError(`${layer.name} would have the empty shape [${shape}]: the input is too small`);
  }
  return shape;
}

function mismatch(layer: Layer, left: Shape, right: Shape): RangeError {
  return new RangeError(`${layer.name} cannot combine the shapes [${left}] and [${right}]`);
}
