/** What the command found out, in every form that it can be printed in. */
import { wrap } from "../../console/output.ts";
import { type Column, formatTable } from "../../console/table.ts";
import type { Context } from "../../context.ts";
import type { ProfileFlags } from "./flags.ts";

/** A result: for people and for machines. */
export interface Result<Row> {
  readonly title: string;
  /** What was counted and measured, and how: sentences above the table. */
  readonly facts: readonly string[];
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** The rows of CSV, where they are not the same: no row sums up others. */
  readonly dataRows?: readonly Row[];
  /** The columns of CSV: plain numbers under plain names. */
  readonly dataColumns: readonly Column<Row>[];
  /** Rows of the text form with a rule above them. */
  readonly ruleAbove?: (row: Row) => boolean;
  /** What a reader should know of the table: sentences below it. */
  readonly notes: readonly string[];
  readonly json: unknown;
}

/** Longer lines are hard to read. */
const WIDEST = 110;

/** Prints a result on stdout. */
export function printResult<Row>(
  context: Context,
  result: Result<Row>,
  { json, format = "table" }: Pick<ProfileFlags, "json" | "format">,
): void {
  const { title, facts, rows, columns, dataRows = rows, dataColumns, ruleAbove, notes } = result;
  const form = json ? "json" : format;
  if (form === "json") return context.printJson(result.json);
  if (form === "csv") return context.stdout.write(formatTable(dataRows, dataColumns, "csv"));
  if (form === "markdown") {
    const table = formatTable(rows, columns, "markdown").trimEnd();
    const list = (lines: readonly string[]) =>
      lines.length > 0 ? [lines.map((line) => `- ${line}`).join("\n")] : [];
    return context.print([`## ${title}`, ...list(facts), table, ...list(notes)].join("\n\n"));
  }
  const width = Math.min(WIDEST, Math.max(40, context.stdout.columns()));
  const lines = (texts: readonly string[]) => texts.flatMap((text) => wrap(text, width));
  const table = formatTable(rows, columns, "table", { colors: context.colors, ruleAbove }).trimEnd();
  const below = lines(notes);
  context.print(
    [context.colors.bold(title), ...lines(facts), "", table, ...(below.length > 0 ? ["", ...below] : [])]
      .join("\n"),
  );
}
