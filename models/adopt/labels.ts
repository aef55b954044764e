/** The labels of an adopted file. */
import { modelError } from "../../core/errors.ts";
import { COCO_90 } from "../../datasets/coco/labels.ts";
import type { ModelLabels } from "../entry.ts";
import { namedLabels, numberedLabels, standardLabels } from "../labels.ts";
import type { Task } from "../network.ts";
import type { Answers, Findings } from "./answers.ts";
import type { Clues } from "./clues.ts";
import type { FoundOutputs } from "./outputs.ts";

/** Labels that a mask has unless they are named. */
const MASK_NAMES = ["background", "foreground"];

/**
 * The labels of a task: the user's, the file's, those of a common data set, or numbers.
 *
 * @throws {BneckError} when there are more or fewer names than classes.
 */
export function findLabels(
  { task, spec, classes, likelyClasses = COCO_90.length }: FoundOutputs,
  answers: Answers,
  clues: Clues,
  findings: Findings,
  path: string,
): ModelLabels {
  const names = answers.labels ?? clues.labels ?? (spec.kind === "mask" ? MASK_NAMES : undefined);
  if (names) {
    if (classes !== undefined && names.length !== classes) {
      throw modelError(
        `${path} returns ${classes} ${classes === 1 ? "class" : "classes"}, but ${names.length} are named`,
        undefined,
        { option: "labels", advice: "name its classes in a file, one per line," },
      );
    }
    const because = answers.labels ? "as asked" : clues.labels ? clues.from : "usual for masks";
    findings.add("classes", `${names.length}: ${some(names)}`, because, ["labels"]);
    return withCategories(task, names);
  }
  const count = classes ?? (task === "detect" ? likelyClasses : 256);
  const standard = standardLabels(task, count);
  if (standard) {
    findings.add(
      "classes",
      `${count}: ${some(standard[task]!.map(({ name }) => name))}`,
      classes === undefined ? "as usual" : "their number",
      [
        "labels",
      ],
      true,
    );
    return standard;
  }
  findings.add("classes", `${count}, without names`, "nothing names them", ["labels"], true);
  return numberedLabels(task, count);
}

/** Names of COCO's categories get their ids. */
function withCategories(task: Task, names: readonly string[]): ModelLabels {
  const labels = namedLabels(task, names);
  if (task !== "detect") return labels;
  const ids = new Map(COCO_90.map(({ name, categoryId }) => [name, categoryId]));
  if (!names.every((name) => ids.has(name) || name === "N/A")) return labels;
  const used = new Set(ids.values());
  let free = 1;
  return {
    detect: names.map((name) => {
      const known = ids.get(name);
      if (known !== undefined) return { name, categoryId: known };
      while (used.has(free)) free++;
      return { name, categoryId: free++ };
    }),
  };
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}`;
}
