/** A table of the MobileNetV3 paper beside our counts and this machine. */
import { MADDS_UNIT, spearman } from "../../../core/profile/mod.ts";
import {
  findNetwork,
  PAPER_TABLES,
  type PaperRow,
  type PaperTable,
  type PaperTableName,
} from "../../../models/zoo/mod.ts";
import type { Column } from "../../console/table.ts";
import { type ComparedRow, type Conditions, countsJson, timeJson } from "./comparison.ts";
import type { OtherTimes } from "./comparison_report.ts";
import type { ProfileFlags } from "./flags.ts";
import type { Result } from "./result.ts";
import { networkSubject } from "./subject.ts";
import { countingText, turnsText } from "./words.ts";

/** A row of the paper with ours. */
export interface PaperResultRow extends ComparedRow {
  readonly paper: PaperRow;
  /** By the rule of the table or the row. */
  readonly parameters: number;
}

/** The phones that the paper measures on. */
const PHONES = [["pixel1", "Pixel 1"], ["pixel2", "Pixel 2"], ["pixel3", "Pixel 3"]] as const;

/** What the papers call the quality of a network. */
const QUALITY = { classify: "top-1 %", detect: "mAP %", segment: "mIoU %" } as const;

/** The networks of a table, counted by the table's rule unless another is asked for. */
export function paperRows(name: PaperTableName, count: ProfileFlags["count"]): PaperResultRow[] {
  const table = paperTable(name);
  return table.rows.map((paper) => {
    const { network, size, classes, batchNormCounts = table.batchNormCounts } = paper;
    const subject = networkSubject(findNetwork(network)!, { size, classes, rule: count ?? table.rule });
    const { parameters, parametersWithoutBatchNorm } = subject.costs;
    return { paper, subject, parameters: batchNormCounts ? parameters : parametersWithoutBatchNorm };
  });
}

/** The phones that a table has times of. */
export function phonesOf(rows: readonly PaperResultRow[]): OtherTimes<PaperResultRow>[] {
  return PHONES.map(([phone, name]) => ({
    name,
    milliseconds: ({ paper }: PaperResultRow) => paper.printed[phone],
  })).filter(({ milliseconds }) => rows.some((row) => milliseconds(row) !== undefined));
}

/** A table of the paper as a result. */
export function paperResult(
  name: PaperTableName,
  rows: readonly PaperResultRow[],
  conditions: Conditions | undefined,
): Result<PaperResultRow> {
  const table = paperTable(name);
  const { rule } = rows[0].subject.costs;
  const { task } = findNetwork(rows[0].paper.network)!;
  const footnotes = rows.flatMap(({ paper }) => paper.footnote === undefined ? [] : [paper.footnote]);
  const distinct = [...new Set(footnotes)];
  return {
    title: `${titleOf(name)}: ${table.title}`,
    facts: [
      `${countingText(rule)}; params ${table.batchNormCounts ? "with" : "without"} BatchNorm` +
      (rows.some(({ paper }) => (paper.batchNormCounts ?? table.batchNormCounts) !== table.batchNormCounts)
        ? `, ${table.batchNormCounts ? "without" : "with"} it where the row's source does`
        : ""),
      ...(conditions ? [turnsText(rows[0].time!.runs, conditions)] : []),
    ],
    rows,
    columns: columns(rows, QUALITY[task], distinct),
    dataColumns: dataColumns(rows),
    notes: [
      ...correlations(rows).map(({ text }) => text),
      ...(conditions && task === "segment"
        ? ["ms here end at the low-resolution logits: bneck upsamples them outside of the network."]
        : []),
      ...distinct.map((footnote, index) => `[${index + 1}] ${footnote}`),
    ],
    json: {
      table: name,
      title: table.title,
      unit: MADDS_UNIT,
      rule,
      ...conditions,
      rankCorrelations: correlations(rows).map(({ of, values }) => ({ of, ...values })),
      rows: rows.map((row) => jsonRow(row, rows[0])),
    },
  };
}

function paperTable(name: PaperTableName): PaperTable {
  return PAPER_TABLES.find((table) => table.name === name)!;
}

function titleOf(name: PaperTableName): string {
  return name === "readmes" ? "READMEs" : `MobileNetV3, table ${name.slice("table".length)}`;
}

function columns(
  rows: readonly PaperResultRow[],
  quality: string,
  footnotes: readonly string[],
): Column<PaperResultRow>[] {
  const isLarge = Math.max(...rows.map(({ paper }) => paper.printed.madds ?? 0)) >= 1e9;
  const [unit, scale, digits] = isLarge ? ["B", 1e9, 3] : ["M", 1e6, 1];
  const number = (
    title: string,
    value: (row: PaperResultRow) => string | undefined,
  ): Column<PaperResultRow> => ({
    title,
    value,
    align: "right",
  });
  const has = (value: (row: PaperResultRow) => number | undefined) =>
    rows.some((row) => value(row) !== undefined);
  const sizes = new Set(rows.map(({ subject }) => subject.input));
  return [
    { title: "network", value: ({ paper }) => paper.label + mark(paper, footnotes) },
    ...(sizes.size > 1 ? [number("input", ({ subject }) => subject.input)] : []),
    number(`MAdds ${unit}`, ({ subject }) => (subject.costs.madds / scale).toFixed(digits)),
    number("paper", ({ paper: { printed: { madds } } }) => madds === undefined ? "" : plain(madds / scale)),
    number("error", ({ subject, paper }) => errorCell(subject.costs.madds, paper.printed.madds)),
    number("params M", ({ parameters }) => (parameters / 1e6).toFixed(3)),
    number("paper", printedParams(rows)),
    number("error", ({ parameters, paper }) => errorCell(parameters, paper.printed.params)),
    ...(has(({ paper }) => paper.printed.quality)
      ? [number(quality, ({ paper }) => paper.printed.quality?.toFixed(1))]
      : []),
    ...(rows[0].time ? [number("ms here", ({ time }) => time!.quietMilliseconds.toFixed(2))] : []),
    ...PHONES.filter(([phone]) => has(({ paper }) => paper.printed[phone])).map(([phone, title]) =>
      number(title, ({ paper }) => paper.printed[phone]?.toString())
    ),
  ];
}

