/**
 * How the evaluation of a classifier is shown.
 *
 * @module
 */
import { modelError } from "../../../../core/errors.ts";
import {
  AccuracyMetric,
  type AccuracyResult,
  BACKGROUND,
  type ClassAccuracy,
  type Confusion,
} from "../../../../datasets/imagenet/mod.ts";
import { plural } from "../../../console/format.ts";
import { fittedTable } from "../../../console/fit_columns.ts";
import { type Column } from "../../../console/table.ts";
import {
  barChart,
  formatPage,
  htmlTable,
  type Provenance,
  type Section,
  type Tile,
  tiles as formatTiles,
} from "../../../report/mod.ts";
import { type Identity, isIdentity } from "../saved_state.ts";
import type { Benchmark, Presentation, TableStyle } from "../benchmark.ts";
import { isOrigin, originFacts, type PredictionOrigin } from "../origin.ts";
import { formatScore, metricTable } from "../score_tables.ts";

/** What must be the same in evaluations that are merged. */
export interface ImagenetSettings extends Identity {
  /** The names of the classes, or only their number. */
  readonly classes: readonly string[] | number;
  readonly origin: PredictionOrigin;
  readonly limit: number | null;
  /** SHA-256 of the file of predictions; absent for a model, and in states of earlier versions. */
  readonly predictions?: string;
}

/** Rows of the tables of mistakes and of the worst classes. */
const MAX_ROWS = 20;

/** `bneck eval imagenet`, for {@linkcode BENCHMARKS}. */
export const benchmark: Benchmark<AccuracyMetric, ImagenetSettings> = {
  name: "imagenet",
  restore({ settings, state }, where) {
    const metric = AccuracyMetric.fromJSON(state, where);
    if (!isSettings(settings, metric.classes)) {
      throw modelError(`cannot read ${where}: its settings are damaged`);
    }
    return { metric, settings };
  },
  present: presentImagenet,
};

function isSettings(value: unknown, count: number): value is ImagenetSettings {
  const { classes, origin, limit, predictions } = (value ?? {}) as Partial<ImagenetSettings>;
  const stated = Array.isArray(classes) ? classes.length : classes;
  const named = !Array.isArray(classes) || classes.every((name) => typeof name === "string");
  return stated === count && named && isOrigin(origin) && (limit === null || typeof limit === "number") &&
    (predictions === undefined || typeof predictions === "string") && isIdentity(value);
}

/** A class by its index, as people call it. */
type ClassNames = (index: number) => string;

/** The names of the classes; those of which only the number is known are called by their index. */
export function classNames({ classes }: ImagenetSettings): ClassNames {
  return (index) => {
    if (index === BACKGROUND) return "none of them";
    return typeof classes === "number" ? String(index) : classes[index];
  };
}

function presentImagenet(metric: AccuracyMetric, settings: ImagenetSettings): Presentation {
  const result = metric.result();
  const nameOf = classNames(settings);
  return {
    metrics: () => metricsOf(result),
    json: () => jsonOf(result, settings, nameOf),
    table: (style) => formatTables(result, nameOf, style),
    notes: () => [],
    report: (tiles, provenance) => formatReport(result, settings, nameOf, tiles, provenance),
  };
}

function metricsOf({ top1, top5 }: AccuracyResult): Record<string, number | null> {
  return { top1, top5 };
}

function jsonOf(
  { images, top1, top5, classes, confusions }: AccuracyResult,
  { origin }: ImagenetSettings,
  nameOf: ClassNames,
): unknown {
  return {
    ...origin,
    images,
    top1,
    top5,
    classes: seen(classes).map((row) => ({ ...row, name: nameOf(row.index) })),
    confusions: confusions.map((row) => ({
      ...row,
      truthName: nameOf(row.truth),
      predictedName: nameOf(row.predicted),
    })),
  };
}

function formatTables(
  result: AccuracyResult,
  nameOf: ClassNames,
  { format, perClass, colors, width }: TableStyle,
): string {
  const metrics = metricTable(metricsOf(result), { format, colors });
  if (!perClass) return metrics.trimEnd();
  const fit = (cut: string) => width === undefined ? undefined : { width, givingWay: [], cut };
  const classes = fittedTable(seen(result.classes), classColumns(nameOf), format, {
    colors,
    fit: fit("name"),
  });
  if (format === "csv") return classes.trimEnd();
  const rows = result.confusions.slice(0, MAX_ROWS);
  const confusions = fittedTable(rows, confusionColumns(nameOf), format, { colors, fit: fit("taken for") });
  return [classes, ...(rows.length > 0 ? [confusions] : []), metrics].join("\n").trimEnd();
}

function formatReport(
  result: AccuracyResult,
  { origin, limit }: ImagenetSettings,
  nameOf: ClassNames,
  tiles: readonly Tile[],
  provenance: Provenance,
): string {
  const sections: Section[] = [worstClasses(result, nameOf)];
  if (result.confusions.length > 0) {
    sections.push({
      title: "Most frequent mistakes",
      body: htmlTable(result.confusions.slice(0, MAX_ROWS), confusionColumns(nameOf)),
    });
  }
  if (tiles.length > 0) {
    sections.push({
      title: "Mistakes",
      note: "Those that were made with the highest scores.",
      body: formatTiles(tiles),
    });
  }
  return formatPage({
    title: "Classification",
    facts: [...originFacts(origin, result.images, limit), ["classes", String(result.classes.length)]],
    figures: [
      { name: "top-1 accuracy", value: formatScore(result.top1) },
      { name: "top-5 accuracy", value: formatScore(result.top5) },
    ],
    sections,
    provenance,
  });
}

function worstClasses({ classes }: AccuracyResult, nameOf: ClassNames): Section {
  const worst = seen(classes).sort((a, b) => a.top1! - b.top1! || b.images - a.images).slice(0, 2 * MAX_ROWS);
  const bars = worst.map(({ index, images, top1 }) => ({
    label: nameOf(index),
    value: top1,
    text: `${Math.round(top1! * images)} of ${plural(images, "image")}`,
  }));
  return {
    title: worst.length < classes.length
      ? "The classes with the lowest top-1 accuracy"
      : "Top-1 accuracy by class",
    body: barChart(bars, { title: "Top-1 accuracy by class" }),
  };
}

function classColumns(nameOf: ClassNames): Column<ClassAccuracy>[] {
  return [
    { title: "class", value: ({ index }) => index },
    { title: "name", value: ({ index }) => nameOf(index) },
    { title: "images", value: ({ images }) => images },
    { title: "top1", value: ({ top1 }) => top1, format: formatScore },
    { title: "top5", value: ({ top5 }) => top5, format: formatScore },
  ];
}

function confusionColumns(nameOf: ClassNames): Column<Confusion>[] {
  return [
    { title: "truth", value: ({ truth }) => nameOf(truth) },
    { title: "taken for", value: ({ predicted }) => nameOf(predicted) },
    { title: "images", value: ({ images }) => images },
  ];
}

function seen(classes: readonly ClassAccuracy[]): ClassAccuracy[] {
  return classes.filter(({ images }) => images > 0);
}
