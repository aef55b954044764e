/** The outputs of graphs that others exported, by the names and in the types that heads read. */
import type { NamedTensor } from "../core/session/mod.ts";
import { type Detections, integerOutputs, type OutputShape, outputShapes } from "../heads/mod.ts";
import type { Tasks } from "./network.ts";

/** The name in the graph of each output that is read, by `TASK.NAME`. */
export type OutputNames = Readonly<Record<string, string>>;

/**
 * Renames outputs, takes the first of a batch, gives them the rank that a head reads, and turns half and double precision
 * into single and integers that a head reads into floats. Everything else is left for the checks of outputs to refuse.
 *
 * @param batch how many images the graph took
 */
export function namedOutputs(
  results: Readonly<Record<string, NamedTensor>>,
  names: OutputNames,
  tasks: Tasks,
  batch: number,
): Record<string, NamedTensor> {
  const wanted = Object.fromEntries(
    Object.entries(tasks).flatMap(([task, { head: { spec } }]) =>
      Object.entries(outputShapes(spec)).map(([name, shape]) => [
        `${task}.${name}`,
        { shape, mayBeIntegers: integerOutputs(spec).includes(name) },
      ])
    ),
  );
  return Object.fromEntries(
    Object.entries(names).filter(([, from]) => Object.hasOwn(results, from)).map(([name, from]) => {
      const { shape, data } = firstOf(results[from], batch);
      const { shape: asked, mayBeIntegers } = wanted[name] ?? { shape, mayBeIntegers: false };
      return [name, { shape: shapeAs(shape, asked) ?? shape, data: floats(data, mayBeIntegers) }];
    }),
  );
}

function firstOf({ shape, data }: NamedTensor, batch: number): NamedTensor {
  if (batch === 1 || shape[0] !== batch) return { shape, data };
  return {
    shape: [1, ...shape.slice(1)],
    data: data.subarray(0, data.length / batch) as NamedTensor["data"],
  };
}

/** Outputs of a higher rank are none that are read. */
const MAX_RANK = 6;

/**
 * A shape with the rank of another, where the same numbers in the same order have it: without axes of one that the other
 * lacks, or with a first one; of a map, `[1, h, w, 1]` is `[1, 1, h, w]`. `undefined` where it is no such shape.
 */
export function shapeAs(shape: readonly number[], wanted: OutputShape): readonly number[] | undefined {
  if (shape.length < wanted.length) return wanted[0] === 1 ? exactly([1, ...shape], wanted) : undefined;
  if (shape.length === wanted.length) {
    return exactly(shape, wanted) ??
      (shape.length === 4 && shape[3] === 1 ? exactly([shape[0], 1, shape[1], shape[2]], wanted) : undefined);
  }
  if (shape.length > MAX_RANK) return undefined;
  for (let axis = 0; axis < shape.length; axis++) {
    const found = shape[axis] === 1 ? shapeAs(shape.toSpliced(axis, 1), wanted) : undefined;
    if (found) return found;
  }
  return undefined;
}

function exactly(shape: readonly number[], wanted: OutputShape): readonly number[] | undefined {
  const fits = shape.length === wanted.length &&
    shape.every((size, axis) => typeof wanted[axis] === "string" || wanted[axis] === size);
  return fits ? shape : undefined;
}

function floats(data: NamedTensor["data"], mayBeIntegers: boolean): NamedTensor["data"] {
  if (data instanceof Float32Array) return data;
  if (isFloat(data)) return Float32Array.from(data as Float16Array);
  if (!mayBeIntegers) return data;
  return data instanceof BigInt64Array
    ? Float32Array.from(data, Number)
    : Float32Array.from(data as Int32Array);
}

/** Whether numbers are floats of any precision. */
export function isFloat(data: unknown): boolean {
  return data instanceof Float32Array || data instanceof Float16Array || data instanceof Float64Array;
}

/** Scores of softmax and sigmoid may exceed 1 by rounding. */
const MAX_SCORE = 1.001;

/**
 * What is wrong with detections that a file of anyone returned; `undefined` if nothing is.
 *
 * @param classes the number of labels
 */
export function problemOf(
  { count, scores, classes: found }: Detections,
  classes: number,
): string | undefined {
  for (let row = 0; row < count; row++) {
    if (!(found[row] >= 0 && found[row] < classes)) {
      return `it returns an object of class ${found[row]}, but has ${classes} ${
        classes === 1 ? "label" : "labels"
      }`;
    }
    if (scores[row] > MAX_SCORE) return `it returns a score of ${scores[row]}, not a probability`;
  }
  return undefined;
}