/** `[2]`: where the reason stands why a printed figure is not ours. */
function mark({ footnote }: PaperRow, footnotes: readonly string[]): string {
  return footnote === undefined ? "" : ` [${footnotes.indexOf(footnote) + 1}]`;
}

function errorOf(ours: number, printed: number | undefined): number | undefined {
  return printed === undefined ? undefined : ours / Math.round(printed) - 1;
}

function errorCell(ours: number, printed: number | undefined): string {
  const error = errorOf(ours, printed);
  if (error === undefined) return "";
  const percent = (Math.abs(error) * 100).toFixed(1);
  return `${percent === "0.0" ? "" : error < 0 ? "−" : "+"}${percent} %`;
}

/** Printed params with the decimals of their column, so that 4 stands below 5.4 as 4.0. */
function printedParams(rows: readonly PaperResultRow[]): (row: PaperResultRow) => string {
  const text = ({ paper: { printed: { params } } }: PaperResultRow) =>
    params === undefined ? "" : plain(params / 1e6);
  const decimals = Math.max(0, ...rows.map((row) => text(row).split(".")[1]?.length ?? 0));
  return (row) => text(row) && Number(text(row)).toFixed(decimals);
}

/** Fractions of a million are not exact in binary; no table prints six digits. */
function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function dataColumns(rows: readonly PaperResultRow[]): Column<PaperResultRow>[] {
  return [
    { title: "row", value: ({ paper }) => paper.label },
    { title: "network", value: ({ subject }) => subject.name },
    { title: "input", value: ({ subject }) => subject.input },
    { title: "madds", value: ({ subject }) => subject.costs.madds },
    { title: "madds_printed", value: ({ paper }) => printedNumber(paper.printed.madds) },
    {
      title: "madds_error",
      value: ({ subject, paper }) => errorOf(subject.costs.madds, paper.printed.madds),
    },
    { title: "params", value: ({ parameters }) => parameters },
    { title: "params_printed", value: ({ paper }) => printedNumber(paper.printed.params) },
    { title: "params_error", value: ({ parameters, paper }) => errorOf(parameters, paper.printed.params) },
    { title: "quality_printed", value: ({ paper }) => paper.printed.quality },
    ...(rows[0].time ? [{ title: "ms", value: ({ time }: PaperResultRow) => time!.quietMilliseconds }] : []),
    ...PHONES.map(([phone]) => ({
      title: `${phone}_ms_printed`,
      value: ({ paper }: PaperResultRow) => paper.printed[phone],
    })),
    { title: "footnote", value: ({ paper }) => paper.footnote },
  ];
}

function printedNumber(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}

/** How well the order of our times, and of our MAdds, agrees with that of the phones. */
function correlations(rows: readonly PaperResultRow[]) {
  const sources = [
    ...(rows[0].time
      ? [{
        of: "milliseconds",
        words: "the times here",
        value: ({ time }: PaperResultRow) => time!.quietMilliseconds,
      }]
      : []),
    { of: "madds", words: "the MAdds", value: ({ subject }: PaperResultRow) => subject.costs.madds },
  ];
  return sources.flatMap(({ of, words, value }) => {
    const values: Record<string, number> = {};
    const texts: string[] = [];
    for (const [phone, title] of PHONES) {
      const known = rows.filter(({ paper }) => paper.printed[phone] !== undefined);
      if (known.length < 2) continue;
      values[phone] = spearman(known.map(value), known.map(({ paper }) => paper.printed[phone]!));
      texts.push(`${values[phone].toFixed(3)} with ${title}`);
    }
    if (of === "milliseconds") {
      values.madds = spearman(rows.map(value), rows.map(({ subject }) => subject.costs.madds));
      texts.push(`${values.madds.toFixed(3)} with the MAdds`);
    }
    if (texts.length === 0) return [];
    return [{ of, values, text: `Rank correlation (Spearman) of ${words}: ${texts.join(", ")}.` }];
  });
}

function jsonRow(row: PaperResultRow, first: PaperResultRow) {
  const { paper, subject, parameters } = row;
  const { madds } = subject.costs;
  return {
    label: paper.label,
    ...countsJson(subject),
    comparedParameters: parameters,
    printed: {
      ...paper.printed,
      madds: printedNumber(paper.printed.madds),
      params: printedNumber(paper.printed.params),
    },
    error: { madds: errorOf(madds, paper.printed.madds), params: errorOf(parameters, paper.printed.params) },
    footnote: paper.footnote,
    ...timeJson(row, first),
  };
}
