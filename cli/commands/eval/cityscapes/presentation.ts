/**
 * How a Cityscapes evaluation is shown.
 *
 * @module
 */
import { inputError } from "../../../../core/errors.ts";
import {
  CITYSCAPES_CATEGORIES,
  CityscapesMetric,
  EVALUATED_LABELS,
  INSTANCE_CLASSES,
} from "../../../../datasets/cityscapes/mod.ts";
import { type ClassRow, classRows } from "../../../../datasets/segmentation/mod.ts";
import { formatPercent } from "../../../console/format.ts";
import { fittedTable } from "../../../console/fit_columns.ts";
import { type Column, formatTable } from "../../../console/table.ts";
import { barChart, htmlTable, type Section } from "../../../report/mod.ts";
import { type Identity, isIdentity } from "../saved_state.ts";
import type { Benchmark, Presentation, TableStyle } from "../benchmark.ts";
import { classFit, classMetric, DETAIL_COLUMNS, formatScore } from "../score_tables.ts";
import { isOrigin, originFacts, type PredictionOrigin } from "../origin.ts";
import { formatPixelReport } from "../pixels/pixel_report.ts";

/** What must be the same in evaluations that are merged. */
export interface CityscapesSettings extends Identity {
  readonly split: string;
  readonly origin: PredictionOrigin;
  readonly limit: number | null;
  /** The classes that are scored, `null` for all 19. */
  readonly classes: readonly string[] | null;
}

/** The scores of a metric. */
type Result = ReturnType<CityscapesMetric["result"]>;

/** One row of either table. */
interface ScoreRow {
  readonly kind: "class" | "category";
  readonly name: string;
  readonly iou: number | null;
  readonly instanceIou: number | null;
  /** `null` for categories and means. */
  readonly details: ClassRow | null;
}

const MEAN = "mean";

const SCORED_CATEGORIES = CITYSCAPES_CATEGORIES.filter((name) =>
  EVALUATED_LABELS.some(({ category }) => category === name)
);

/** `bneck eval cityscapes`, for {@linkcode BENCHMARKS}. */
export const benchmark: Benchmark<CityscapesMetric, CityscapesSettings> = {
  name: "cityscapes",
  restore({ settings, state }, where) {
    const classes = isSettings(settings) ? settings.classes ?? undefined : undefined;
    const metric = CityscapesMetric.fromJSON(state, where, classes);
    if (!isSettings(settings)) throw inputError(`cannot read ${where}: its settings are damaged`);
    return { metric, settings };
  },
  present: presentCityscapes,
};

function isSettings(value: unknown): value is CityscapesSettings {
  const { split, origin, limit, classes } = (value ?? {}) as Partial<CityscapesSettings>;
  return typeof split === "string" && isOrigin(origin) && (limit === null || typeof limit === "number") &&
    (classes === null || (Array.isArray(classes) && classes.length > 0 && classes.every(isScored))) &&
    isIdentity(value);
}

function isScored(name: unknown): boolean {
  return EVALUATED_LABELS.some((label) => label.name === name);
}

function presentCityscapes(metric: CityscapesMetric, settings: CityscapesSettings): Presentation {
  const result = metric.result();
  const notes = notesOf(metric, result);
  return {
    metrics: () => metricsOf(metric, result),
    // The official layout; of a part of the classes, scores that need the others are null.
    json: () => result,
    table: (style) => formatTables(metric, result, style),
    notes: () => notes,
    report: (tiles, provenance) => {
      const { split, origin, limit } = settings;
      const figures = [
        {
          name: metric.classes === null ? "mIoU" : "mean IoU of the classes scored",
          value: result.averageScoreClasses,
        },
        { name: "iIoU", value: result.averageScoreInstClasses },
        { name: "category IoU", value: result.averageScoreCategories },
        { name: "category iIoU", value: result.averageScoreInstCategories },
      ];
      return formatPixelReport({
        title: `Cityscapes ${split}`,
        facts: originFacts(origin, metric.images, limit),
        figures: figures.filter(({ value }) => value !== null)
          .map(({ name, value }) => ({ name, value: formatScore(value) })),
        warnings: notes,
        pixels: metric.scoredPixels(),
        columns: hasInstances(metric)
          ? [{ title: "iIoU", value: ({ name }) => result.classInstScores[name], format: formatScore }]
          : [],
        more: metric.classes === null ? [categorySection(metric, result)] : [],
        tiles,
        provenance,
      });
    },
  };
}

function metricsOf({ classes }: CityscapesMetric, result: Result): Record<string, number | null> {
  const names = classes ?? EVALUATED_LABELS.map(({ name }) => name);
  const ofClasses = Object.fromEntries(names.map((name) => [classMetric(name), result.classScores[name]]));
  if (classes !== null) return { mIoU: result.averageScoreClasses, ...ofClasses };
  return {
    mIoU: result.averageScoreClasses,
    iIoU: result.averageScoreInstClasses,
    categoryIoU: result.averageScoreCategories,
    categoryiIoU: result.averageScoreInstCategories,
    ...ofClasses,
  };
}

