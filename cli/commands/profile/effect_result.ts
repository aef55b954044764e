/** What each redesign of the MobileNetV3 paper saves, as a table. */
import { MADDS_UNIT, timeRatio } from "../../../core/profile/mod.ts";
import type { EffectProfile, EffectRow } from "../../../models/profile/mod.ts";
import { formatCount, formatPercent } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import { countsJson, timeJson } from "./comparison_result.ts";
import { type Conditions, countingText, numberColumn, type Result, turnsText } from "./result.ts";

/** An effect as a result. */
export function effectResult(
  { effect, title, paper, rows }: EffectProfile,
  conditions: Conditions | undefined,
): Result<EffectRow> {
  const [published] = rows;
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
    const saved = other.time.milliseconds - published.time.milliseconds;
    const madds = other.subject.costs.madds - published.subject.costs.madds;
    const part = formatPercent(Math.abs(saved) / other.time.milliseconds);
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
  const number = numberColumn<EffectRow>;
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
        number("ms", ({ time }) => time!.milliseconds.toFixed(2)),
        number("Δ ms", (row) =>
          row === published
            ? ""
            : signed(row.time!.milliseconds - published.time!.milliseconds, (ms) =>
              ms.toFixed(2))),
        number("ratio", ({ time }) =>
          time!.ratio.toFixed(3)),
      ]
      : []),
    ...(published.unfused?.time
      ? [number("unfused ms", ({ unfused }) => unfused!.time!.milliseconds.toFixed(2))]
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
        { title: "ms", value: ({ time }: EffectRow) => time!.milliseconds },
        { title: "ratio", value: (row: EffectRow) => timeRatio(row, published) },
      ]
      : []),
    ...(published.unfused?.time
      ? [{ title: "unfused_ms", value: ({ unfused }: EffectRow) => unfused!.time!.milliseconds }]
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
