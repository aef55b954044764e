/** How the outputs of a detector are read. */
import type { DETECTION_KINDS } from "./choices.ts";
import { finalColumns, finalDets } from "./final_outputs.ts";
import type { Found, OutputQuestion } from "./outputs.ts";
import { scoresAndBoxes } from "./scored_outputs.ts";
import { oneTable } from "./table_outputs.ts";

/** The kinds of outputs that can be adopted, each by the function that knows it. */
const KINDS: readonly (readonly [
  readonly typeof DETECTION_KINDS[number][],
  (question: OutputQuestion) => Found | undefined,
])[] = [
  [["final-columns"], finalColumns],
  [["final-dets"], finalDets],
  [["detr", "scored-boxes"], scoresAndBoxes],
  [["final-rows", "detr-rows", "nanodet", "yolo-v8", "yolox", "yolo-v5"], oneTable],
];

/** Finds how the outputs of a detector are read; `undefined` when no kind fits. */
export function detectionOutputs(question: OutputQuestion): Found | undefined {
  const { findings, answers: { outputs: asked } } = question;
  for (const [kinds, find] of KINDS) {
    if (asked !== undefined && !kinds.includes(asked)) continue;
    const before = findings.list.length;
    const found = find(question);
    if (found && (asked === undefined || found.spec.kind === asked)) return found;
    findings.list.length = before;
  }
  return undefined;
}
