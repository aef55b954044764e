/** Outputs that are one table of boxes, a row or a column each. */
import type { OutputSpec } from "../../heads/mod.ts";
import type { ObservedOutput } from "./observe.ts";
import type { Found, OutputQuestion } from "./outputs.ts";

/** A table with what was found of it. */
export interface BoxTable {
  readonly output: ObservedOutput;
  readonly rows: number;
  readonly columns: number;
  /** The prototypes of masks beside it. */
  readonly prototypes?: ObservedOutput;
  readonly coefficients: number;
}

/** The only table of a graph, or the one that is asked for. */
export function onlyTable(question: OutputQuestion): BoxTable | undefined {
  const { outputs, answers, extent } = question;
  const floats = outputs.filter(({ isInteger }) => !isInteger);
  const tables = floats.filter((output) => isFlatTable(output) || isShortTable(output, outputs));
  // Others beside it would have to be read with it.
  if (tables.length > 1 && answers.outputs === undefined) return undefined;
  const [output] = tables;
  if (output === undefined) return undefined;
  const [rows, columns] = output.shape.slice(-2);
  // A map of pixels, not of boxes.
  if (rows === extent[0] && columns === extent[1]) return undefined;
  const prototypes = floats.find((other) => other !== output && other.shape.length === 4);
  const coefficients = prototypes?.shape[1] ?? 0;
  return { output, rows, columns, coefficients, ...(coefficients > 0 ? { prototypes } : {}) };
}

function isFlatTable({ shape }: ObservedOutput): boolean {
  return shape.length === 3 && shape[0] === 1 ||
    shape.length === 4 && shape[0] === 1 && shape[1] === 1 && shape[3] === 7;
}

/** `[n, 6]` or `[n, 7]`; one row can as well be the logits of a classifier, unless its name or a count beside it tells. */
function isShortTable(output: ObservedOutput, outputs: readonly ObservedOutput[]): boolean {
  const { name, shape } = output;
  if (shape.length !== 2 || shape[1] !== 6 && shape[1] !== 7) return false;
  const isCounted = outputs.some((other) => other.isInteger && other.data.length === 1);
  return shape[0] !== 1 || isCounted || /nms|det|box/i.test(name);
}

/** What was found of a table: its reading, said in words, and the masks beside it. */
export function foundTable(
  { findings, answers }: OutputQuestion,
  { output, rows, columns, prototypes, coefficients }: BoxTable,
  spec: OutputSpec & Readonly<Record<string, unknown>>,
  rest: Partial<Found> & { readonly because?: string; readonly isAssumed?: boolean },
): Found {
  const { because = `the shape [1, ${rows}, ${columns}]`, isAssumed = false, ...more } = rest;
  const isAsked = answers.outputs !== undefined;
  findings.add(
    "outputs",
    READINGS[spec.kind],
    isAsked ? "as asked" : because,
    ["outputs"],
    isAssumed && !isAsked,
  );
  const names = { [spec.kind === "final-rows" ? "objects" : "predictions"]: output.name };
  if (!prototypes || !("coefficients" in spec)) return { spec, names, ...more };
  findings.add("outputs", `a mask for each from ${coefficients} prototypes`, "a second output", ["outputs"]);
  return { spec, names: { ...names, prototypes: prototypes.name }, ...more };
}

const READINGS: Readonly<Record<string, string>> = {
  "final-rows": "selected objects: box, score, class (final-rows)",
  "detr-rows": "a box and probabilities for each query (detr-rows)",
  "yolo-v8": "for each box: centre, size, probabilities (yolo-v8)",
  "yolo-v5": "a row for each box: centre, size, objectness, probabilities (yolo-v5)",
  yolox: "a row for each cell: box within it, objectness, probabilities (yolox)",
  nanodet: "a row for each cell: probabilities, distributions of distances (nanodet)",
};
