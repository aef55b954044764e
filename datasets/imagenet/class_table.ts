/**
 * The classes of a classification data set: which word stands for which index, and which outputs of a classifier for which
 * class.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { parseUserJson, readUserText } from "../../core/files/read_user_file.ts";
import type { ModelClass } from "../evaluation_set.ts";
import { BACKGROUND, outputOffset } from "./accuracy_metric.ts";

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

/** The classes of a data set, and which of them each output of a classifier stands for. */
export interface MappedOutputs {
  readonly classes: readonly ImageClass[];
  /** Class by output, {@linkcode BACKGROUND} for the background and for classes that the set does not have. */
  readonly classOf: readonly number[];
}

/**
 * Maps a classifier's outputs to the classes of a data set: by their WordNet ids where both have them, else by
 * place, after the background if there is one output more. Without a table the classes are the classifier's own.
 *
 * @throws {BneckError} (usage) The numbers of outputs and classes do not match, or the classifier lacks a class of the table.
 */
export function mapOutputs(
  labels: readonly ModelClass[],
  table: readonly ImageClass[] | undefined,
): MappedOutputs {
  const hasBackground = labels[0]?.name.toLowerCase() === "background";
  if (table === undefined) {
    const own = hasBackground ? labels.slice(1) : labels;
    return {
      classes: own.map(({ name, wordNetId }) => ({ wnid: wordNetId ?? name, label: name })),
      classOf: labels.map((_, output) => hasBackground ? output - 1 : output),
    };
  }
  const placeOf = new Map(table.map(({ wnid }, place) => [wnid, place]));
  const places = labels.map(({ wordNetId }) => wordNetId === undefined ? undefined : placeOf.get(wordNetId));
  const known = new Set(places);
  if (table.every((_, place) => known.has(place))) {
    return { classes: table, classOf: places.map((place) => place ?? BACKGROUND) };
  }
  if (places.some((place) => place !== undefined)) {
    const missing = table.find((_, place) => !known.has(place))!;
    throw usageError(
      `the model does not know every class of the table: ${missing.wnid} (${missing.label}) is missing`,
    );
  }
  const offset = outputOffset(labels.length, table.length);
  return {
    classes: table,
    classOf: labels.map((_, output) => output < offset ? BACKGROUND : output - offset),
  };
}
