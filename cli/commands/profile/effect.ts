/** What each redesign of the MobileNetV3 paper saves on this machine. */
import { usageError } from "../../../core/errors.ts";
import { MADDS_UNIT } from "../../../core/profile/mod.ts";
import {
  type AblatedNetwork,
  type Ablation,
  ablation,
  type EffectName,
  type Variant,
} from "../../../models/zoo/mod.ts";
import { formatCount, formatPercent } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import { type ComparedRow, type Conditions, countsJson, ratio, timeJson } from "./comparison.ts";
import type { Result } from "./result.ts";
import { networkSubject, type Subject, type SubjectOptions } from "./subject.ts";
import { countingText, turnsText } from "./words.ts";

/** A variant of a network; the first row is the network as published. */
export interface EffectRow extends ComparedRow {
  readonly variant: Variant;
  /** The same with h-swish computed operator by operator, where that is part of the question. */
  readonly unfused?: ComparedRow;
}

/** onnxruntime fuses h-swish only in the form that bneck writes; this is the other. */
const OPERATOR_BY_OPERATOR = { sixth: Math.fround(1 / 6) };

/** The network that is changed unless another is named. */
const DEFAULT_BASE = "mobilenetv3-large-1.0";

/**
 * Reads which MobileNetV3 is to be changed.
 *
 * @throws {BneckError} (usage) when it is none of the paper's.
 */
export function ablatedNetwork(names: readonly string[]): AblatedNetwork {
  const [name = DEFAULT_BASE, ...others] = names;
  const [, size, width] = /^mobilenetv3-(large|small)-(\d+(?:\.\d+)?)$/.exec(name) ?? [];
  if (others.length > 0 || !(Number(width) > 0 && Number(width) <= 8)) {
    throw usageError(
      `--effect is measured on one MobileNetV3, such as ${DEFAULT_BASE} or mobilenetv3-small-0.75, not on ${
        names.join(", ")
      }`,
    );
  }
  return { size: size as AblatedNetwork["size"], width: Number(width) };
}

/** The networks of an effect, counted. */
export function effectRows(
  { variants }: Ablation,
  isNonlinearity: boolean,
  options: SubjectOptions,
): EffectRow[] {
  return variants.map((variant) => ({
    variant,
    subject: networkSubject(variant.network, options),
    unfused: isNonlinearity
      ? { subject: networkSubject(variant.network, { ...options, lowering: OPERATOR_BY_OPERATOR }) }
      : undefined,
  }));
}

/** Every network that an effect measures, in the order in which {@linkcode withTimes} wants the times. */
export function measuredSubjects(rows: readonly EffectRow[]): Subject[] {
  return rows.flatMap(({ subject, unfused }) => unfused ? [subject, unfused.subject] : [subject]);
}

/** The rows with their times. */
export function withTimes(
  rows: readonly EffectRow[],
  times: readonly NonNullable<ComparedRow["time"]>[],
): EffectRow[] {
  const left = [...times];
  return rows.map((row) => ({
    ...row,
    time: left.shift(),
    unfused: row.unfused && { ...row.unfused, time: left.shift() },
  }));
}

/** An effect as a result. */
export function effectResult(
  effect: EffectName,
  base: AblatedNetwork,
  rows: readonly EffectRow[],
  conditions: Conditions | undefined,
): Result<EffectRow> {
  const { title, paper } = ablation(effect, base);
  const published = rows[0];
  const { rule } = published.subject.costs;
  return {
    title: `${published.subject.name}: ${title}`,
    facts: [
      `Input ${published.subject.input}`,
      countingText(rule),
      ...(conditions ? [turnsText(published.time!.runs, conditions)] : []),
    ],
    rows,
    columns: columns(rows),
    dataColumns: dataColumns(rows),
    notes: notes(rows, paper),
    json: {
      effect,
      title,
      unit: MADDS_UNIT,
      rule,
      ...conditions,
      variants: rows.map((row) => ({
        label: row.variant.label,
        ...countsJson(row.subject),
        ...timeJson(row, published),
        unfused: row.unfused && timeJson(row.unfused, published),
        printed: row.variant.printed,
      })),
    },
  };
}

