/** Tables that fit a terminal: long names are shortened in the middle, and the least important columns give way. */
import { displayWidth, printable } from "./output.ts";
import type { Column } from "./table.ts";

/** Names are not cut below so many characters while there are columns that can give way. */
const MIN_NAME = 24;

/**
 * The columns that fit a width; the first one, which names the row, always stays.
 *
 * @param givingWay the titles of the columns that give way, the first of them first
 */
export function fitColumns<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
  givingWay: readonly string[],
): readonly Column<Row>[] {
  const widths = new Map(columns.map((column) => [column, widthOf(rows, column)]));
  const total = (some: readonly Column<Row>[]) =>
    some.reduce((sum, column) => sum + widths.get(column)! + 2, -2);
  let kept = columns;
  const isWide = () => {
    const excess = total(kept) - width;
    return excess > 0 && widths.get(columns[0])! - excess < Math.min(MIN_NAME, widths.get(columns[0])!);
  };
  for (const title of givingWay) {
    if (!isWide()) break;
    kept = kept.filter((column) => column.title !== title || column === columns[0]);
  }
  const [name, ...others] = kept;
  const room = Math.max(MIN_NAME, width - (total(kept) - widths.get(name)!));
  if (room >= widths.get(name)!) return kept;
  const value = (row: Row) => shortenMiddle(String(name.value(row) ?? ""), room);
  return [{ ...name, value }, ...others];
}

function widthOf<Row>(rows: readonly Row[], column: Column<Row>): number {
  const texts = rows.map((row) => {
    const value = column.value(row) ?? "";
    return typeof value === "number" && column.format ? column.format(value) : String(value);
  });
  return Math.max(displayWidth(column.title), ...texts.map((text) => displayWidth(printable(text))));
}

/** A text without its middle: both ends tell names apart. The end tells more. */
export function shortenMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const letters = [...text];
  const start = Math.floor((width - 1) / 3);
  return `${letters.slice(0, start).join("")}…${
    letters.slice(letters.length - (width - 1 - start)).join("")
  }`;
}
