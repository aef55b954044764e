/**
 * Rows of data as an aligned text table, a Markdown table or CSV, from one description of the columns.
 *
 * @module
 */
import type { Colors } from "./colors.ts";
import { displayWidth, printable } from "./output.ts";

/** The forms a table can take. */
export const TABLE_FORMATS = ["table", "markdown", "csv"] as const;

/** One of {@linkcode TABLE_FORMATS}. */
export type TableFormat = typeof TABLE_FORMATS[number];

/** What a cell may hold; `null` and `undefined` leave it empty. */
export type Cell = string | number | bigint | boolean | null | undefined;

/** A column: its title and where its values come from. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => Cell;
  /** How numbers look to people. CSV has the plain value. */
  readonly format?: (value: number) => string;
  /** Default: right when every value of the column is a number, otherwise left. */
  readonly align?: "left" | "right";
}

/** Options of {@linkcode formatTable}. */
export interface TableOptions<Row> {
  /** Colours for the text form's titles and rules. */
  readonly colors?: Colors;
  /** Rows of the text form that get a rule above them, such as a total. */
  readonly ruleAbove?: (row: Row) => boolean;
}

/**
 * One table, ending with a newline.
 *
 * The text form separates columns by two spaces; Markdown escapes what would end a cell; CSV follows RFC 4180 with
 * `\n` line ends and numbers as JavaScript writes them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatTable } from "./table.ts";
 * const rows = [{ name: "road", share: 0.5 }, { name: "car", share: 0.125 }];
 * const columns = [
 *   { title: "class", value: (row: typeof rows[0]) => row.name },
 *   { title: "share", value: (row: typeof rows[0]) => row.share, format: (x: number) => x.toFixed(2) },
 * ];
 * assert.equal(formatTable(rows, columns, "csv"), "class,share\nroad,0.5\ncar,0.125\n");
 * assert.equal(formatTable(rows, columns, "table").split("\n")[1], "-----  -----");
 * ```
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  format: TableFormat,
  options: TableOptions<Row> = {},
): string {
  switch (format) {
    case "table":
      return textTable(rows, columns, options);
    case "markdown":
      return markdownTable(rows, columns);
    case "csv":
      return csvTable(rows, columns);
  }
}

function textTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { colors, ruleAbove }: TableOptions<Row>,
): string {
  const titles = columns.map((column) => oneLine(column.title));
  const cells = rows.map((row) => columns.map((column) => oneLine(cellText(column, row))));
  const widths = titles.map((title, index) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[index])), displayWidth(title))
  );
  const right = columns.map((column) => alignsRight(column, rows));
  const line = (texts: readonly string[]) =>
    texts.map((text, index) => pad(text, widths[index], right[index])).join("  ").trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");

  const lines = [colors ? colors.bold(line(titles)) : line(titles), colors ? colors.dim(rule) : rule];
  rows.forEach((row, index) => {
    if (ruleAbove?.(row)) lines.push(colors ? colors.dim(rule) : rule);
    lines.push(line(cells[index]));
  });
  return lines.join("\n") + "\n";
}

function markdownTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const escape = (text: string) => oneLine(text).replace(/[\\|]/g, (character) => `\\${character}`);
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  const lines = [
    line(columns.map((column) => escape(column.title))),
    line(columns.map((column) => alignsRight(column, rows) ? "--:" : "---")),
    ...rows.map((row) => line(columns.map((column) => escape(cellText(column, row))))),
  ];
  return lines.join("\n") + "\n";
}

function csvTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const quote = (text: string) => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [
    columns.map((column) => quote(column.title)).join(","),
    ...rows.map((row) => columns.map((column) => quote(String(column.value(row) ?? ""))).join(",")),
  ];
  return lines.join("\n") + "\n";
}

function cellText<Row>(column: Column<Row>, row: Row): string {
  const value = column.value(row);
  if (value === null || value === undefined) return "";
  return typeof value === "number" && column.format ? column.format(value) : String(value);
}

function alignsRight<Row>(column: Column<Row>, rows: readonly Row[]): boolean {
  if (column.align) return column.align === "right";
  const values = rows.map(column.value).filter((value) => value !== null && value !== undefined);
  return values.length > 0 && values.every((value) => typeof value === "number" || typeof value === "bigint");
}

function oneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, " ");
}

function pad(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - displayWidth(text)));
  return right ? space + text : text + space;
}
