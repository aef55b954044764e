/** The outputs of graphs that others exported, by the names and in the types that heads read. */
import type { NamedTensor } from "../core/session/mod.ts";
import { type Detections, integerOutputs } from "../heads/mod.ts";
import type { Tasks } from "./network.ts";

/** The name in the graph of each output that is read, by `TASK.NAME`. */
export type OutputNames = Readonly<Record<string, string>>;

/**
 * Renames outputs, takes the first of a batch, and turns half precision into single and integers that a head reads into
 * floats. Everything else is left for the checks of outputs to refuse.
 *
 * @param batch how many images the graph took
 */
export function namedOutputs(
  results: Readonly<Record<string, NamedTensor>>,
  names: OutputNames,
  tasks: Tasks,
  batch: number,
): Record<string, NamedTensor> {
  const integers = new Set(
    Object.entries(tasks).flatMap(([task, { head }]) =>
      integerOutputs(head.spec).map((name) => `${task}.${name}`)
    ),
  );
  return Object.fromEntries(
    Object.entries(names).filter(([, from]) => Object.hasOwn(results, from)).map(([name, from]) => {
      const { shape, data } = firstOf(results[from], batch);
      return [name, {
        shape: name.startsWith("classify.") ? vector(shape) : shape,
        data: floats(data, integers.has(name)),
      }];
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

/** Classes as a list, where they are a map of one pixel. */
function vector(shape: NamedTensor["shape"]): NamedTensor["shape"] {
  return shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2) : shape;
}

function floats(data: NamedTensor["data"], mayBeIntegers: boolean): NamedTensor["data"] {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float16Array) return Float32Array.from(data);
  if (!mayBeIntegers) return data;
  return data instanceof BigInt64Array ? Float32Array.from(data, Number) : Float32Array.from(data);
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
