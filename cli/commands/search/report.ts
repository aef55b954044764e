/** A search as an HTML page: the front, the table, and how well the stand-in ranks. */
import type { Color } from "../../../core/images/mod.ts";
import type { ScoredPaperNetwork, SearchResult, SearchRow } from "../../../models/search/mod.ts";
import type { Column } from "../../console/table.ts";
import {
  formatPage,
  html,
  htmlTable,
  scatterChart,
  type ScatterPoint,
  type ScatterSeries,
  type Section,
} from "../../report/mod.ts";
import type { Surroundings } from "../../../core/profile/mod.ts";
import { numberColumn, type Result } from "../profile/result.ts";
import { correlationTexts, SCORE_TITLES } from "./result.ts";

const BLUE: Color = [37, 99, 168];
const GREEN: Color = [34, 139, 87];
const ORANGE: Color = [208, 116, 0];
const GREY: Color = [128, 138, 150];

/** The page of a search. */
export function searchPage(
  result: SearchResult,
  { title, facts, notes, rows, columns }: Result<SearchRow>,
  where: Surroundings,
): string {
  const { settings, judged, best, stopped, error, table } = result;
  const [found] = rows;
  return formatPage({
    title,
    facts: [
      ...facts.map((fact, index) => [index === 0 ? "search" : "stand-in", fact] as const),
      ["machine", where.processor],
      ["latency table", `${table.sessions.length} networks measured`],
    ],
    figures: [
      { name: "predicted", value: `${found.predicted.toFixed(2)} ms` },
      ...(found.measured === undefined
        ? []
        : [{ name: "measured", value: `${found.measured.toFixed(2)} ms` }]),
      { name: "candidates judged", value: String(judged.length) },
      ...(error === undefined ? [] : [{
        name: "predicted against measured",
        value: `${(100 * error).toFixed(1)} %`,
        note: "mean error",
      }]),
    ],
    warnings: [
      "Found networks are untrained: nothing here is an accuracy but the column of published ones.",
      ...(stopped === undefined ? [] : [
        `${
          stopped === "time" ? "The time was up" : "It was interrupted"
        } after ${judged.length} of ${settings.evaluations} candidates.`,
      ]),
    ],
    sections: [
      frontSection(result),
      {
        title: "Networks",
        body: [
          htmlTable(rows, columns, { total: ({ origin }) => origin === "best" }),
          notes.map((note) => html`<p class="note">${note}</p>`),
        ],
      },
      publishedSection(result),
      blockSection(result),
      correlationSection(result),
    ],
    provenance: { models: [{ name: `${best.name} with random weights` }], data: [] },
  });
}

const ms = (value: number) => `${Number(value.toFixed(2))}`;

/** All candidates, the front, and the references, by what stands in for accuracy. */
function frontSection({ judged, rows, settings }: SearchResult): Section {
  const series: ScatterSeries[] = [
    { name: "candidates", color: GREY, faint: true },
    { name: "front of this search", color: BLUE, joined: true },
    { name: "found", color: ORANGE },
    { name: "published networks, by the same score", color: GREEN },
  ];
  const hint = ({ label, predicted, quality }: SearchRow) =>
    `${label}: ${predicted.toFixed(2)} ms, stand-in ${quality.toFixed(1)}`;
  const points: ScatterPoint[] = [
    ...judged.map(({ milliseconds, quality }) => ({
      x: milliseconds,
      y: quality,
      series: 0,
      hint: `${milliseconds.toFixed(2)} ms, stand-in ${quality.toFixed(1)}`,
    })),
    ...rows.filter(({ origin }) => origin !== "reference").toSorted((a, b) => a.predicted - b.predicted)
      .map((row) => ({ x: row.predicted, y: row.quality, series: 1, hint: hint(row) })),
    ...rows.filter(({ origin }) => origin === "best")
      .map((row) => ({ x: row.predicted, y: row.quality, series: 2, label: row.label, hint: hint(row) })),
    ...rows.filter(({ origin }) => origin === "reference")
      .map((row) => ({ x: row.predicted, y: row.quality, series: 3, label: row.label, hint: hint(row) })),
  ];
  return {
    title: "Front",
    note:
      "Predicted latency against what stands in for accuracy. Green points are judged by the same score, not by " +
      "their published accuracy.",
    body: scatterChart(points, {
      title: "Predicted latency and stand-in of all candidates and of published networks",
      xTitle: "ms, predicted",
      yTitle: "stand-in, %",
      xFormat: ms,
      yFormat: String,
      series,
      mark: { x: settings.target, text: `target, ${settings.target} ms` },
    }),
  };
}

