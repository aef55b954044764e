/**
 * The class lists of other programs.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { isJsonObject, parseUserJson } from "../../core/files/mod.ts";

/** What {@linkcode parseClassText} makes of every list: the content of a `classes.json`, not validated. */
interface ParsedClasses {
  readonly classes: readonly { readonly id: unknown; readonly name: unknown; readonly color?: unknown }[];
  readonly ignore?: readonly number[];
}

/** The line of labelme's `labels.txt` that stands for the id -1, 255 in 8 bits. */
const LABELME_IGNORE = "__ignore__";

const ROW = /^(\d{1,5})\s*[,;:\t ]\s*(.+)$/;
const CVAT_ROW = /^(.+?)\s*:\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?::[^:]*){0,2}$/;

/**
 * The content of a class list as that of a `classes.json`; `where` names it in errors. Read are
 *
 * - JSON: `classes.json`; `{"id2label": {"0": "sky"}}` (the `config.json` of Transformers) or the map alone; a map from
 *   names to ids; a list of names;
 * - CVAT's `labelmap.txt`: `name:red,green,blue:parts:actions` on each line, ids by position;
 * - Roboflow's `_classes.csv` and others with an id and a name on each line, below a line of titles or not;
 * - a name on each line, ids by position, as in `labels.txt`; labelme's `__ignore__` is the id 255.
 *
 * Blank lines, and in the text formats lines that begin with `#`, do not count.
 *
 * @throws {BneckError} It is not valid JSON though it begins with a brace or bracket, or it is empty.
 */
export function parseClassText(text: string, where: string): unknown {
  if (/^\s*[{[]/.test(text)) return fromJson(parseUserJson(text, where, { what: "the class list" }));
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== "");
  const rows = lines.filter((line) => !line.startsWith("#"));
  if (rows.length === 0) throw usageError(`cannot use the class list ${where}: it is empty`);
  const cvat = rows.map((row) => row.match(CVAT_ROW));
  if (cvat.every((match) => match !== null)) {
    return {
      classes: cvat.map(([, name, ...color], id) => ({ id, name: name.trim(), color: color.map(Number) })),
    };
  }
  return withIds(rows) ?? withIds(rows.slice(1)) ?? namesOnly(rows);
}

/** Rows of an id and a name; `undefined` if one is something else. */
function withIds(rows: readonly string[]): ParsedClasses | undefined {
  const matches = rows.map((row) => row.match(ROW));
  if (rows.length === 0 || !matches.every((match) => match !== null)) return undefined;
  return { classes: matches.map(([, id, name]) => ({ id: Number(id), name: unquoted(name) })) };
}

function namesOnly(rows: readonly string[]): ParsedClasses {
  if (rows[0] !== LABELME_IGNORE) return { classes: rows.map((name, id) => ({ id, name: unquoted(name) })) };
  return { ...namesOnly(rows.slice(1)), ignore: [255] };
}

/** A field of a CSV file without its quotes. */
function unquoted(field: string): string {
  return /^".*"$/.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field;
}

function fromJson(json: unknown): unknown {
  if (Array.isArray(json) && json.length > 0 && json.every((name) => typeof name === "string")) {
    return { classes: json.map((name, id) => ({ id, name })) };
  }
  if (!isJsonObject(json) || "classes" in json) return json;
  if (isJsonObject(json.id2label)) return fromMap(json.id2label) ?? json;
  return fromMap(json) ?? json;
}

/** `{"0": "sky"}` or `{"sky": 0}`; `undefined` if it is something else. */
function fromMap(map: Record<string, unknown>): ParsedClasses | undefined {
  const entries = Object.entries(map);
  if (entries.length === 0) return undefined;
  if (entries.every(([id, name]) => /^\d{1,5}$/.test(id) && typeof name === "string")) {
    return { classes: entries.map(([id, name]) => ({ id: Number(id), name })) };
  }
  if (!entries.every(([, id]) => Number.isInteger(id))) return undefined;
  return { classes: entries.map(([name, id]) => ({ id, name })) };
}
