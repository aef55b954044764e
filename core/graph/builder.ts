/** Building networks by plain calls. */
import type {
  Activation,
  BatchNorm,
  ConvOperator,
  Extent,
  Graph,
  Layer,
  Operator,
  Padding,
  Value,
} from "./graph.ts";

/** The options of a convolution; all but name, channels and kernel have the usual defaults. */
export interface ConvOptions {
  readonly name: string;
  /** Output channels. */
  readonly channels: number;
  readonly kernel: number | Extent;
  /** @default {1} */
  readonly stride?: number;
  /** @default {1} */
  readonly dilation?: number;
  /** @default {1} */
  readonly groups?: number;
  /** @default {"symmetric"} */
  readonly padding?: Padding;
  /** @default {true without BatchNorm, else false} */
  readonly bias?: boolean;
  readonly batchNorm?: BatchNorm;
  readonly activation?: Activation;
  /** The prefix of its parameters' names; layers with the same scope share them. @default {name} */
  readonly scope?: string;
}

/**
 * Builds a {@linkcode Graph} by plain calls, each of which returns a value for the next.
 *
 * Two calls with the same operator, inputs and parameters return the same value: heads with the same backbone share its
 * layers, except those that differ (an output stride, a fine-tuned tail). A name already used by another layer gets a
 * suffix.
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "./builder.ts";
 * const g = new GraphBuilder();
 * const image = g.preprocess(g.image(), { resize: "antialias", mean: [0, 0, 0], std: [255, 255, 255] });
 * const stem = g.conv(image, {
 *   name: "stem", channels: 16, kernel: 3, stride: 2, batchNorm: { epsilon: 1e-3 }, activation: "h-swish",
 * });
 * const graph = g.finish({ features: stem });
 * ```
 */
export class GraphBuilder {
  readonly #layers: Layer[] = [];
  readonly #values: Value[] = [];
  readonly #byKey = new Map<string, Value>();
  readonly #names = new Set<string>();
  readonly #numbers = new Map<Value, number>();
  readonly #parameters = new Map<string, string>();

  /** The raw image: uint8 RGB, `[N, H, W, 3]`. */
  image(): Value {
    return this.#input("image", "uint8", 3);
  }

  /** An already normalised network input: float32, `[N, C, H, W]`. */
  tensor(name: string, channels: number): Value {
    return this.#input(name, "float32", channels);
  }

  /**
   * Resizes, crops and normalises the raw image to `[N, 3, h, w]`. Unless `resize` is `"none"`, the target
   * `[height, width]` is a second input of the graph, named `size`.
   *
   * @param image `[N, H, W, 3]`, uint8
   * @throws {RangeError} if there is a crop but no resize
   */
  preprocess(image: Value, options: Omit<Extract<Operator, { kind: "preprocess" }>, "kind">): Value {
    if (options.crop && options.resize === "none") throw new RangeError("cropping requires resizing");
    const size = options.resize === "none" ? [] : [this.#input("size", "int64", 2)];
    return this.#add("preprocess", { kind: "preprocess", ...options }, [image, ...size], 3);
  }

  /**
   * A convolution with its BatchNorm and activation.
   *
   * @throws {RangeError} if channels, groups, padding or shared parameters are inconsistent
   */
  conv(input: Value, options: ConvOptions): Value {
    const { name, channels, kernel, stride = 1, dilation = 1, groups = 1, scope = name } = options;
    const operator: ConvOperator = {
      kind: "conv",
      channels,
      kernel: typeof kernel === "number" ? [kernel, kernel] : kernel,
      stride,
      dilation,
      groups,
      padding: options.padding ?? "symmetric",
      bias: options.bias ?? !options.batchNorm,
      batchNorm: options.batchNorm,
      activation: options.activation,
    };
    if (input.channels % groups !== 0 || channels % groups !== 0) {
      throw new RangeError(
        `${name}: ${input.channels} → ${channels} channels are not divisible by ${groups}`,
      );
    }
    if (operator.padding === "same" && stride > 1 && dilation > 1) {
      throw new RangeError(`${name}: "same" padding cannot be combined with both stride and dilation`);
    }
    this.#checkShared(scope, operator, input.channels / groups);
    return this.#add(name, operator, [input], channels, scope);
  }

  /** Throws unless layers that share parameters agree on their shapes. */
  #checkShared(scope: string, { channels, kernel, bias, batchNorm }: ConvOperator, inputs: number): void {
    const parameters = JSON.stringify([channels, inputs, kernel, bias, batchNorm]);
    const known = this.#parameters.get(scope) ?? parameters;
    if (known !== parameters) {
      throw new RangeError(`two layers share the parameters of ${scope}, but need different shapes`);
    }
    this.#parameters.set(scope, known);
  }