function notesOf(metric: CityscapesMetric, result: Result): string[] {
  const { classes, images } = metric;
  if (images > 0 && result.averageScoreClasses === null) {
    return [
      "there is no score: the ground truth has no pixel of a class that is scored (that of Cityscapes' test split is " +
      "not public)",
    ];
  }
  if (classes === null || !("leftOut" in result)) return noInstances(metric, result);
  const share = result.coverage === null ? "none" : formatPercent(result.coverage);
  return [
    `the mean is over ${classes.length} of the 19 classes, which hold ${share} of their pixels; it is ` +
    `not Cityscapes' mIoU. Left out: ${result.leftOut.join(", ")}`,
  ];
}

/** Where all *_instanceIds.png lack the objects that the ground truth has, iIoU is 0 or empty whatever is predicted. */
function noInstances(metric: CityscapesMetric, { priors }: Result): string[] {
  if (!hasInstances(metric)) return [];
  const statistics = Object.values(metric.instanceStats().classes);
  const pixels = INSTANCE_CLASSES.some((name) => (priors[name] ?? 0) > 0);
  if (!pixels || statistics.some(({ tp, fn }) => tp + fn > 0)) return [];
  return [
    "iIoU is meaningless: the *_instanceIds.png hold no object, though the ground truth has pixels of classes with " +
    "instances; were they made from labelIds?",
  ];
}

function hasInstances({ options, classes }: CityscapesMetric): boolean {
  return options.instances && classes === null;
}

function formatTables(
  metric: CityscapesMetric,
  result: Result,
  style: TableStyle,
): string {
  const { format, perClass, colors } = style;
  const details: Column<ScoreRow>[] = DETAIL_COLUMNS.map((column) => ({
    ...column,
    value: ({ details }) => details && column.value(details),
  }));
  const columns = (kind: string): Column<ScoreRow>[] => [
    { title: kind, value: ({ name }) => name },
    { title: "IoU", value: ({ iou }) => iou, format: formatScore },
    ...(hasInstances(metric)
      ? [{ title: "iIoU", value: ({ instanceIou }: ScoreRow) => instanceIou, format: formatScore }]
      : []),
  ];
  const options = { colors, ruleAbove: ({ name }: ScoreRow) => name === MEAN, fit: classFit(style) };
  const [classes, categories] = [classRowsOf(metric, result), categoryRows(metric, result)];
  const classColumns = [...columns("class"), ...(perClass ? details : [])];
  if (format === "csv") {
    const kind: Column<ScoreRow> = { title: "kind", value: ({ kind }) => kind };
    const [, ...scores] = classColumns;
    const name = { title: "name", value: ({ name }: ScoreRow) => name };
    return formatTable([...classes, ...categories], [kind, name, ...scores], format).trimEnd();
  }
  const tables = [fittedTable(classes, classColumns, format, options)];
  if (categories.length > 0) tables.push(fittedTable(categories, columns("category"), format, options));
  return tables.join("\n").trimEnd();
}

function classRowsOf(metric: CityscapesMetric, result: Result): ScoreRow[] {
  const rows = classRows(metric.scoredPixels()).map((row): ScoreRow => ({
    kind: "class",
    name: row.name,
    iou: result.classScores[row.name],
    instanceIou: result.classInstScores[row.name],
    details: row,
  }));
  const [iou, instanceIou] = [result.averageScoreClasses, result.averageScoreInstClasses];
  return [...rows, { kind: "class", name: MEAN, iou, instanceIou, details: null }];
}

function categoryRows({ classes }: CityscapesMetric, result: Result): ScoreRow[] {
  if (classes !== null) return [];
  const rows = SCORED_CATEGORIES.map((name): ScoreRow => ({
    kind: "category",
    name,
    iou: result.categoryScores[name],
    instanceIou: result.categoryInstScores[name],
    details: null,
  }));
  const [iou, instanceIou] = [result.averageScoreCategories, result.averageScoreInstCategories];
  return [...rows, { kind: "category", name: MEAN, iou, instanceIou, details: null }];
}

function categorySection(metric: CityscapesMetric, result: Result): Section {
  const rows = categoryRows(metric, result).filter(({ name }) => name !== MEAN);
  const bars = rows.map(({ name, iou }) => ({
    label: name,
    value: iou,
    text: iou === null ? "does not occur" : iou.toFixed(3),
  }));
  const columns: Column<ScoreRow>[] = [
    { title: "category", value: ({ name }) => name },
    { title: "IoU", value: ({ iou }) => iou, format: formatScore },
    { title: "iIoU", value: ({ instanceIou }) => instanceIou, format: formatScore },
  ];
  return {
    title: "Categories",
    body: [
      barChart(bars, { title: "Intersection over union of each category" }),
      hasInstances(metric) ? htmlTable(rows, columns) : null,
    ],
  };
}
