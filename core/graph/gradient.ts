/**
 * The gradient of a network is a network: {@linkcode gradientGraph} writes forward pass, loss and backward pass as one
 * graph, which is lowered to ONNX like any other and run by onnxruntime.
 *
 * Differentiable are convolutions (any stride, dilation, padding and grouping) with bias, BatchNorm and activation,
 * activations, sums, products with broadcasting, scaling, concatenation, global average pooling, bilinear resizing,
 * shifting, flattening and softmax. Not max and average pooling windows, anchors' rows, and preprocessing.
 */
import { elementCount } from "../weights/tensor.ts";
import { activation } from "./gradient_activation.ts";
import * as arithmetic from "./gradient_arithmetic.ts";
import { batchNorm } from "./gradient_batch_norm.ts";
import { conv } from "./gradient_conv.ts";
import { fixedShape, Tape } from "./gradient_tape.ts";
import type { ConvOperator, Graph, InputOperator, Layer, Parameter, Value } from "./graph.ts";
import { interpolationMatrix, transposeMatrix } from "./interpolation.ts";
import { layerParameters } from "./parameters.ts";
import type { Shape } from "./shapes.ts";

/** How a network is trained. */
export interface GradientOptions {
  /** The shape of every input of the network, by name. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /**
   * Whether a parameter or an input learns, by its name: that of {@linkcode graphParameters}, `SCOPE.bias` of a folded
   * BatchNorm.
   */
  readonly learns: (parameter: string) => boolean;
  /**
   * Whether a layer's BatchNorm trains on the batch's statistics. Otherwise it is taken as folded into weight and bias,
   * as {@linkcode bindWeights} gives them.
   *
   * @default {never}
   */
  readonly trainsBatchNorm?: (layer: Layer) => boolean;
  /** Adds the loss, a scalar, from the network's outputs. */
  readonly loss: (tape: Tape, outputs: Readonly<Record<string, Value>>) => Value;
}

/** A network with its loss and gradients. */
export interface GradientGraph {
  /**
   * Takes the network's inputs, every parameter by its name, and what the loss asks for. Returns `loss`,
   * `gradient.PARAMETER` of each that learns, and `SCOPE.batch_mean` and `SCOPE.batch_variance` of each BatchNorm that
   * trains.
   */
  readonly graph: Graph;
  /** What has to be fed beside the inputs. */
  readonly parameters: readonly Parameter[];
  /** Those that learn. */
  readonly learned: readonly Parameter[];
}

/**
 * Writes the loss of a network and the loss's gradients as one graph, for fixed shapes.
 *
 * @throws {RangeError} when a learning parameter's gradient would pass an operator that has none.
 */
export function gradientGraph(graph: Graph, options: GradientOptions): GradientGraph {
  const tape = new Tape();
  const forward = new Forward(tape, options);
  for (const layer of graph.layers) forward.add(layer);
  tape.scope = "loss";
  const outputs = Object.fromEntries(
    Object.entries(graph.outputs).map(([name, value]) => [name, forward.value(value)]),
  );
  const loss = options.loss(tape, outputs);
  const learned = [...forward.learned.values()];
  const gradients = tape.gradients(loss, learned.map(({ value }) => value));
  return {
    graph: tape.finish({
      loss,
      ...Object.fromEntries(learned.map(({ parameter }, i) => [`gradient.${parameter.name}`, gradients[i]])),
      ...forward.statistics,
    }),
    parameters: [...forward.parameters.values()],
    learned: learned.map(({ parameter }) => parameter),
  };
}

/** The forward pass: every layer of the network as steps on the tape. */
class Forward {
  readonly parameters = new Map<string, Parameter>();
  readonly learned = new Map<string, { readonly parameter: Parameter; readonly value: Value }>();
  readonly statistics: Record<string, Value> = {};
  readonly #values = new Map<Layer, Value>();

  constructor(readonly tape: Tape, readonly options: GradientOptions) {}

  value({ layer }: Value): Value {
    return this.#values.get(layer)!;
  }

  add(layer: Layer): void {
    this.tape.scope = layer.name;
    this.#values.set(layer, this.#layer(layer, layer.inputs.map((value) => this.value(value))));
  }

