/**
 * The classes of a data set and the ids that are left out of its scores.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { isJsonObject, readUserText } from "../../core/files/mod.ts";
import { parseClassText } from "./class_text.ts";

/** A class of a data set. */
export interface LabelClass {
  /** Its pixel value in label images. */
  readonly id: number;
  readonly name: string;
  readonly color?: readonly [red: number, green: number, blue: number];
}

/** What is scored, and what is not. */
export interface ClassList {
  /** The classes that are scored, in the order of the file. */
  readonly classes: readonly LabelClass[];
  /** Pixel values whose ground truth is left out, such as PASCAL VOC's 255. */
  readonly ignore: readonly number[];
  /** Classes that are not scored; pixels of their colours are ignored where label maps are coded by colours. */
  readonly ignored?: readonly LabelClass[];
}

/** The largest pixel value of a label image. */
const MAX_ID = 65535;

/** Bytes of the largest class list. */
const MAX_BYTES = 2 ** 24;

/**
 * Reads the classes of a data set. A `classes.json` says the most:
 *
 * ```json
 * {
 *   "ignore": 11,
 *   "classes": [{ "id": 0, "name": "Sky", "color": [128, 128, 128] }, { "id": 11, "name": "Unlabelled" }]
 * }
 * ```
 *
 * `ignore` is a pixel value or a list of them and may be absent, so may `color`; `note` is free text, and `objects`, the
 * classes of a detector, are passed over. A class whose id is ignored is not scored. `alsoIgnore` adds to what the file
 * ignores. The class lists of other programs are read as well, see {@linkcode parseClassText}; all of them in UTF-8 or
 * UTF-16.
 *
 * @throws {BneckError} The file cannot be read or a field is wrong; every problem is listed.
 */
export async function readClassList(path: string, alsoIgnore: readonly number[] = []): Promise<ClassList> {
  const text = await readUserText(path, { what: "the class list", maxBytes: MAX_BYTES });
  return parseClassList(parseClassText(text, path), path, alsoIgnore);
}

/**
 * The same from parsed JSON; `where` names it in errors.
 *
 * @throws {BneckError} as {@linkcode readClassList} does
 */
export function parseClassList(json: unknown, where: string, alsoIgnore: readonly number[] = []): ClassList {
  const problems: string[] = [];
  if (!isJsonObject(json) || !Array.isArray(json.classes)) {
    throw usageError(
      `cannot use the class list ${where}: expected an object with a list "classes" of { "id", "name" }, "id2label", ` +
        "or a text file with a name on each line",
    );
  }
  refuseOthers(json, ["classes", "ignore", "note", "objects"], "the file", problems);
  const ignore = [json.ignore ?? [], alsoIgnore].flat();
  for (const id of ignore) {
    if (!isId(id)) {
      problems.push(`"ignore" holds ${JSON.stringify(id)}, which is not a pixel value (${ID_RANGE})`);
    }
  }
  const classes = json.classes.map((entry, k) => parseClass(entry, `classes[${k}]`, problems));
  refuseRepeats(classes.map(({ id }) => id), "id", problems);
  refuseRepeats(classes.map(({ name }) => name), "name", problems);
  const scored = classes.filter(({ id }) => !ignore.includes(id));
  if (problems.length === 0 && scored.length === 0) problems.push("no class is left that is not ignored");
  if (problems.length > 0) {
    throw usageError(`cannot use the class list ${where}:${problems.map((line) => `\n  ${line}`).join("")}`);
  }
  const ignored = classes.filter((entry) => !scored.includes(entry));
  return {
    classes: scored,
    ignore: [...new Set(ignore as number[])],
    ...(ignored.length > 0 ? { ignored } : {}),
  };
}

const ID_RANGE = `a whole number from 0 to ${MAX_ID}`;

function parseClass(entry: unknown, where: string, problems: string[]): LabelClass {
  if (!isJsonObject(entry)) {
    problems.push(`${where} is not an object with "id" and "name"`);
    return { id: -1, name: where };
  }
  const { id, name, color } = entry;
  refuseOthers(entry, ["id", "name", "color"], where, problems);
  if (!isId(id)) problems.push(`${where} has the id ${JSON.stringify(id)}, which is not ${ID_RANGE}`);
  if (typeof name !== "string" || name.trim() === "") problems.push(`${where} has no name`);
  if (color !== undefined && !isColor(color)) {
    problems.push(
      `${where} has the color ${JSON.stringify(color)}, which is not [red, green, blue] from 0 to 255`,
    );
  }
  return { id: id as number, name: name as string, ...(isColor(color) ? { color } : {}) };
}

function refuseOthers(record: object, known: readonly string[], where: string, problems: string[]): void {
  for (const key of Object.keys(record)) {
    if (!known.includes(key)) {
      problems.push(`${where} has the unknown field ${JSON.stringify(key)} (known: ${known.join(", ")})`);
    }
  }
}

function refuseRepeats(values: readonly unknown[], what: string, problems: string[]): void {
  const seen = new Set<unknown>();
  const repeated = new Set<unknown>();
  for (const value of values) {
    if (seen.has(value)) repeated.add(value);
    seen.add(value);
  }
  for (const value of repeated) {
    if (value !== undefined && value !== -1) {
      problems.push(`the ${what} ${JSON.stringify(value)} is used by more than one class`);
    }
  }
}

/** Whether a value is an id that a pixel of 8 or 16 bits can have. */
export function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_ID;
}

function isColor(value: unknown): value is [number, number, number] {
  return Array.isArray(value) && value.length === 3 &&
    value.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
}
