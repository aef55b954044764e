/** The tables of the MobileNetV3 paper beside our counts and this machine, as a table. */
import { MADDS_UNIT } from "../../../core/profile/mod.ts";
import type { PaperRow, PaperTableName } from "../../../models/zoo/mod.ts";
import {
  type PaperProfile,
  type PaperProfileRow,
  type Phone,
  PHONES,
  type RankCorrelation,
  rankCorrelations,
} from "../../../models/profile/mod.ts";
import type { Column } from "../../console/table.ts";
import { countsJson, timeJson } from "./comparison_result.ts";
import type { OtherTimes } from "./comparison_report.ts";
import { type Conditions, countingText, numberColumn, type Result, turnsText } from "./result.ts";

const PHONE_NAMES: Readonly<Record<Phone, string>> = {
  pixel1: "Pixel 1",
  pixel2: "Pixel 2",
  pixel3: "Pixel 3",
};

/** What the papers call the quality of a network. */
const QUALITY = { classify: "top-1 %", detect: "mAP %", segment: "mIoU %" } as const;

/** The phones that a table has times of. */
export function phonesOf(rows: readonly PaperProfileRow[]): OtherTimes<PaperProfileRow>[] {
  return phonesIn(rows).map((phone) => ({
    name: PHONE_NAMES[phone],
    milliseconds: ({ paper }) => paper.printed[phone],
  }));
}

function phonesIn(rows: readonly PaperProfileRow[]): Phone[] {
  return PHONES.filter((phone) => rows.some(({ paper }) => paper.printed[phone] !== undefined));
}

/** A table of the paper as a result. */
export function paperResult(
  { table, task, rule, rows }: PaperProfile,
  conditions: Conditions | undefined,
): Result<PaperProfileRow> {
  const footnotes = rows.flatMap(({ paper }) => paper.footnote === undefined ? [] : [paper.footnote]);
  const distinct = [...new Set(footnotes)];
  const correlations = rankCorrelations(rows);
  return {
    title: `${titleOf(table.name)}: ${table.title}`,
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
      ...correlations.map(correlationText),
      ...(conditions && task === "segment"
        ? ["ms here end at the low-resolution logits: bneck upsamples them outside of the network."]
        : []),
      ...(rows[0].int8
        ? [
          "ms here are of the network in float; in int8 are the blocks that are faster so, as bneck quantize chooses them. " +
          "The phones' times are in 8 bits.",
        ]
        : []),
      ...distinct.map((footnote, index) => `[${index + 1}] ${footnote}`),
    ],
    json: {
      table: table.name,
      title: table.title,
      unit: MADDS_UNIT,
      rule,
      ...conditions,
      rankCorrelations: correlations.map((correlation) => ({ of: correlation.of, ...correlation.with })),
      rows: rows.map((row) => jsonRow(row, rows[0])),
    },
  };
}

function titleOf(name: PaperTableName): string {
  return name === "readmes" ? "READMEs" : `MobileNetV3, table ${name.slice("table".length)}`;
}

function columns(
  rows: readonly PaperProfileRow[],
  quality: string,
  footnotes: readonly string[],
): Column<PaperProfileRow>[] {
  const isLarge = Math.max(...rows.map(({ paper }) => paper.printed.madds ?? 0)) >= 1e9;
  const [unit, scale, digits] = isLarge ? ["B", 1e9, 3] : ["M", 1e6, 1];
  const number = numberColumn<PaperProfileRow>;
  const has = (value: (row: PaperProfileRow) => number | undefined) =>
    rows.some((row) => value(row) !== undefined);
  const sizes = new Set(rows.map(({ subject }) => subject.input));
  return [
    { title: "network", value: ({ paper }) => paper.label + mark(paper, footnotes) },
    ...(sizes.size > 1 ? [number("input", ({ subject }) => subject.input)] : []),
    number(`MAdds ${unit}`, ({ subject }) => (subject.costs.madds / scale).toFixed(digits)),
    number("paper", ({ paper: { printed: { madds } } }) => madds === undefined ? "" : plain(madds / scale)),
    number("error", ({ error }) => errorCell(error.madds)),
    number("params M", ({ parameters }) => (parameters / 1e6).toFixed(3)),
    number("paper", printedParams(rows)),
    number("error", ({ error }) => errorCell(error.params)),
    ...(has(({ paper }) => paper.printed.quality)
      ? [number(quality, ({ paper }) => paper.printed.quality?.toFixed(1))]
      : []),
    ...(rows[0].time ? [number("ms here", ({ time }) => time!.milliseconds.toFixed(2))] : []),
    ...(rows[0].int8
      ? [
        number("int8 ms here", ({ int8 }) => int8!.milliseconds.toFixed(2)),
        number("float/int8", ({ time, int8 }) => (time!.milliseconds / int8!.milliseconds).toFixed(2)),
      ]
      : []),
    ...phonesIn(rows).map((phone) =>
      number(PHONE_NAMES[phone], ({ paper }) => paper.printed[phone]?.toString())
    ),
  ];
}

