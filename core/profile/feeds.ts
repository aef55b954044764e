import { type Hint, modelError, usageError } from "../errors.ts";
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

/** What an input of a model is to be. */
export interface InputChoice {
  /** Needed where the file leaves dimensions open that `FeedOptions.size` does not settle. */
  readonly shape?: Shape;
  /** Fills the input with one value, where generated ones do not do. */
  readonly value?: number;
}

/** How the inputs of a model are generated. */
export interface FeedOptions {
  /** By the name of the input. */
  readonly input?: Readonly<Record<string, InputChoice>>;
  /** Images of a batch: the open first dimension of every input. @default {1} */
  readonly batch?: number;
  /** Height and width of images in pixels: the open sides of every input of four dimensions. */
  readonly size?: Extent;
}

/** Images are noise: a network's speed does not depend on what it sees, but zeros can be a special case. */
const NOISE_SEED = 2463534242;

/**
 * Generates inputs for any ONNX graph: noise for floats and bytes, ones for integers (a valid token, a mask that
 * hides nothing). An open first dimension is taken for the batch, and is 1.
 *
 * @param label what to call the model in messages.
 * @throws {BneckError} (usage) when the shape of an input is open and not given, or a given one does not fit;
 *   (unusable model) when an input is not a tensor or has an unsupported type.
 */
export function onnxFeeds(graph: OnnxGraph, label: string, options: FeedOptions = {}): Record<string, Feed> {
  const { input: choices = {}, size, batch = 1 } = options;
  const constants = new Set(graph.initializers.map((tensor) => tensor.name));
  const inputs = graph.inputs.filter((input) => !constants.has(input.name)).map((input) =>
    withOpenDimensions(input, label)
  );
  const listed = `its inputs are ${inputs.map(inputText).join(", ") || "none"}`;
  for (const name of Object.keys(choices)) {
    if (!inputs.some((input) => input.name === name)) {
      throw usageError(`${label} has no input ${name}: ${listed}`);
    }
  }

  const symbols = new Map<string, number>();
  for (const input of inputs) {
    const given = choiceOf(choices, input.name)?.shape;
    if (given) checkShape(input, given, label);
    input.shape?.forEach((dimension, axis) => {
      if (given && typeof dimension === "string" && dimension) symbols.set(dimension, given[axis]);
    });
  }
  let bytes = 0;
  return Object.fromEntries(inputs.map((input) => {
    const type = feedType(input, label);
    const choice = choiceOf(choices, input.name);
    const shape = choice?.shape ?? inputShape(input, size, batch, symbols, label);
    if (!shape) {
      throw usageError(
        `the shape of ${input.name} is open in ${label}: ${listed}`,
        undefined,
        shapeHint(input),
      );
    }
    bytes += elementCount(shape) * (BYTES_PER_ELEMENT[type] ?? 4);
    if (bytes > MAX_INPUT_BYTES) {
      throw usageError(
        `the input ${inputText({ ...input, shape })} of ${label} makes the inputs larger than ` +
          `${MAX_INPUT_BYTES / 2 ** 30} GiB`,
        undefined,
        input.shape?.every((dimension) => typeof dimension === "number") ? undefined : shapeHint(input),
      );
    }
    // The convention of our own files: the size that the image is resized to is an input.
    const isSize = input.name === "size" && type === "int64" && shape.join() === "2" && size;
    const data = isSize
      ? BigInt64Array.from(isSize.map(BigInt))
      : generateData(type, elementCount(shape), choice?.value);
    return [input.name, { type, shape, data }];
  }));
}

/** More than the largest photo that networks are run on; a file of a few bytes can ask for any size. */
const MAX_INPUT_BYTES = 2 ** 30;

const BYTES_PER_ELEMENT: Readonly<Partial<Record<FeedType, number>>> = {
  float64: 8,
  float16: 2,
  uint8: 1,
  bool: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int64: 8,
  uint64: 8,
};

