/** Labels of classes of which only the names are known. */
import { usageError } from "../../core/errors.ts";
import { reasonOf } from "../../core/files/mod.ts";
import type { ModelLabels } from "../entry.ts";
import type { Task } from "../network.ts";
import { vocColor } from "./voc.ts";

/** The most classes and the longest name that a file may list. */
const MAX_CLASSES = 65_536;
const LONGEST_NAME = 200;

/** Labels with these names: objects get ids from 1, segments Pascal VOC's colours. */
export function namedLabels(task: Task, names: readonly string[]): ModelLabels {
  switch (task) {
    case "classify":
      return { classify: names.map((name) => ({ name })) };
    case "detect":
      return { detect: names.map((name, index) => ({ name, categoryId: index + 1 })) };
    case "segment":
      return { segment: names.map((name, id) => ({ name, color: vocColor(id) })) };
  }
}

/**
 * Reads the names of classes: one a line, or a JSON list of texts.
 *
 * @throws {BneckError} (usage) when there are none, or the file is no such list.
 */
export async function readClassNames(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw usageError(`cannot read the class names in ${path}: ${reasonOf(error)}`, error);
  }
  const names = text.trimStart().startsWith("[")
    ? parseList(text, path)
    : text.replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  if (names.length === 0 || names.length > MAX_CLASSES) {
    throw usageError(`${path} names ${names.length} classes: one name a line is expected`);
  }
  // deno-lint-ignore no-control-regex
  const odd = names.findIndex((name) => name.length > LONGEST_NAME || /[\x00-\x1f\x7f]/.test(name));
  if (odd !== -1) throw usageError(`${path}: class ${odd + 1} has no name that can be printed`);
  return names;
}

function parseList(text: string, path: string): string[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw usageError(`${path} is no JSON: ${(error as Error).message}`, error);
  }
  if (!Array.isArray(list) || !list.every((name) => typeof name === "string")) {
    throw usageError(`${path} is no list of names`);
  }
  return list;
}
