/**
 * The classes of a classification data set: which word stands for which index.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { parseUserJson, readUserText } from "../../core/files/read_user_file.ts";

/** One class. */
export interface ImageClass {
  /** Its WordNet id, such as `n01440764`, or whatever its folder is called. */
  readonly wnid: string;
  /** Its name for people. */
  readonly label: string;
}

/** The largest table of classes; ImageNet-21k has 21,843. */
const MAX_CLASSES = 100_000;

/** What errors call the file. */
const WHAT = "the class table";

/**
 * Reads a table of classes, at the place of their index, in any of the forms in use:
 * `{ "n01440764": { "index": 0, "label": "tench" } }`, Keras' `{ "0": ["n01440764", "tench"] }`, a list of
 * wnids or of `{ "wnid", "label" }`, or a text file with a line `n01440764 tench, Tinca tinca` for each
 * class.
 *
 * @throws {BneckError} The file cannot be read or has another form, or an index is missing or used twice.
 */
export async function readClassTable(path: string): Promise<ImageClass[]> {
  return parseClassTable(await readUserText(path, { what: WHAT }), path);
}

/**
 * The same from the file's text; `where` names it in errors.
 *
 * @throws {BneckError} (usage) as {@linkcode readClassTable} does
 */
export function parseClassTable(text: string, where: string): ImageClass[] {
  const problem = (what: string) => usageError(`cannot use the class table ${where}: ${what}`);
  const entries = /^\s*[[{]/.test(text)
    ? jsonEntries(parseUserJson(text, where, { what: WHAT }), problem)
    : lineEntries(text);
  if (entries.length === 0) throw problem("it is empty");
  if (entries.length > MAX_CLASSES) throw problem(`it has more than ${MAX_CLASSES} classes`);
  const table: ImageClass[] = new Array(entries.length);
  const wnids = new Set<string>();
  for (const { index, wnid, label } of entries) {
    if (!Number.isInteger(index) || index < 0 || index >= entries.length) {
      throw problem(`${wnid} has the index ${index}, expected 0 to ${entries.length - 1}`);
    }
    if (table[index] !== undefined) {
      throw problem(`${table[index].wnid} and ${wnid} have the same index ${index}`);
    }
    if (wnids.has(wnid)) throw problem(`${wnid} occurs twice`);
    wnids.add(wnid);
    table[index] = { wnid, label };
  }
  return table;
}

interface Entry extends ImageClass {
  readonly index: number;
}

function lineEntries(text: string): Entry[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "").map((line, index) => {
    const [, wnid, label] = line.trim().match(/^(\S+)\s*(.*)$/)!;
    return { index, wnid, label: label || wnid };
  });
}

function jsonEntries(json: unknown, problem: (what: string) => Error): Entry[] {
  if (Array.isArray(json)) {
    return json.map((value, index) => {
      const { wnid, label } = typeof value === "string" ? { wnid: value, label: value } : value ?? {};
      if (typeof wnid !== "string") throw problem(`entry ${index} has no wnid`);
      return { index, wnid, label: typeof label === "string" ? label : wnid };
    });
  }
  return Object.entries(json as object).map(([key, value]) => {
    if (Array.isArray(value)) {
      const [wnid, label] = value;
      if (typeof wnid !== "string" || !/^\d+$/.test(key)) {
        throw problem(`"${key}" is not "index": [wnid, label]`);
      }
      return { index: Number(key), wnid, label: typeof label === "string" ? label : wnid };
    }
    const index = typeof value === "number" ? value : value?.index;
    if (typeof index !== "number") throw problem(`"${key}" has no index`);
    return { index, wnid: key, label: typeof value?.label === "string" ? value.label : key };
  });
}