/** Some exporters write −1 for a dimension that is open; other negative ones mean nothing. */
function withOpenDimensions(input: OnnxValueInfo, label: string): OnnxValueInfo {
  const wrong = input.shape?.find((dimension) => typeof dimension === "number" && dimension < -1);
  if (wrong !== undefined) throw modelError(`the input ${input.name} of ${label} has the dimension ${wrong}`);
  return { ...input, shape: input.shape?.map((dimension) => dimension === -1 ? "" : dimension) };
}

/** Generated inputs for one of our own graphs. */
export function graphFeeds(graph: Graph, input: GraphInput): Record<string, Feed> {
  return Object.fromEntries(
    graphInputs(graph).map(({ operator: { name, elementType } }) => {
      if (name === "size") {
        const size = input.size ?? input.shapes.image.slice(1, 3);
        return [name, { type: elementType, shape: [2], data: BigInt64Array.from(size.map(BigInt)) }];
      }
      const shape = input.shapes[name];
      return [name, { type: elementType, shape, data: generateData(elementType, elementCount(shape)) }];
    }),
  );
}

function inputShape(
  { shape }: OnnxValueInfo,
  size: Extent | undefined,
  batch: number,
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
          `the input of ${label} is fixed at ${sides!.map((at) => shape[at]).join("×")} and ` +
            `cannot be run at ${size!.join("×")}`,
        );
      }
      return size![side];
    }
    if (typeof dimension === "number") {
      if (axis === 0 && shape.length === 4 && batch > 1 && dimension !== batch) {
        throw usageError(`${label} is made for batches of ${dimension}, and cannot run ${batch}`);
      }
      return dimension;
    }
    return symbols.get(dimension) ?? (axis === 0 && shape.length > 1 ? batch : undefined);
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
function choiceOf(choices: Readonly<Record<string, InputChoice>>, name: string): InputChoice | undefined {
  return Object.hasOwn(choices, name) ? choices[name] : undefined;
}

function inputText({ name, elementType, shape }: OnnxValueInfo): string {
  const dimensions = shape?.map((dimension) => dimension === "" ? "?" : dimension).join(", ");
  if (elementType.startsWith("type ")) return `${name} (not a tensor)`;
  return `${name} ${elementType} ${dimensions === undefined ? "of unknown rank" : `[${dimensions}]`}`;
}

/** How to settle an open shape: by the size of images, or by naming the shape itself. */
function shapeHint(input: OnnxValueInfo): Hint {
  const shape: Hint = {
    option: "input",
    advice: `give its shape, such as ${input.name}:${exampleShape(input)},`,
  };
  return input.shape?.length === 4
    ? { option: "size", advice: "give the height and width of images", or: shape }
    : shape;
}

function exampleShape({ shape }: OnnxValueInfo): string {
  const example = [1, 3, 224, 224];
  return (shape ?? example).map((dimension, axis) =>
    typeof dimension === "number" ? dimension : shape?.length === 4 ? example[axis] : 1
  ).join("x");
}

function feedType({ name, elementType }: OnnxValueInfo, label: string): FeedType {
  if (elementType.startsWith("type ") || elementType === "bfloat16") {
    throw modelError(`the input ${name} of ${label} is not a tensor, or has an unsupported type`);
  }
  return elementType as FeedType;
}

function generateData(type: FeedType, length: number, value?: number): FeedData {
  const noise = value === undefined ? generateNoise() : () => value;
  const integer = value ?? 1;
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
      return new Uint8Array(length).fill(integer);
    case "int8":
      return new Int8Array(length).fill(integer);
    case "uint16":
      return new Uint16Array(length).fill(integer);
    case "int16":
      return new Int16Array(length).fill(integer);
    case "int32":
      return new Int32Array(length).fill(integer);
    case "uint32":
      return new Uint32Array(length).fill(integer);
    case "int64":
      return new BigInt64Array(length).fill(BigInt(integer));
    case "uint64":
      return new BigUint64Array(length).fill(BigInt(integer));
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
function generateNoise(): () => number {
  let state = NOISE_SEED;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