function notes(rows: readonly EffectRow[], paper: string | undefined): string[] {
  const [published, other] = rows;
  const found: string[] = [];
  if (rows.length === 2 && published.time && other.time) {
    const saved = other.time.quietMilliseconds - published.time.quietMilliseconds;
    const madds = other.subject.costs.madds - published.subject.costs.madds;
    const part = formatPercent(Math.abs(saved) / other.time.quietMilliseconds);
    const time = `${saved >= 0 ? "saves" : "costs"} ${Math.abs(saved).toFixed(2)} ms (${part})`;
    found.push(
      `Here it ${time} and ${madds >= 0 ? "saves" : "adds"} ${formatCount(Math.abs(madds))} MAdds.`,
    );
  }
  if (rows.some(({ unfused }) => unfused)) {
    found.push(
      "unfused: h-swish and h-sigmoid as x · relu6(x + 3) / 6, operator by operator, as exporters used to write them.",
    );
  }
  if (rows.some(({ variant }) => variant.printed)) {
    found.push("Pixel 1 and top-1 are the paper's.");
  }
  return paper === undefined ? found : [...found, `${paper[0].toUpperCase()}${paper.slice(1)}.`];
}

function columns(rows: readonly EffectRow[]): Column<EffectRow>[] {
  const published = rows[0];
  const number = (title: string, value: (row: EffectRow) => string | undefined): Column<EffectRow> => ({
    title,
    value,
    align: "right",
  });
  const difference = (row: EffectRow) =>
    row === published ? "" : signed(row.subject.costs.madds - published.subject.costs.madds, formatCount);
  const printed = rows.some(({ variant }) => variant.printed);
  return [
    { title: "variant", value: ({ variant }) => variant.label },
    number("params", ({ subject }) => formatCount(subject.costs.parameters)),
    number("MAdds", ({ subject }) => formatCount(subject.costs.madds)),
    number("Δ MAdds", difference),
    ...(published.time
      ? [
        number("ms", ({ time }) => time!.quietMilliseconds.toFixed(2)),
        number("Δ ms", (row) =>
          row === published
            ? ""
            : signed(row.time!.quietMilliseconds - published.time!.quietMilliseconds, (ms) =>
              ms.toFixed(2))),
        number("ratio", ({ time }) =>
          time!.ratio.toFixed(3)),
      ]
      : []),
    ...(published.unfused?.time
      ? [number("unfused ms", ({ unfused }) => unfused!.time!.quietMilliseconds.toFixed(2))]
      : []),
    ...(printed
      ? [
        number("Pixel 1", ({ variant }) => variant.printed?.pixel1.toFixed(1)),
        number("unfused", ({ variant }) => variant.printed?.pixel1Unfused.toFixed(1)),
        number("top-1 %", ({ variant }) => variant.printed?.top1.toFixed(1)),
      ]
      : []),
  ];
}

function dataColumns(rows: readonly EffectRow[]): Column<EffectRow>[] {
  const [published] = rows;
  return [
    { title: "variant", value: ({ variant }) => variant.label },
    { title: "params", value: ({ subject }) => subject.costs.parameters },
    { title: "madds", value: ({ subject }) => subject.costs.madds },
    ...(published.time
      ? [
        { title: "ms", value: ({ time }: EffectRow) => time!.quietMilliseconds },
        { title: "ratio", value: (row: EffectRow) => ratio(row, published) },
      ]
      : []),
    ...(published.unfused?.time
      ? [{ title: "unfused_ms", value: ({ unfused }: EffectRow) => unfused!.time!.quietMilliseconds }]
      : []),
    { title: "pixel1_ms_printed", value: ({ variant }) => variant.printed?.pixel1 },
    { title: "pixel1_unfused_ms_printed", value: ({ variant }) => variant.printed?.pixel1Unfused },
    { title: "top1_printed", value: ({ variant }) => variant.printed?.top1 },
  ];
}

function signed(value: number, format: (value: number) => string): string {
  const text = format(Math.abs(value));
  return `${value < 0 ? "−" : "+"}${text}`;
}
