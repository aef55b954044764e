/** Several networks as an HTML page: a comparison, a table of the paper, or an effect. */
import { formatCount, formatMilliseconds } from "../../console/format.ts";
import {
  type BarPair,
  formatPage,
  html,
  htmlTable,
  logScatterChart,
  pairedBarChart,
  type ScatterPoint,
  type Section,
} from "../../report/mod.ts";
import { VERSION } from "../../version.ts";
import { type ComparedRow, gmaddsPerSecond } from "./comparison.ts";
import { MADDS_COLOR, TIME_COLOR } from "./report_colors.ts";
import type { Result } from "./result.ts";

/** Times that were measured elsewhere, to be set beside ours. */
export interface OtherTimes<Row> {
  /** For example `Pixel 1`. */
  readonly name: string;
  readonly milliseconds: (row: Row) => number | undefined;
}

/** What distinguishes the pages. */
export interface ComparisonPageOptions<Row> {
  readonly name: (row: Row) => string;
  readonly others?: readonly OtherTimes<Row>[];
}

/** The page of a result whose rows are networks. */
export function comparisonPage<Row extends ComparedRow>(
  { title, facts, rows, columns, notes }: Result<Row>,
  { name, others = [] }: ComparisonPageOptions<Row>,
): string {
  const isTimed = rows.every(({ time }) => time);
  const table: Section = {
    title: "Table",
    note: html`${facts.map((fact) => html`<span>${fact}. </span>`)}`,
    body: html`<div class="scroll">${htmlTable(rows, columns)}</div>${
      notes.map((note) => html`<p class="note">${note}</p>`)
    }`,
  };
  return formatPage({
    title,
    facts: [],
    figures: [],
    sections: [
      table,
      barSection(rows, name),
      ...(isTimed
        ? [maddsSection(rows, name), ...others.map((other) => otherSection(rows, name, other))]
        : []),
    ],
    by: `bneck ${VERSION}`,
  });
}

/** Time and MAdds of each network as parts of the largest. */
function barSection<Row extends ComparedRow>(rows: readonly Row[], name: (row: Row) => string): Section {
  const mostTime = Math.max(...rows.map(({ time }) => time?.quietMilliseconds ?? 0));
  const mostMadds = Math.max(1, ...rows.map(({ subject }) => subject.costs.madds));
  const pairs = rows.map((row): BarPair => {
    const { madds } = row.subject.costs;
    const milliseconds = row.time?.quietMilliseconds;
    const texts = [
      ...(milliseconds === undefined ? [] : [formatMilliseconds(milliseconds)]),
      `${formatCount(madds)} MAdds`,
    ];
    return {
      label: name(row),
      values: [milliseconds === undefined ? null : milliseconds / mostTime, madds / mostMadds],
      text: texts.join(" · "),
    };
  });
  return {
    title: "Side by side",
    note: "Parts of the longest time and of the most MAdds.",
    body: pairedBarChart(pairs, {
      title: "Time and MAdds of each network",
      series: [{ name: "time", color: TIME_COLOR }, { name: "MAdds", color: MADDS_COLOR }],
      format: (value) => value.toFixed(1),
    }),
  };
}

function maddsSection<Row extends ComparedRow>(rows: readonly Row[], name: (row: Row) => string): Section {
  const known = rows.filter(({ subject }) => subject.costs.madds > 0);
  const points = known.map((row): ScatterPoint => ({
    x: row.subject.costs.madds,
    y: row.time!.quietMilliseconds,
    series: 0,
    label: name(row),
    hint: `${name(row)}: ${formatCount(row.subject.costs.madds)} MAdds in ${
      formatMilliseconds(row.time!.quietMilliseconds)
    }, ${gmaddsPerSecond(row)?.toFixed(1)} GMAdds/s`,
  }));
  const slope = proportion(points);
  return {
    title: "MAdds against time",
    body: logScatterChart(points, {
      title: "MAdds against milliseconds of each network",
      xTitle: "MAdds",
      yTitle: "milliseconds here",
      xFormat: formatCount,
      yFormat: tick,
      series: [{ name: "networks", color: TIME_COLOR }],
      line: { slope, text: `${(1 / slope / 1e6).toFixed(1)} GMAdds/s, their average` },
    }),
  };
}

function otherSection<Row extends ComparedRow>(
  rows: readonly Row[],
  name: (row: Row) => string,
  other: OtherTimes<Row>,
): Section {
  const points = rows.flatMap((row): ScatterPoint[] => {
    const milliseconds = other.milliseconds(row);
    if (milliseconds === undefined) return [];
    const here = formatMilliseconds(row.time!.quietMilliseconds);
    return [{
      x: milliseconds,
      y: row.time!.quietMilliseconds,
      series: 0,
      label: name(row),
      hint: `${name(row)}: ${formatMilliseconds(milliseconds)} on ${other.name}, ${here} here`,
    }];
  });
  const slope = proportion(points);
  return {
    title: `${other.name} against this machine`,
    body: logScatterChart(points, {
      title: `Milliseconds of each network on ${other.name} and here`,
      xTitle: `milliseconds on ${other.name}`,
      yTitle: "milliseconds here",
      xFormat: tick,
      yFormat: tick,
      series: [{ name: "networks", color: TIME_COLOR }],
      line: { slope, text: `${(1 / slope).toFixed(1)} times as fast here, their average` },
    }),
  };
}

/** The line through the origin that gives all times together. */
function proportion(points: readonly ScatterPoint[]): number {
  const sum = (value: (point: ScatterPoint) => number) =>
    points.reduce((total, point) => total + value(point), 0);
  return sum(({ y }) => y) / sum(({ x }) => x);
}

function tick(value: number): string {
  return String(Number(value.toPrecision(1)));
}
