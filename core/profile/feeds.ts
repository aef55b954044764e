import { modelError, usageError } from "../errors.ts";
import { type Extent, type Graph, type GraphInput, graphInputs, type Shape } from "../graph/mod.ts";
import type { ElementType, OnnxGraph, OnnxValueInfo } from "../onnx/mod.ts";
import { elementCount } from "../weights/tensor.ts";

/** A tensor to run a model with. */
export interface Feed {
  readonly type: FeedType;
  readonly shape: Shape;
  readonly data: FeedData;
}

/** The element types that onnxruntime's binding takes. */
export type FeedType = Exclude<ElementType, "bfloat16">;

/** Half floats are given as their bits. */
type FeedData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** How inputs are made up whose values do not matter. */
export interface FeedOptions {
  /** Shapes by input name; what the file leaves open must be given here or by `size`. */
  readonly inputShapes?: Readonly<Record<string, Shape>>;
  /** Height and width of images: the open sides of every input of four dimensions. */
  readonly size?: Extent;
  /** Fills an input with one value, by its name, where the made-up ones do not do. */
  readonly values?: Readonly<Record<string, number>>;
}

/** Images are noise: the speed of a network does not depend on what it sees, but zeros are a special case. */
const NOISE_SEED = 2463534242;

/**
 * Makes up inputs for any ONNX graph: noise for floats and bytes, ones for whole numbers (a valid token, a
 * mask that hides nothing). An open first dimension is taken for the batch, and is 1.
 *
 * @param label what to call the model in messages.
 * @throws {BneckError} naming every input with its shape, when one is open and not given.
 */
export function onnxFeeds(graph: OnnxGraph, label: string, options: FeedOptions = {}): Record<string, Feed> {
  const constants = new Set(graph.initializers.map((tensor) => tensor.name));
  const inputs = graph.inputs.filter((input) => !constants.has(input.name));
  const listed = `its inputs are ${inputs.map(inputText).join(", ") || "none"}`;
  for (const name of Object.keys({ ...options.inputShapes, ...options.values })) {
    if (!inputs.some((input) => input.name === name)) {
      throw usageError(`${label} has no input ${name}: ${listed}`);
    }
  }

  const symbols = new Map<string, number>();
  for (const input of inputs) {
    const given = ownValue(options.inputShapes, input.name);
    if (given) checkShape(input, given, label);
    input.shape?.forEach((dimension, axis) => {
      if (given && typeof dimension === "string" && dimension) symbols.set(dimension, given[axis]);
    });
  }
  return Object.fromEntries(inputs.map((input) => {
    const type = feedType(input, label);
    const shape = ownValue(options.inputShapes, input.name) ??
      inputShape(input, options.size, symbols, label);
    if (!shape) {
      const image = input.shape?.length === 4 ? "--size HEIGHTxWIDTH or " : "";
      throw usageError(
        `the shape of ${input.name} is open in ${label}: ${listed}; ` +
          `give ${image}--input ${input.name}:${exampleShape(input)}`,
      );
    }
    // The convention of our own files: the size that the image is resized to is an input.
    const isSize = input.name === "size" && type === "int64" && shape.join() === "2" && options.size;
    const data = isSize
      ? BigInt64Array.from(isSize.map(BigInt))
      : makeData(type, elementCount(shape), ownValue(options.values, input.name));
    return [input.name, { type, shape, data }];
  }));
}

/** Made-up inputs for one of our graphs. */
export function graphFeeds(graph: Graph, input: GraphInput): Record<string, Feed> {
  return Object.fromEntries(
    graphInputs(graph).map(({ operator: { name, elementType } }) => {
      if (name === "size") {
        const size = input.size ?? input.shapes.image.slice(1, 3);
        return [name, { type: elementType, shape: [2], data: BigInt64Array.from(size.map(BigInt)) }];
      }
      const shape = input.shapes[name];
      return [name, { type: elementType, shape, data: makeData(elementType, elementCount(shape)) }];
    }),
  );
}

