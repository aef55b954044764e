/** Checking what a network returns before it is decoded: files come from anyone, and may compute anything. */
import type { HeadOutputs, OutputShape } from "./head.ts";

/** What is declared of an output, or returned. */
interface AnyOutput {
  /** Absent if even the rank is unknown; text stands for a size that is open. */
  readonly shape?: readonly (number | string)[];
}

/** The maximum number of elements of an output: 1 GiB of floats. */
const MAX_ELEMENTS = 2 ** 28;

/**
 * Checks the outputs that a file declares against those that a decoder reads: their element types, and their shapes as far
 * as they are known.
 *
 * @param wanted what {@linkcode outputShapes} says of the decoder
 * @param classes the number of labels
 * @param fail throws the caller's error, which names the file
 */
export function checkDeclaredOutputs(
  wanted: Readonly<Record<string, OutputShape>>,
  outputs: Readonly<Record<string, AnyOutput & { readonly elementType: string }>>,
  classes: number,
  fail: (output: string, problem: string) => never,
): void {
  const sizes = new OutputSizes(classes);
  for (const [name, wantedShape] of Object.entries(wanted)) {
    if (!Object.hasOwn(outputs, name)) return fail(name, "missing");
    const { elementType, shape } = outputs[name];
    if (elementType !== "float32") fail(name, `of type ${elementType}, not float32`);
    const problem = shape && sizes.mismatch(shape, wantedShape);
    if (problem) fail(name, problem);
  }
}

/**
 * Checks what a network returned: element types, shapes that agree with each other and with the number of classes, and
 * numbers that are finite. It takes a quarter of a millisecond for a million numbers.
 *
 * @param wanted what {@linkcode outputShapes} says of the decoder
 * @param classes the number of labels
 * @param fail throws the caller's error, which names the model
 */
export function checkOutputs(
  wanted: Readonly<Record<string, OutputShape>>,
  outputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: unknown }>>,
  classes: number,
  fail: (output: string, problem: string) => never,
): HeadOutputs {
  const sizes = new OutputSizes(classes);
  return Object.fromEntries(
    Object.entries(wanted).map(([name, wantedShape]) => {
      if (!Object.hasOwn(outputs, name)) return fail(name, "missing");
      const { shape, data } = outputs[name];
      if (!(data instanceof Float32Array)) return fail(name, `not of type float32 but ${typeName(data)}`);
      const problem = sizes.mismatch(shape, wantedShape);
      if (problem) fail(name, problem);
      if (!allFinite(data)) fail(name, "not a number (NaN) or infinite in places");
      return [name, { shape, data }];
    }),
  );
}

/** What the names in the shapes of a head's outputs stand for, as far as it is known. */
class OutputSizes {
  readonly #sizes: Map<string, number>;

  constructor(readonly classes: number) {
    this.#sizes = new Map([["classes", classes]]);
  }

  /** What is wrong with a shape. */
  mismatch(shape: readonly (number | string)[], wanted: OutputShape): string | undefined {
    const fits = shape.length === wanted.length &&
      shape.every((size, axis) => typeof size === "string" || this.#agrees(size, wanted[axis]));
    if (!fits) {
      const labels = `${this.classes} ${this.classes === 1 ? "label" : "labels"}`;
      return `of shape [${shape.join(", ")}], not [${wanted.map((size) => this.#known(size)).join(", ")}] ` +
        `(it has ${labels})`;
    }
    const elements = shape.reduce<number>((product, size) => product * (Number(size) || 1), 1);
    return elements > MAX_ELEMENTS
      ? `of shape [${shape.join(", ")}]: at most ${MAX_ELEMENTS} numbers are read`
      : undefined;
  }

  #agrees(size: number, wanted: number | string): boolean {
    if (!Number.isSafeInteger(size) || size < (wanted === "objects" ? 0 : 1)) return false;
    if (typeof wanted === "number") return size === wanted;
    const known = this.#size(wanted);
    if (known === undefined) this.#sizes.set(wanted, size);
    return known === undefined || known === size;
  }

  #known(size: number | string): number | string {
    return typeof size === "number" ? size : this.#size(size) ?? size;
  }

  #size(name: string): number | undefined {
    const more = /^classes \+ (\d+)$/.exec(name)?.[1];
    return more === undefined ? this.#sizes.get(name) : this.classes + Number(more);
  }
}

/** Whether no number is NaN or infinite. Sums of finite single-precision numbers are finite in double precision. */
function allFinite(data: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = data.length - data.length % 4;
  for (let i = 0; i < end; i += 4) {
    a += data[i];
    b += data[i + 1];
    c += data[i + 2];
    d += data[i + 3];
  }
  for (let i = end; i < data.length; i++) a += data[i];
  return Number.isFinite(a + b + c + d);
}

function typeName(data: unknown): string {
  const name = Object.prototype.toString.call(data).slice("[object ".length, -1);
  return TYPE_NAMES[name] ?? name;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  Float64Array: "float64",
  Float16Array: "float16",
  BigInt64Array: "int64",
  BigUint64Array: "uint64",
  Int32Array: "int32",
  Uint32Array: "uint32",
  Int16Array: "int16",
  Uint16Array: "uint16",
  Int8Array: "int8",
  Uint8Array: "uint8",
  Array: "string",
};