/** `[2]`: where the reason stands why a printed figure is not ours. */
function mark({ footnote }: PaperRow, footnotes: readonly string[]): string {
  return footnote === undefined ? "" : ` [${footnotes.indexOf(footnote) + 1}]`;
}

function errorCell(error: number | undefined): string {
  if (error === undefined) return "";
  const percent = (Math.abs(error) * 100).toFixed(1);
  return `${percent === "0.0" ? "" : error < 0 ? "−" : "+"}${percent} %`;
}

/** Printed params with the decimals of their column, so that 4 stands below 5.4 as 4.0. */
function printedParams(rows: readonly PaperProfileRow[]): (row: PaperProfileRow) => string {
  const text = ({ paper: { printed: { params } } }: PaperProfileRow) =>
    params === undefined ? "" : plain(params / 1e6);
  const decimals = Math.max(0, ...rows.map((row) => text(row).split(".")[1]?.length ?? 0));
  return (row) => text(row) && Number(text(row)).toFixed(decimals);
}

/** Fractions of a million are not exact in binary; no table prints more than six digits. */
function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function dataColumns(rows: readonly PaperProfileRow[]): Column<PaperProfileRow>[] {
  return [
    { title: "row", value: ({ paper }) => paper.label },
    { title: "network", value: ({ subject }) => subject.name },
    { title: "input", value: ({ subject }) => subject.input },
    { title: "madds", value: ({ subject }) => subject.costs.madds },
    { title: "madds_printed", value: ({ paper }) => printedNumber(paper.printed.madds) },
    { title: "madds_error", value: ({ error }) => error.madds },
    { title: "params", value: ({ parameters }) => parameters },
    { title: "params_printed", value: ({ paper }) => printedNumber(paper.printed.params) },
    { title: "params_error", value: ({ error }) => error.params },
    { title: "quality_printed", value: ({ paper }) => paper.printed.quality },
    ...(rows[0].time ? [{ title: "ms", value: ({ time }: PaperProfileRow) => time!.milliseconds }] : []),
    ...(rows[0].int8 ? [{ title: "int8_ms", value: ({ int8 }: PaperProfileRow) => int8!.milliseconds }] : []),
    ...PHONES.map((phone) => ({
      title: `${phone}_ms_printed`,
      value: ({ paper }: PaperProfileRow) => paper.printed[phone],
    })),
    { title: "footnote", value: ({ paper }) => paper.footnote },
  ];
}

function printedNumber(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}

function correlationText({ of, with: others }: RankCorrelation): string {
  const texts = Object.entries(others).map(([other, value]) =>
    `${value.toFixed(3)} with ${other === "madds" ? "the MAdds" : PHONE_NAMES[other as Phone]}`
  );
  const ours = of === "madds" ? "the MAdds" : "the times here";
  return `Rank correlation (Spearman) of ${ours}: ${texts.join(", ")}.`;
}

function jsonRow(row: PaperProfileRow, first: PaperProfileRow) {
  const { paper, subject, parameters, error } = row;
  return {
    label: paper.label,
    ...countsJson(subject),
    comparedParameters: parameters,
    printed: {
      ...paper.printed,
      madds: printedNumber(paper.printed.madds),
      params: printedNumber(paper.printed.params),
    },
    error,
    footnote: paper.footnote,
    ...timeJson(row, first),
    ...(row.int8 ? { int8Milliseconds: row.int8.milliseconds } : {}),
  };
}
