/** The labels of a model: those of a common data set, from a file, or numbers. */
import { usageError } from "../core/errors.ts";
import { parseUserJson, readUserText } from "../core/files/mod.ts";
import { classColor } from "../core/images/palette.ts";
import { CAMVID_11 } from "../datasets/camvid/labels.ts";
import { CITYSCAPES_19 } from "../datasets/cityscapes/labels.ts";
import { COCO_80, COCO_90 } from "../datasets/coco/labels.ts";
import { IMAGENET_1000, IMAGENET_1001 } from "../datasets/imagenet/labels.ts";
import { VOC_21 } from "../datasets/voc/labels.ts";
import type { ModelLabels } from "./entry.ts";
import type { Task } from "./network.ts";

const STANDARD: { readonly [T in Task]: readonly NonNullable<ModelLabels[T]>[] } = {
  classify: [IMAGENET_1000, IMAGENET_1001],
  detect: [COCO_90, COCO_80],
  segment: [VOC_21, CITYSCAPES_19, CAMVID_11],
};

/** The labels of the data set that a task with so many classes is usually trained on. */
export function standardLabels(task: Task, classes: number): ModelLabels | undefined {
  const labels = STANDARD[task].find(({ length }) => length === classes);
  return labels && { [task]: labels };
}

/** Labels with these names: objects get category ids from 1, segments Pascal VOC's colours. */
export function namedLabels(task: Task, names: readonly string[]): ModelLabels {
  switch (task) {
    case "classify":
      return { classify: names.map((name) => ({ name })) };
    case "detect":
      return { detect: names.map((name, index) => ({ name, categoryId: index + 1 })) };
    case "segment":
      return { segment: names.map((name, id) => ({ name, color: classColor(id) })) };
  }
}

/** Labels of classes without names: `class 0`, `class 1`, … */
export function numberedLabels(task: Task, classes: number): ModelLabels {
  return namedLabels(task, Array.from({ length: classes }, (_, index) => `class ${index}`));
}

/** What errors call the file. */
const CLASS_NAMES = { what: "the class names" } as const;

/** The limits of what a file may list. */
const MAX_CLASSES = 65_536;
const MAX_NAME_LENGTH = 200;

/**
 * Reads the names of classes: one per line, or a JSON list of strings.
 *
 * @throws {BneckError} (usage) when the file cannot be read, lists no names or too many, or one cannot be printed.
 */
export async function readClassNames(path: string): Promise<string[]> {
  const text = await readUserText(path, CLASS_NAMES);
  const names = text.trimStart().startsWith("[")
    ? parseList(text, path)
    : text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  if (names.length === 0 || names.length > MAX_CLASSES) {
    throw usageError(
      `${path} lists ${names.length} classes: expected 1 to ${MAX_CLASSES}, one name on each line`,
    );
  }
  // deno-lint-ignore no-control-regex
  const invalid = names.findIndex((name) => name.length > MAX_NAME_LENGTH || /[\x00-\x1f\x7f]/.test(name));
  if (invalid !== -1) {
    throw usageError(
      `${path}: the name of class ${invalid + 1} is longer than ${MAX_NAME_LENGTH} characters or contains ` +
        "control characters",
    );
  }
  return names;
}

function parseList(text: string, path: string): string[] {
  const list = parseUserJson(text, path, CLASS_NAMES);
  if (!Array.isArray(list) || !list.every((name) => typeof name === "string")) {
    throw usageError(`${path} is not a list of names: expected a JSON list of strings`);
  }
  return list;
}
