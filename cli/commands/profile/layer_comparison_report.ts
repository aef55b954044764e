/** Two networks side by side as an HTML page: where one is faster or slower, layer by layer or block by block. */
import type { LayerComparison, PairedRow, PairedTimes } from "../../../core/profile/mod.ts";
import { formatCount, formatMilliseconds } from "../../console/format.ts";
import {
  type BarPair,
  formatPage,
  html,
  htmlTable,
  logScatterChart,
  pairedBarChart,
  type Provenance,
  type ScatterPoint,
  type Section,
} from "../../report/mod.ts";
import { averageSlope, MADDS_COLOR, rateLine, shortName, tickText, TIME_COLOR } from "./charts.ts";
import type { Result } from "./result.ts";

/** A is blue and B orange on the whole page. */
const SERIES = [{ name: "A", color: TIME_COLOR }, { name: "B", color: MADDS_COLOR }] as const;

/** The rows that differ most are named in the chart. */
const MAX_NAMES = 12;

/** The page of a comparison, whose sentences and columns are those of `result`. */
export function layerComparisonPage(
  { rows, total, stopped }: LayerComparison,
  { title, facts, rows: tableRows, columns, notes }: Result<PairedRow>,
  by: "layer" | "block",
  { warnings, provenance }: { readonly warnings: readonly string[]; readonly provenance: Provenance },
): string {
  const [first, second] = total.milliseconds;
  return formatPage({
    title,
    facts: [],
    figures: [
      { name: "A per run", value: formatMilliseconds(first!) },
      { name: "B per run", value: formatMilliseconds(second!) },
      { name: "B / A", value: total.ratio!.median.toFixed(3), note: `99 %: ${intervalText(total)}` },
    ],
    warnings: [
      ...warnings,
      ...(stopped ? ["stopped before all rounds were done: the times are of those that were"] : []),
    ],
    sections: [
      barSection(rows, by),
      scatterSection(rows, by),
      {
        title: "Table",
        note: html`${facts.map((fact) => html`<span>${fact}. </span>`)}`,
        body: html`<div class="scroll">${htmlTable(tableRows, columns)}</div>${
          notes.map((note) => html`<p class="note">${note}</p>`)
        }`,
      },
    ],
    provenance,
  });
}

function barSection(rows: readonly PairedRow[], by: string): Section {
  const pairs = rows.map((row): BarPair => {
    const { name, operator, milliseconds: [first, second] } = row;
    const times = `${timeText(first)} → ${timeText(second)} ms`;
    return {
      label: shortName(name),
      values: [first ?? null, second ?? null],
      text: row.ratio ? ratioText(row) : "",
      hint: `${name}${by === "layer" ? `, ${operator}` : ""}: ${times}, ${verdictText(row)}`,
    };
  });
  return {
    title: "Side by side",
    note:
      "Milliseconds of A, then of B; behind them B / A and the interval that holds it with 99 % confidence.",
    body: pairedBarChart(pairs, {
      title: `Milliseconds of each ${by} of both networks`,
      series: SERIES,
      format: (value) => String(Number(value.toPrecision(2))),
    }),
  };
}

function scatterSection(rows: readonly PairedRow[], by: string): Section {
  const change = ({ milliseconds: [first = 0, second = 0] }: PairedRow) => Math.abs(second - first);
  const differing = rows.filter(({ verdict }) => verdict !== "no difference");
  const named = new Set(differing.toSorted((a, b) => change(b) - change(a)).slice(0, MAX_NAMES));
  const points = rows.flatMap((row) =>
    ([0, 1] as const).flatMap((side): ScatterPoint[] => {
      const [x, y] = [row.madds[side] ?? 0, row.milliseconds[side] ?? 0];
      if (x <= 0 || y <= 0) return [];
      // One name for both dots.
      const isNamed = named.has(row) && (side === 1 || row.milliseconds[1] === undefined);
      return [{
        x,
        y,
        series: side,
        label: isNamed ? shortName(row.name) : undefined,
        hint: `${SERIES[side].name}, ${row.name}: ${formatCount(x)} MAdds in ${timeText(y)} ms, ${
          verdictText(row)
        }`,
      }];
    })
  );
  const body = points.length === 0 ? html`<p class="note">No ${by} has MAdds.</p>` : logScatterChart(points, {
    title: `MAdds against milliseconds of each ${by} of both networks`,
    xTitle: "MAdds",
    yTitle: "milliseconds",
    xFormat: formatCount,
    yFormat: tickText,
    series: SERIES,
    line: rateLine(averageSlope(points)),
  });
  return {
    title: "MAdds against time",
    note:
      `Up to ${MAX_NAMES} that differ most are named, at the dot of B. What has no MAdds is not in the chart.`,
    body,
  };
}

function timeText(milliseconds: number | undefined): string {
  return milliseconds === undefined ? "none" : milliseconds.toFixed(3);
}

function ratioText(times: PairedTimes): string {
  return `${times.ratio!.median.toFixed(2)} (${intervalText(times)})`;
}

function intervalText({ ratio }: PairedTimes): string {
  return `${ratio!.low.toFixed(2)}–${ratio!.high.toFixed(2)}`;
}

function verdictText({ verdict, ratio, ...row }: PairedTimes): string {
  const beside = ratio ? `, B / A ${ratioText({ verdict, ratio, ...row })}` : "";
  if (verdict === "slower" || verdict === "faster") return `B is ${verdict}${beside}`;
  return (verdict === "no difference" ? verdict : `${verdict === "only first" ? "only A" : "only B"}`) +
    beside;
}