  #layer(layer: Layer, inputs: readonly Value[]): Value {
    const { tape } = this;
    const { operator } = layer;
    switch (operator.kind) {
      case "input":
        return this.#input(operator);
      case "conv":
        return this.#conv(layer, operator, inputs[0]);
      case "activation":
        return activation(tape, inputs[0], operator.activation);
      case "add":
        return arithmetic.add(tape, inputs[0], inputs[1]);
      case "multiply":
        return arithmetic.multiply(tape, inputs[0], inputs[1]);
      case "scale":
        return arithmetic.scale(tape, inputs[0], operator.factor);
      case "concat":
        return arithmetic.concat(tape, inputs, operator.axis);
      case "globalAveragePool":
        return arithmetic.globalAveragePool(tape, inputs[0]);
      case "flatten":
        return arithmetic.flatten(tape, inputs[0]);
      case "softmax":
        return arithmetic.softmax(tape, inputs[0], operator.axis);
      case "resize": {
        const [, , height, width] = fixedShape(inputs[0]);
        const { factor, coordinates } = operator;
        const [h, w] = factor === undefined
          ? fixedShape(inputs[1]).slice(2)
          : [height, width].map((length) => Math.floor(Math.fround(Math.fround(factor) * length)));
        return this.#mixed(
          inputs[0],
          interpolationMatrix(height, h, coordinates, factor),
          interpolationMatrix(width, w, coordinates, factor),
        );
      }
      case "shiftDown": {
        const [, , height, width] = fixedShape(inputs[0]);
        const { fraction } = operator;
        const rows = new Float32Array(height * height);
        for (let row = 0; row < height; row++) {
          rows[row * height + row] += 1 - fraction;
          rows[row * height + Math.max(0, row - 1)] += fraction;
        }
        return this.#mixed(inputs[0], rows, interpolationMatrix(width, width));
      }
      default:
        throw new RangeError(`${layer.name}: ${operator.kind} has no gradient here`);
    }
  }

  #input({ name, elementType }: InputOperator): Value {
    const { tape } = this;
    const shape = this.options.shapes[name];
    if (!shape) throw new RangeError(`no shape is given for the input ${name}`);
    if (this.options.learns(name)) return this.#learned({ name, role: "weight", shape });
    return tape.input(name, elementType, shape);
  }

  #mixed(input: Value, rows: Float32Array, columns: Float32Array): Value {
    const { tape } = this;
    const [, , height, width] = fixedShape(input);
    const [h, w] = [rows.length / height, columns.length / width];
    const right = transposeMatrix(columns, w, width);
    return arithmetic.mixed(tape, input, tape.constant(rows, [h, height]), tape.constant(right, [width, w]));
  }

  #conv(layer: Layer, operator: ConvOperator, input: Value): Value {
    const { tape } = this;
    const { scope } = layer;
    const trains = operator.batchNorm !== undefined && this.options.trainsBatchNorm?.(layer) === true;
    const [weight, ...others] = layerParameters(layer);
    const bias: Parameter = { name: `${scope}.bias`, role: "bias", shape: [operator.channels] };
    const hasBias = operator.bias || (operator.batchNorm !== undefined && !trains);
    let value = conv(
      tape,
      input,
      this.#parameter(weight),
      hasBias ? this.#parameter(bias) : undefined,
      operator,
    );
    if (trains) {
      const [scale, shift] = ["scale", "shift"].map((role) =>
        this.#parameter(others.find((parameter) => parameter.role === role)!)
      );
      const { output, mean, variance } = batchNorm(tape, value, scale, shift, operator.batchNorm!.epsilon);
      this.statistics[`${scope}.batch_mean`] = mean;
      this.statistics[`${scope}.batch_variance`] = variance;
      value = output;
    }
    return operator.activation ? activation(tape, value, operator.activation) : value;
  }

  #parameter(parameter: Parameter): Value {
    const { name, shape } = parameter;
    if (elementCount(shape) === 0) throw new RangeError(`${name} is empty`);
    this.parameters.set(name, parameter);
    return this.options.learns(name) ? this.#learned(parameter) : this.tape.input(name, "float32", shape);
  }

  #learned(parameter: Parameter): Value {
    const value = this.tape.learned(parameter.name, parameter.shape);
    this.learned.set(parameter.name, { parameter, value });
    return value;
  }
}