function inputShape(
  { shape }: OnnxValueInfo,
  size: Extent | undefined,
  symbols: ReadonlyMap<string, number>,
  label: string,
): Shape | undefined {
  if (!shape) return undefined;
  const sides = size && shape.length === 4 ? spatialAxes(shape) : undefined;
  const resolved = shape.map((dimension, axis) => {
    const side = sides?.indexOf(axis) ?? -1;
    if (side >= 0) {
      if (typeof dimension === "number" && dimension !== size![side]) {
        throw usageError(
          `the input of ${label} is fixed at ${sides!.map((at) => shape[at]).join("×")}, ` +
            `it cannot be run at ${size!.join("×")}`,
        );
      }
      return size![side];
    }
    if (typeof dimension === "number") return dimension;
    return symbols.get(dimension) ?? (axis === 0 && shape.length > 1 ? 1 : undefined);
  });
  return resolved.every((dimension) => dimension !== undefined) ? resolved : undefined;
}

/** Channels are the dimension of 1, 3 or 4; ONNX puts them first unless they stand last. */
function spatialAxes(shape: readonly (number | string)[]): readonly [number, number] {
  const isChannels = (dimension: number | string) =>
    typeof dimension === "number" && [1, 3, 4].includes(dimension);
  return isChannels(shape[3]) && !isChannels(shape[1]) ? [1, 2] : [2, 3];
}

function checkShape(input: OnnxValueInfo, given: Shape, label: string): void {
  const fits = !input.shape || (input.shape.length === given.length &&
    input.shape.every((dimension, axis) => typeof dimension === "string" || dimension === given[axis]));
  if (!fits) {
    throw usageError(`the input ${inputText(input)} of ${label} cannot have the shape [${given.join(", ")}]`);
  }
}

/** An input may be called `constructor`. */
function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

function inputText({ name, elementType, shape }: OnnxValueInfo): string {
  const dimensions = shape?.map((dimension) => dimension === "" ? "?" : dimension).join(", ");
  if (elementType.startsWith("type ")) return `${name} (no tensor)`;
  return `${name} ${elementType} ${dimensions === undefined ? "of unknown rank" : `[${dimensions}]`}`;
}

function exampleShape({ shape }: OnnxValueInfo): string {
  const example = [1, 3, 224, 224];
  return (shape ?? example).map((dimension, axis) =>
    typeof dimension === "number" ? dimension : shape?.length === 4 ? example[axis] : 1
  ).join("x");
}

function feedType({ name, elementType }: OnnxValueInfo, label: string): FeedType {
  if (elementType.startsWith("type ") || elementType === "bfloat16") {
    throw modelError(`the input ${name} of ${label} is no tensor, or of a type that cannot be made up`);
  }
  return elementType as FeedType;
}

function makeData(type: FeedType, length: number, value?: number): FeedData {
  const noise = value === undefined ? makeNoise() : () => value;
  const whole = value ?? 1;
  switch (type) {
    case "float32":
      return fill(new Float32Array(length), noise);
    case "float64":
      return fill(new Float64Array(length), noise);
    case "float16":
      return new Uint16Array(fill(new Float16Array(length), noise).buffer);
    case "uint8":
      return fill(new Uint8Array(length), value === undefined ? () => noise() * 256 : noise);
    case "bool":
      return new Uint8Array(length).fill(whole);
    case "int8":
      return new Int8Array(length).fill(whole);
    case "uint16":
      return new Uint16Array(length).fill(whole);
    case "int16":
      return new Int16Array(length).fill(whole);
    case "int32":
      return new Int32Array(length).fill(whole);
    case "uint32":
      return new Uint32Array(length).fill(whole);
    case "int64":
      return new BigInt64Array(length).fill(BigInt(whole));
    case "uint64":
      return new BigUint64Array(length).fill(BigInt(whole));
    case "string":
      return Array<string>(length).fill(String(value ?? ""));
  }
}

function fill<T extends Float32Array | Float64Array | Float16Array | Uint8Array>(
  data: T,
  next: () => number,
): T {
  for (let i = 0; i < data.length; i++) data[i] = next();
  return data;
}

/** Marsaglia's xorshift, from 0 to 1. */
function makeNoise(): () => number {
  let state = NOISE_SEED;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
