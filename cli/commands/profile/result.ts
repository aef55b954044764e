/** What the command found out, in every form that it can be printed in, and the sentences that all results share. */
import { fitColumns, hiddenColumns } from "../../console/fit_columns.ts";
import {
  type CountingRule,
  MADDS_UNIT,
  type NetworkCosts,
  type Subject,
  type Surroundings,
} from "../../../core/profile/mod.ts";
import { plural } from "../../console/format.ts";
import { printable, wrap } from "../../console/output.ts";
import { type Column, formatTable } from "../../console/table.ts";
import type { Context } from "../../context.ts";
import type { ModelSource, Provenance } from "../../report/mod.ts";
import { digestOf } from "../../../core/files/mod.ts";
import type { ProfileFlags } from "./flags.ts";

/** A result: for people and for machines. */
export interface Result<Row> {
  readonly title: string;
  /** What was counted and measured, and how: sentences above the table. */
  readonly facts: readonly string[];
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** The titles of columns that give way on a narrow terminal, the first of them first. */
  readonly givingWay?: readonly string[];
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

/** Columns of the text form for `--wide` alone. */
const WIDE_ONLY = new Set(["kernel", "KiB moved"]);

/** The columns of a profile that give way, the first of them first. */
const GIVING_WAY = [
  "kernel",
  "p10–p90",
  "cum %",
  "layout",
  "act KiB",
  "KiB moved",
  "of peak",
  "quiet",
  "output",
  "GB/s",
  "params",
  "limit",
  "operator",
  "Pixel 3",
  "Pixel 2",
  "error",
  "MAdds A",
  "input",
  "paper",
];

/** The column of texts that are cut. */
const LONG_TEXT = "what it is";

/** Longer lines are hard to read. */
const MAX_WIDTH = 110;

/** Prints a result on stdout. */
export function printResult<Row>(
  context: Context,
  result: Result<Row>,
  { json, format = "table", wide }: Pick<ProfileFlags, "json" | "format" | "wide">,
): void {
  const {
    title,
    facts,
    rows,
    columns,
    dataRows = rows,
    dataColumns,
    ruleAbove,
    notes,
    givingWay = GIVING_WAY,
  } = result;
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
  const fitting = context.tableWidth(wide);
  const usual = columns.filter(({ title }) => wide || !WIDE_ONLY.has(title));
  const shown = fitting === undefined
    ? usual
    : fitColumns(rows, usual, { width: fitting, givingWay, cut: LONG_TEXT });
  const table = formatTable(rows, shown, "table", { colors: context.colors, ruleAbove }).trimEnd();
  const below = lines([...notes, ...hiddenColumns(columns, shown)]);
  context.print(
    [
      ...lines([title]).map(context.colors.bold),
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

/** What counts are printed in. */
export interface CountUnit {
  readonly name: "MAdds" | "FLOPs";
  /** How many of it a multiply-add is. */
  readonly factor: 1 | 2;
  /** 10⁹ of it per second. */
  readonly rate: "GMAdds/s" | "GFLOP/s";
}

/** The unit that `--flops` asks for. */
export function countUnit(flops: boolean): CountUnit {
  return flops
    ? { name: "FLOPs", factor: 2, rate: "GFLOP/s" }
    : { name: "MAdds", factor: 1, rate: "GMAdds/s" };
}

/** Where and how the times of a comparison were measured. */
export interface Conditions extends Surroundings {
  readonly threads: number;
}

/** The unit, and the rule where it is not the usual one. */
export function countingText(rule: CountingRule, { factor } = countUnit(false)): string {
  const unit = factor === 1 ? MADDS_UNIT : "FLOPs (2 = one multiply and one add)";
  return rule === "plain"
    ? `Unit: ${unit}; biases, activations and pooling count as 0`
    : `Unit: ${unit}; extended by ${
      2 * factor
    } per h-swish and ${factor} per element of the final upsampling`;
}

/** What is missing in every sum. */
export function uncountedText(uncounted: NetworkCosts["uncounted"]): string[] {
  if (uncounted.length === 0) return [];
  const list = uncounted.map(({ operator, nodes }) => `${operator} (${plural(nodes, "node")})`).join(", ");
  return [`Not counted, so that sums with ≥ are lower bounds: ${list}.`];
}

/** What stands before a sum of MAdds. */
export function boundSign({ uncounted }: Pick<NetworkCosts, "uncounted">): string {
  return uncounted.length > 0 ? "≥ " : "";
}

/** How networks that are compared were measured. */
export function turnsText(rounds: number, { threads, processor, onnxruntime }: Conditions): string {
  return `ms on ${
    plural(threads, "thread")
  } of ${processor}, onnxruntime ${onnxruntime}: measured in turns, ` +
    `medians of ${plural(rounds, "round")}`;
}

/** Which networks a report is about, each once. There is no data: inputs are random numbers of a constant seed. */
export async function profileProvenance(subjects: readonly Subject[]): Promise<Provenance> {
  const models = new Map<string, ModelSource>();
  for (const subject of subjects) {
    const model = await modelOf(subject);
    models.set(model.name, model);
  }
  return { models: [...models.values()], data: [] };
}

/** A file is known by its digest, a model that comes with bneck by its weights; other networks have random ones. */
async function modelOf({ name, file, weights }: Subject): Promise<ModelSource> {
  if (file !== undefined) {
    const digest = await digestOf(file);
    return { name, digest: digest && { of: "file", sha256: digest.sha256 } };
  }
  return weights === undefined ? { name: `${name} with random weights` } : { name, weights };
}
