/** Lines of results on a terminal that is narrower than they are. */
import { displayWidth, shortenMiddle } from "./output.ts";

/** Columns before what goes on below. */
const INDENT = "    ";

/** Columns that a line takes at least, however narrow the terminal. */
const MIN_COLUMNS = 20;

/**
 * `photo.jpg: 3 person, 1 bus` in lines of at most `columns`: it is broken after commas and semicolons, and a place that is
 * longer by itself loses its middle.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { resultLine } from "./result_line.ts";
 * assert.equal(resultLine("a.jpg", "3 person, 1 bus, 2 car", 24), "a.jpg: 3 person, 1 bus,\n    2 car");
 * ```
 */
export function resultLine(place: string, found: string, columns: number): string {
  const width = Math.max(MIN_COLUMNS, columns);
  const lines = [`${shortenMiddle(place, width - 1)}:`];
  for (const part of found.split(/(?<=[,;]) /)) {
    const line = `${lines.at(-1)} ${part}`;
    if (displayWidth(line) <= width) lines[lines.length - 1] = line;
    else lines.push(INDENT + part);
  }
  return lines.join("\n");
}