  /** A depthwise convolution: one filter per channel. Throws as {@linkcode GraphBuilder.conv} does. */
  depthwise(input: Value, options: Omit<ConvOptions, "channels" | "groups">): Value {
    return this.conv(input, { ...options, channels: input.channels, groups: input.channels });
  }

  /** A nonlinearity that does not directly follow a convolution. */
  activation(name: string, input: Value, activation: Activation): Value {
    return this.#add(name, { kind: "activation", activation }, [input], input.channels);
  }

  /** The sum of two values of the same shape. */
  add(name: string, left: Value, right: Value): Value {
    return this.#add(name, { kind: "add" }, [left, right], left.channels);
  }

  /** The product of two values; a `[N, C, 1, 1]` operand is broadcast. */
  multiply(name: string, left: Value, right: Value): Value {
    return this.#add(name, { kind: "multiply" }, [left, right], left.channels);
  }

  /** The value times a constant. */
  scale(name: string, input: Value, factor: number): Value {
    return this.#add(name, { kind: "scale", factor }, [input], input.channels);
  }

  /** Several values joined along the channels (or along `axis`). */
  concat(name: string, inputs: readonly Value[], axis = 1): Value {
    const channels = axis === 1 ? inputs.reduce((sum, value) => sum + value.channels, 0) : inputs[0].channels;
    return this.#add(name, { kind: "concat", axis }, inputs, channels);
  }

  /** The mean of each channel: `[N, C, 1, 1]`. */
  globalAveragePool(name: string, input: Value): Value {
    return this.#add(name, { kind: "globalAveragePool" }, [input], input.channels);
  }

  /**
   * Max or average pooling.
   *
   * @throws {RangeError} if padding is "same" and the window is smaller than the stride, so that input would be skipped
   */
  pool(name: string, input: Value, options: Omit<Extract<Operator, { kind: "pool" }>, "kind">): Value {
    const { kernel, stride, padding } = options;
    if (padding === "same" && kernel.some((length, axis) => length < stride[axis])) {
      throw new RangeError(`${name}: "same" padding needs a pooling window at least as large as its stride`);
    }
    return this.#add(name, { kind: "pool", ...options }, [input], input.channels);
  }

  /** Bilinear resizing by `factor`, or to the height and width of `like`, with ONNX's coordinate modes. */
  resize(
    name: string,
    input: Value,
    target: { readonly factor: number } | { readonly like: Value },
    coordinates: "half_pixel" | "asymmetric" | "align_corners" = "half_pixel",
  ): Value {
    return "like" in target
      ? this.#add(name, { kind: "resize", coordinates }, [input, target.like], input.channels)
      : this.#add(name, { kind: "resize", factor: target.factor, coordinates }, [input], input.channels);
  }

  /** The value shifted down by a `fraction` of a row; its first row is repeated. */
  shiftDown(name: string, input: Value, fraction: number): Value {
    return this.#add(name, { kind: "shiftDown", fraction }, [input], input.channels);
  }

  /** `[N, C, H, W]` to `[N, C · H · W]`. */
  flatten(name: string, input: Value): Value {
    return this.#add(name, { kind: "flatten" }, [input], input.channels);
  }

  /** `[N, A · columns, H, W]` to `[N, H · W · A, columns]`. */
  anchorRows(name: string, input: Value, columns: number): Value {
    return this.#add(name, { kind: "anchorRows", columns }, [input], input.channels);
  }

  /** Softmax along `axis`. */
  softmax(name: string, input: Value, axis: number): Value {
    return this.#add(name, { kind: "softmax", axis }, [input], input.channels);
  }

  /** The graph of the layers that `outputs` need, in the order in which they were built. */
  finish(outputs: Readonly<Record<string, Value>>): Graph {
    const needed = new Set<Layer>();
    const visit = (value: Value) => {
      if (needed.has(value.layer)) return;
      needed.add(value.layer);
      value.layer.inputs.forEach(visit);
    };
    Object.values(outputs).forEach(visit);
    return { layers: this.#layers.filter((layer) => needed.has(layer)), outputs };
  }

  #input(name: string, elementType: "uint8" | "float32" | "int64", channels: number): Value {
    return this.#add(name, { kind: "input", name, elementType, channels }, [], channels);
  }

  #add(name: string, operator: Operator, inputs: readonly Value[], channels: number, scope = name): Value {
    const parameterised = operator.kind === "conv" ? scope : "";
    const key = JSON.stringify([operator, inputs.map((value) => this.#numbers.get(value)), parameterised]);
    const known = this.#byKey.get(key);
    if (known) return known;

    let unique = name;
    for (let copy = 2; this.#names.has(unique); copy++) unique = `${name}~${copy}`;
    const layer: Layer = { name: unique, scope, operator, inputs };
    const value: Value = { layer, channels };
    this.#names.add(unique);
    this.#layers.push(layer);
    this.#numbers.set(value, this.#values.push(value));
    this.#byKey.set(key, value);
    return value;
  }
}
