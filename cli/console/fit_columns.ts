/** Tables that fit a terminal: the least important columns give way, and long texts are shortened. */
import { displayWidth, printable, shortenMiddle, truncate, wrap } from "./output.ts";
import { type Column, formatTable, type TableFormat, type TableOptions } from "./table.ts";

/** Names are not cut below so many characters while there are columns that can give way. */
const MIN_NAME = 24;
/** The column of long texts that may be cut keeps so many characters, as do names in the end. */
const MIN_TEXT = 12;

/** How columns are made to fit. */
export interface Fit {
  /** Of the terminal. */
  readonly width: number;
  /** The titles of the columns that give way, the first of them first; a list of titles goes together. */
  readonly givingWay: readonly (string | readonly string[])[];
  /** The title of a column of long texts, which are cut at their end before any column gives way. */
  readonly cut?: string;
}

/** The columns that fit; the first one, which names the row, always stays. */
export function fitColumns<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, givingWay, cut }: Fit,
): readonly Column<Row>[] {
  const widths = new Map(columns.map((column) => [column, widthOf(rows, column)]));
  const minWidth = (column: Column<Row>) => {
    const full = widths.get(column)!;
    if (column === columns[0]) return Math.min(MIN_NAME, full);
    return column.title === cut ? Math.min(Math.max(MIN_TEXT, displayWidth(column.title)), full) : full;
  };
  const total = (some: readonly Column<Row>[], of: (column: Column<Row>) => number) =>
    some.reduce((sum, column) => sum + of(column) + 2, -2);
  let kept = columns;
  for (const titles of givingWay) {
    if (total(kept, minWidth) <= width) break;
    kept = kept.filter((column) => column === columns[0] || ![titles].flat().includes(column.title));
  }
  // What is too much is taken from the long texts, then from the names.
  let excess = total(kept, (column) => widths.get(column)!) - width;
  const shortened = (column: Column<Row>, min: number, shorten: typeof truncate): Column<Row> => {
    const full = widths.get(column)!;
    const room = Math.max(Math.min(min, full), full - Math.max(0, excess));
    if (room === full) return column;
    excess -= full - room;
    return { ...column, value: (row) => shorten(String(column.value(row) ?? ""), room) };
  };
  const texts = kept.map((column, k) =>
    k > 0 && column.title === cut ? shortened(column, minWidth(column), truncate) : column
  );
  return texts.map((column, k) => k === 0 ? shortened(kept[0], MIN_TEXT, shortenMiddle) : column);
}

/** Whether a table fits as it is. */
export function fits<Row>(rows: readonly Row[], columns: readonly Column<Row>[], fit: Fit): boolean {
  const shown = fitColumns(rows, columns, fit);
  return columns.every((column, k) => column === shown[k]);
}

/** A table that fits, if it is text for a terminal, with what is not shown below it. */
export function fittedTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  format: TableFormat,
  { fit, ...options }: TableOptions<Row> & { readonly fit?: Fit } = {},
): string {
  if (fit === undefined || format !== "table") return formatTable(rows, columns, format, options);
  const shown = fitColumns(rows, columns, fit);
  const below = hiddenColumns(columns, shown).flatMap((text) => wrap(text, fit.width));
  return [formatTable(rows, shown, format, options), ...below.map((line) => `${line}\n`)].join("");
}

/** What is said below a table of which columns gave way; nothing where none did. */
export function hiddenColumns<Row>(
  all: readonly Column<Row>[],
  shown: readonly Column<Row>[],
): string[] {
  const hidden = all.filter(({ title }) => !shown.some((column) => column.title === title));
  const titles = [...new Set(hidden.map(({ title }) => title))];
  return titles.length > 0 ? [`Not shown: ${titles.join(", ")} (--wide).`] : [];
}

function widthOf<Row>(rows: readonly Row[], column: Column<Row>): number {
  const texts = rows.map((row) => {
    const value = column.value(row) ?? "";
    return typeof value === "number" && column.format ? column.format(value) : String(value);
  });
  return Math.max(displayWidth(column.title), ...texts.map((text) => displayWidth(printable(text))));
}
