/** Several networks as an HTML page: a comparison, a table of the paper, or an effect. */
import { subjectRate, type TimedSubject } from "../../../core/profile/mod.ts";
import { formatCount, formatMilliseconds } from "../../console/format.ts";
import {
  type BarPair,
  formatPage,
  html,
  htmlTable,
  logScatterChart,
  type Provenance,
  type ScatterPoint,
  type Section,
} from "../../report/mod.ts";
import { averageSlope, rateLine, tickText, TIME_COLOR, timeAndMaddsChart } from "./charts.ts";
import type { Result } from "./result.ts";

/** Times that were measured elsewhere, to be shown beside ours. */
export interface OtherTimes<Row> {
  /** For example `Pixel 1`. */
  readonly name: string;
  readonly milliseconds: (row: Row) => number | undefined;
}

/** What differs between the pages. */
export interface ComparisonPageOptions<Row> {
  readonly name: (row: Row) => string;
  readonly others?: readonly OtherTimes<Row>[];
  readonly provenance: Provenance;
}

/** The page of a result whose rows are networks. */
export function comparisonPage<Row extends TimedSubject>(
  { title, facts, rows, columns, notes }: Result<Row>,
  { name, others = [], provenance }: ComparisonPageOptions<Row>,
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
    provenance,
  });
}

/** Time and MAdds of each network as parts of the largest. */
function barSection<Row extends TimedSubject>(rows: readonly Row[], name: (row: Row) => string): Section {
  const maxMilliseconds = Math.max(...rows.map(({ time }) => time?.milliseconds ?? 0));
  const maxMadds = Math.max(1, ...rows.map(({ subject }) => subject.costs.madds));
  const pairs = rows.map((row): BarPair => {
    const { madds } = row.subject.costs;
    const milliseconds = row.time?.milliseconds;
    const texts = [
      ...(milliseconds === undefined ? [] : [formatMilliseconds(milliseconds)]),
      `${formatCount(madds)} MAdds`,
    ];
    return {
      label: name(row),
      values: [milliseconds === undefined ? null : milliseconds / maxMilliseconds, madds / maxMadds],
      text: texts.join(" · "),
    };
  });
  return {
    title: "Side by side",
    note: "As parts of the longest time and of the most MAdds.",
    body: timeAndMaddsChart(pairs, "Time and MAdds of each network", (value) => value.toFixed(1)),
  };
}

function maddsSection<Row extends TimedSubject>(rows: readonly Row[], name: (row: Row) => string): Section {
  const known = rows.filter(({ subject }) => subject.costs.madds > 0);
  const points = known.map((row): ScatterPoint => ({
    x: row.subject.costs.madds,
    y: row.time!.milliseconds,
    series: 0,
    label: name(row),
    hint: `${name(row)}: ${formatCount(row.subject.costs.madds)} MAdds in ${
      formatMilliseconds(row.time!.milliseconds)
    }, ${subjectRate(row)?.toFixed(1)} GMAdds/s`,
  }));
  return {
    title: "MAdds against time",
    body: logScatterChart(points, {
      title: "MAdds against milliseconds of each network",
      xTitle: "MAdds",
      yTitle: "milliseconds here",
      xFormat: formatCount,
      yFormat: tickText,
      series: [{ name: "networks", color: TIME_COLOR }],
      line: rateLine(averageSlope(points)),
    }),
  };
}

function otherSection<Row extends TimedSubject>(
  rows: readonly Row[],
  name: (row: Row) => string,
  other: OtherTimes<Row>,
): Section {
  const points = rows.flatMap((row): ScatterPoint[] => {
    const milliseconds = other.milliseconds(row);
    if (milliseconds === undefined) return [];
    const here = formatMilliseconds(row.time!.milliseconds);
    return [{
      x: milliseconds,
      y: row.time!.milliseconds,
      series: 0,
      label: name(row),
      hint: `${name(row)}: ${formatMilliseconds(milliseconds)} on ${other.name}, ${here} here`,
    }];
  });
  const slope = averageSlope(points);
  return {
    title: `${other.name} against this machine`,
    body: logScatterChart(points, {
      title: `Milliseconds of each network on ${other.name} and here`,
      xTitle: `milliseconds on ${other.name}`,
      yTitle: "milliseconds here",
      xFormat: tickText,
      yFormat: tickText,
      series: [{ name: "networks", color: TIME_COLOR }],
      line: { slope, text: `${(1 / slope).toFixed(1)} times as fast here, their average` },
    }),
  };
}
