/**
 * Files that say which image belongs to which class.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { parseUserJson } from "../../core/files/read_user_file.ts";

/** One line of a label file. */
export interface LabelRow {
  readonly file: string;
  /** An index, or a wnid or name. */
  readonly label: number | string;
  /** Where it stands, for errors: `"line 7"`. */
  readonly line: string;
}

/** Words of headers; where several occur the first of these counts. */
const FILE_COLUMNS = ["file", "filename", "image", "imageid", "image_id", "path", "name"];
const LABEL_COLUMNS = [
  "index",
  "class_index",
  "label",
  "class",
  "wnid",
  "synset",
  "target",
  "predictionstring",
];

/**
 * Parses lines of image and class, parted by commas, tabs, semicolons or spaces. A header is told by its
 * words; of Kaggle's `PredictionString` the first word counts.
 *
 * @throws {BneckError} A line has no image or no class, or the file is empty.
 */
export function parseLabelText(text: string, where: string): LabelRow[] {
  const lines = text.split(/\r?\n/)
    .map((line, k) => ({ line, number: k + 1 }))
    .filter(({ line }) => line.trim() !== "");
  if (lines.length === 0) throw usageError(`cannot use the labels ${where}: the file is empty`);
  const separator = [",", "\t", ";"].find((mark) => lines[0].line.includes(mark)) ?? " ";
  const head = cells(lines[0].line, separator).map((cell) => cell.toLowerCase());
  const [fileColumn, labelColumn] = [FILE_COLUMNS, LABEL_COLUMNS].map((known) =>
    known.map((word) => head.indexOf(word)).find((column) => column >= 0)
  );
  const hasHeader = fileColumn !== undefined && labelColumn !== undefined;
  const [fileAt, labelAt] = hasHeader ? [fileColumn, labelColumn] : [0, 1];
  const firstWord = hasHeader && head[labelAt] === "predictionstring";
  return (hasHeader ? lines.slice(1) : lines).map(({ line, number }): LabelRow => {
    const row = cells(line, separator);
    const [file, cell] = [row[fileAt] ?? "", row[labelAt] ?? ""];
    const label = firstWord ? cell.split(" ")[0] : cell;
    if (file === "" || label === "") {
      throw usageError(
        `cannot use the labels ${where}: line ${number} has no image or no class: ${line.slice(0, 80)}`,
      );
    }
    return { file, label: /^\d{1,9}$/.test(label) ? Number(label) : label, line: `line ${number}` };
  });
}

/** The cells of a line, with double quotes around those that hold the separator. */
function cells(line: string, separator: string): string[] {
  if (separator === " ") return line.trim().split(/\s+/);
  const found: string[] = [];
  let cell = "";
  let quoted = false;
  for (let k = 0; k < line.length; k++) {
    const mark = line[k];
    if (mark === '"' && quoted && line[k + 1] === '"') cell += line[k++];
    else if (mark === '"') quoted = !quoted;
    else if (mark === separator && !quoted) {
      found.push(cell.trim());
      cell = "";
    } else cell += mark;
  }
  return [...found, cell.trim()];
}

/**
 * Parses a JSON list of `{ "file", "index" }` or `{ "file", "wnid" }`; with both the index counts.
 *
 * @throws {BneckError} It is something else.
 */
export function parseLabelJson(text: string, where: string): LabelRow[] {
  const json = parseUserJson(text, where, { what: "the labels" });
  if (!Array.isArray(json) || json.length === 0) {
    throw usageError(`cannot use the labels ${where}: expected a list of { "file", "index" or "wnid" }`);
  }
  return json.map((entry, k): LabelRow => {
    const { file, index, wnid } = entry ?? {};
    const label = index ?? wnid;
    const isIndex = Number.isSafeInteger(label) && label >= 0;
    if (
      typeof file !== "string" || file === "" || (!isIndex && (typeof label !== "string" || label === ""))
    ) {
      throw usageError(`cannot use the labels ${where}: entry ${k} has no "file", or no "index" or "wnid"`);
    }
    return { file, label, line: `entry ${k}` };
  });
}
