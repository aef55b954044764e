/** Detectors that return one table: which of the kinds it is. */
import { type BoxTable, onlyTable } from "./box_table.ts";
import { boxColumns, nanodet, objectnessRows, yolox } from "./candidate_outputs.ts";
import type { Found, OutputQuestion } from "./outputs.ts";
import { finalRows, queryRows } from "./row_outputs.ts";

/** A single table of boxes, perhaps beside the prototypes of masks. */
export function oneTable(question: OutputQuestion): Found | undefined {
  const table = onlyTable(question);
  if (table === undefined) return undefined;
  const asked = question.answers.outputs;
  const readings: readonly (readonly [
    NonNullable<typeof asked>,
    (question: OutputQuestion, table: BoxTable) => Found | undefined,
  ])[] = [
    ["final-rows", finalRows],
    ["detr-rows", queryRows],
    ["nanodet", nanodet],
    ["yolo-v8", boxColumns],
    ["yolox", yolox],
    ["yolo-v5", objectnessRows],
  ];
  for (const [kind, read] of readings) {
    if (asked !== undefined && asked !== kind) continue;
    const before = question.findings.list.length;
    const found = read(question, table);
    if (found) return found;
    question.findings.list.length = before;
  }
  return undefined;
}
