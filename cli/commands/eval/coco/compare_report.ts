/** The report of `bneck eval coco --compare`. */
import type { Color } from "../../../../core/images/mod.ts";
import { threeDecimals } from "../../../../datasets/coco/mod.ts";
import { type Column } from "../../../console/table.ts";
import {
  type Fact,
  formatPage,
  htmlTable,
  pairedBarChart,
  type Provenance,
  type SortableColumn,
  sortableTable,
  SORTING,
} from "../../../report/mod.ts";

/** A category in both files. */
export interface ComparedCategory {
  readonly name: string;
  /** Objects of the ground truth. */
  readonly objects: number;
  readonly first: number | null;
  readonly second: number | null;
}

/** What such a report shows. */
export interface CompareReport<Row extends Scored> {
  /** What the two files are called. */
  readonly names: readonly [first: string, second: string];
  readonly facts: readonly Fact[];
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Whether the difference of AP is more than chance, in a sentence. */
  readonly verdict: string;
  readonly categories: readonly ComparedCategory[];
  readonly warnings: readonly string[];
  readonly provenance: Provenance;
}

interface Scored {
  readonly metric: string;
  readonly first: number | null;
  readonly second: number | null;
}

/** Categories that are drawn as bars: those that differ most. */
const MAX_BARS = 20;

const FIRST: Color = [140, 150, 162];
const SECOND: Color = [37, 99, 168];

/** The report as the text of an HTML file. */
export function comparePage<Row extends Scored>(report: CompareReport<Row>): string {
  const { names, facts, rows, columns, verdict, categories, warnings, provenance } = report;
  const ap = rows.find(({ metric }) => metric === "AP");
  const changed = categories.filter((row) => difference(row) !== null)
    .sort((a, b) => Math.abs(difference(b)!) - Math.abs(difference(a)!));
  return formatPage({
    title: `${names[0]} and ${names[1]} on COCO`,
    facts,
    figures: ap
      ? [
        { name: "AP", value: shown(ap.first), note: names[0] },
        { name: "AP", value: shown(ap.second), note: names[1] },
        { name: "difference", value: signed(difference(ap)) },
      ]
      : [],
    warnings,
    sections: [
      { title: "Is one better?", note: verdict, body: htmlTable(rows, columns) },
      { title: "The metrics", body: bars(rows.map((row) => ({ ...row, name: row.metric })), names) },
      {
        title: changed.length > MAX_BARS ? `The ${MAX_BARS} classes that differ most` : "AP of each class",
        body: bars(changed.slice(0, MAX_BARS), names),
      },
      {
        title: "Classes in numbers",
        note: "A click on a title sorts.",
        body: sortableTable(categories, categoryColumns(names)),
      },
    ],
    provenance,
    script: SORTING,
  });
}

type Named = Pick<ComparedCategory, "name" | "first" | "second">;

function bars(rows: readonly Named[], names: readonly [string, string]) {
  return pairedBarChart(
    rows.map((row) => ({
      label: row.name,
      values: [row.first, row.second],
      text: `${shown(row.second)} (${signed(difference(row))})`,
      hint: `${row.name}: ${shown(row.first)} and ${shown(row.second)}`,
    })),
    {
      title: "Both files side by side",
      series: [{ name: names[0], color: FIRST }, { name: names[1], color: SECOND }],
      format: (value) => String(Number(value.toFixed(2))),
    },
  );
}

function categoryColumns(names: readonly [string, string]): SortableColumn<ComparedCategory>[] {
  const number = (
    title: string,
    value: (row: ComparedCategory) => number | null,
    text: (value: number | null) => string,
  ): SortableColumn<ComparedCategory> => ({
    title,
    text: (row) => text(value(row)),
    value: (row) => value(row) ?? undefined,
  });
  return [
    { title: "class", text: ({ name }) => name },
    number("objects", ({ objects }) => objects, String),
    number(`AP, ${names[0]}`, ({ first }) => first, shown),
    number(`AP, ${names[1]}`, ({ second }) => second, shown),
    number("difference", difference, signed),
  ];
}

function difference({ first, second }: Pick<Named, "first" | "second">): number | null {
  return first === null || second === null ? null : second - first;
}

function shown(value: number | null): string {
  return value === null ? "–" : threeDecimals(value);
}

/** `+0.012`, `-0.003`; `0.000` without a sign. */
export function signed(value: number | null): string {
  if (value === null) return "–";
  const text = threeDecimals(Math.abs(value));
  return Number(text) === 0 ? text : `${value > 0 ? "+" : "-"}${text}`;
}