/** What is known: published accuracy against the latency here. */
function publishedSection({ rows, settings }: SearchResult): Section {
  const published = rows.filter((row) => row.published !== undefined);
  const time = ({ measured, predicted }: SearchRow) => measured ?? predicted;
  const body = published.length === 0
    ? html`<p>No accuracy is published for ${settings.size.join("×")}.</p>`
    : scatterChart(
      published.map((row) => ({
        x: time(row),
        y: row.published!,
        series: 0,
        label: row.label,
        hint: `${row.label}: ${time(row).toFixed(2)} ms, ${row.published!.toFixed(1)} % top-1`,
      })),
      {
        title: "Latency here and published accuracy",
        xTitle: published.every(({ measured }) => measured !== undefined)
          ? "ms, measured here"
          : "ms, predicted",
        yTitle: "published top-1, %",
        xFormat: ms,
        yFormat: String,
        series: [{ name: "published networks", color: GREEN }],
        mark: { x: settings.target, text: `target, ${settings.target} ms` },
      },
    );
  return {
    title: "Published networks on this CPU",
    note: "Real accuracy, as published. A found network belongs here only once it has been trained.",
    body,
  };
}

/** The found network as a table, as the papers print theirs. */
function blockSection({ best: { backbone } }: SearchResult): Section {
  const column = numberColumn<typeof backbone.blocks[number] & { readonly place: number }>;
  const rows = backbone.blocks.map((block, index) => ({ ...block, place: index + 1 }));
  return {
    title: "The found network",
    note: `Stem ${backbone.stem.channels}, last convolution ${backbone.head?.channels ?? "none"}.`,
    body: htmlTable(rows, [
      column("block", ({ place }) => String(place)),
      column("kernel", ({ kernel }) => String(kernel)),
      column("expanded", ({ expanded }) => String(expanded)),
      column("out", ({ channels }) => String(channels)),
      column("squeeze", ({ squeeze }) => squeeze?.toString()),
      { title: "nonlinearity", value: ({ activation }) => activation },
      column("stride", ({ stride }) => String(stride)),
    ]),
  };
}

/** How far estimates of published networks are from what is published. */
function correlationSection({ standIn }: SearchResult): Section {
  const rows = standIn.networks.map((network) => ({
    ...network,
    estimate: standIn.estimate(network.scores),
  }));
  type Row = ScoredPaperNetwork & { readonly estimate: number };
  const number = numberColumn<Row>;
  const columns: Column<Row>[] = [
    { title: "network", value: ({ label }) => label },
    number("size", ({ size }) => size.join("×")),
    number("published top-1", ({ accuracy }) => accuracy.toFixed(1)),
    number("stand-in", ({ estimate }) => estimate.toFixed(1)),
    number(SCORE_TITLES.naswot, ({ scores }) => scores.naswot.toFixed(1)),
    number(SCORE_TITLES.zen, ({ scores }) => scores.zen.toFixed(1)),
    number("log₁₀ MAdds", ({ scores }) => scores.madds.toFixed(2)),
  ];
  const low = Math.min(...rows.map(({ accuracy }) => accuracy));
  const high = Math.max(...rows.map(({ accuracy }) => accuracy));
  const points: ScatterPoint[] = [
    ...rows.map(({ label, accuracy, estimate }) => ({
      x: accuracy,
      y: estimate,
      series: 0,
      label,
      hint: `${label}: published ${accuracy.toFixed(1)}, stand-in ${estimate.toFixed(1)}`,
    })),
    ...[low, high].map((value) => ({ x: value, y: value, series: 1, hint: "equal" })),
  ];
  return {
    title: "How far to trust the stand-in",
    note: correlationTexts(standIn).join(" "),
    body: [
      scatterChart(points, {
        title: "Published accuracy and stand-in of the paper's networks",
        xTitle: "published top-1, %",
        yTitle: "stand-in, %",
        xFormat: String,
        yFormat: String,
        series: [{ name: "networks of tables 3 and 9", color: GREEN }, {
          name: "equal",
          color: GREY,
          faint: true,
          joined: true,
        }],
      }),
      htmlTable(rows.toSorted((left, right) => right.accuracy - left.accuracy), columns),
    ],
  };
}
