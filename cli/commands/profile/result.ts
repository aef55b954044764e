/** What the command found out, in every form that it can be printed in, and the sentences that all results share. */
import { type CountingRule, MADDS_UNIT, type NetworkCosts } from "../../../core/profile/mod.ts";
import { loadRuntime } from "../../../core/session/mod.ts";
import { plural } from "../../console/format.ts";
import { printable, wrap } from "../../console/output.ts";
import { type Column, formatTable } from "../../console/table.ts";
import type { Context } from "../../context.ts";
import { describeProcessor } from "../../../core/machine.ts";
import type { ProfileFlags } from "./flags.ts";

/** A result: for people and for machines. */
export interface Result<Row> {
  readonly title: string;
  /** What was counted and measured, and how: sentences above the table. */
  readonly facts: readonly string[];
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** The rows of CSV, where they differ: none of them sums up others. */
  readonly dataRows?: readonly Row[];
  /** The columns of CSV: plain numbers under plain names. */
  readonly dataColumns: readonly Column<Row>[];
  /** Rows of the text form with a rule above them. */
  readonly ruleAbove?: (row: Row) => boolean;
  /** What a reader should know about the table: sentences below it. */
  readonly notes: readonly string[];
  readonly json: unknown;
}

/** Longer lines are hard to read. */
const MAX_WIDTH = 110;

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
  const width = Math.min(MAX_WIDTH, Math.max(40, context.stdout.columns()));
  const lines = (texts: readonly string[]) => texts.flatMap((text) => wrap(printable(text), width));
  const table = formatTable(rows, columns, "table", { colors: context.colors, ruleAbove }).trimEnd();
  const below = lines(notes);
  context.print(
    [
      context.colors.bold(printable(title)),
      ...lines(facts),
      "",
      table,
      ...(below.length > 0 ? ["", ...below] : []),
    ]
      .join("\n"),
  );
}

/** A column of numbers as people read them. */
export function numberColumn<Row>(
  title: string,
  value: (row: Row) => string | undefined,
): Column<Row> {
  return { title, value, align: "right" };
}

/** Where times were measured. */
export interface Surroundings {
  readonly processor: string;
  readonly onnxruntime: string;
}

/** Where and how the times of a comparison were measured. */
export interface Conditions extends Surroundings {
  readonly threads: number;
}

/** Describes the machine; only for results with times. */
export async function surroundings(): Promise<Surroundings> {
  const [{ model, cores }, { env: { versions } }] = [await describeProcessor(), await loadRuntime()];
  return {
    processor: `${model} (${plural(cores, "core")})`,
    onnxruntime: versions.node ?? versions.common,
  };
}

/** The unit, and the rule where it is not the usual one. */
export function countingText(rule: CountingRule): string {
  return rule === "plain"
    ? `Unit: ${MADDS_UNIT}; biases, activations and pooling count as 0`
    : `Unit: ${MADDS_UNIT}; extended by 2 per h-swish and 1 per element of the final upsampling`;
}

/** What is missing in every sum. */
export function uncountedText(uncounted: NetworkCosts["uncounted"]): string[] {
  if (uncounted.length === 0) return [];
  const list = uncounted.map(({ operator, nodes }) => `${operator} (${plural(nodes, "node")})`).join(", ");
  return [`Not counted, so that sums with a question mark are too small: ${list}.`];
}

/** How networks that are compared were measured. */
export function turnsText(rounds: number, { threads, processor, onnxruntime }: Conditions): string {
  return `ms on ${
    plural(threads, "thread")
  } of ${processor}, onnxruntime ${onnxruntime}: measured in turns, ` +
    `${plural(rounds, "round")}, medians of each one's fastest quarter`;
}
