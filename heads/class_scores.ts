/** Probabilities of classes from what a network returns of them. */
import { type NumberTable, rowTable } from "./box_tables.ts";

/** What scores are: probabilities already, or logits of a sigmoid or a softmax. */
export const SCORE_KINDS = ["probabilities", "sigmoid", "softmax"] as const;

/** Which of the columns is the background. */
export const BACKGROUNDS = ["none", "first", "last"] as const;

/** How the scores of classes are read. */
export interface ClassScores {
  readonly scores: typeof SCORE_KINDS[number];
  readonly background: typeof BACKGROUNDS[number];
}

/** The probabilities of the classes, without the background. @param data `[rows, columns]` */
export function probabilities(
  data: Float32Array,
  columns: number,
  { scores, background }: ClassScores,
): NumberTable {
  const values = scores === "probabilities"
    ? data
    : scores === "sigmoid"
    ? sigmoid(data)
    : softmax(data, columns);
  const skipped = background === "none" ? 0 : 1;
  return rowTable(values, columns, background === "first" ? 1 : 0, columns - skipped);
}

function sigmoid(data: Float32Array): Float32Array {
  return data.map((value) => 1 / (1 + Math.exp(-value)));
}

/** Of each row. */
function softmax(data: Float32Array, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += columns) {
    let largest = -Infinity;
    for (let i = start; i < start + columns; i++) largest = Math.max(largest, data[i]);
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += Math.exp(data[i] - largest);
    for (let i = start; i < start + columns; i++) result[i] = Math.exp(data[i] - largest) / sum;
  }
  return result;
}
