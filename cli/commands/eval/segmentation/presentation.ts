/**
 * How an evaluation of any folder of label images is shown.
 *
 * @module
 */
import { modelError } from "../../../../core/errors.ts";
import {
  type ClassList,
  type ClassRow,
  classRows,
  hiddenClasses,
  type IdMap,
  parseClassList,
  SegmentationMetric,
  type SegmentationResult,
} from "../../../../datasets/segmentation/mod.ts";
import { formatPercent } from "../../../console/format.ts";
import { fittedTable } from "../../../console/fit_columns.ts";
import { type Column } from "../../../console/table.ts";
import { type Identity, isIdentity } from "../saved_state.ts";
import type { Benchmark, Presentation, TableStyle } from "../benchmark.ts";
import { classFit, classMetric, DETAIL_COLUMNS, formatScore, metricTable } from "../score_tables.ts";
import { isOrigin, originFacts, type PredictionOrigin } from "../origin.ts";
import { formatPixelReport } from "../pixels/pixel_report.ts";

/** What must be the same in evaluations that are merged. */
export interface SegmentationSettings extends Identity {
  readonly list: ClassList;
  readonly origin: PredictionOrigin;
  readonly limit: number | null;
  /** In pixels; `null` where boundaries are not scored. */
  readonly boundary: number | null;
  /** Classes of the data set that the model does not know. */
  readonly leftOut: readonly string[];
  /** What the user has pixel values changed to, as entries in order; `null` for nothing. */
  readonly maps: { readonly truth: PlainMap | null; readonly predictions: PlainMap | null };
}

/** An {@linkcode IdMap} as plain data. */
type PlainMap = readonly (readonly [from: number, to: number])[];

/** What of a class list decides whether evaluations can be merged. */
export function scoredList({ classes, ignore }: ClassList): ClassList {
  return { classes, ignore };
}

/** The same for every way of writing a map. */
export function plainMap(map: IdMap | undefined): PlainMap | null {
  return map === undefined ? null : [...map].sort(([a], [b]) => a - b);
}

/** A row of the table of classes; the last is the mean. */
interface ScoreRow {
  readonly name: string;
  readonly iou: number | null;
  readonly boundary: number | null;
  /** `null` for the mean. */
  readonly details: ClassRow | null;
}

const MEAN = "mean";

/** `bneck eval segmentation`, for {@linkcode BENCHMARKS}. */
export const benchmark: Benchmark<SegmentationMetric, SegmentationSettings> = {
  name: "segmentation",
  restore({ settings, state }, where) {
    if (!isSettings(settings)) throw modelError(`cannot read ${where}: its settings are damaged`);
    const list = parseClassList(settings.list, where);
    if (list.classes.length !== settings.list.classes.length) {
      throw modelError(`cannot read ${where}: its classes are also ignored`);
    }
    const options = { list, boundaryTolerance: settings.boundary ?? undefined };
    return { metric: SegmentationMetric.fromJSON(options, state, where), settings };
  },
  present: presentSegmentation,
};

function isSettings(value: unknown): value is SegmentationSettings {
  const { list, origin, limit, boundary, leftOut, maps } = (value ?? {}) as Partial<SegmentationSettings>;
  return Array.isArray(list?.classes) && Array.isArray(list.ignore) &&
    isOrigin(origin) && (limit === null || typeof limit === "number") &&
    (boundary === null || typeof boundary === "number") && Array.isArray(leftOut) &&
    leftOut.every((name) => typeof name === "string") &&
    typeof maps === "object" && maps !== null && isIdentity(value);
}

function presentSegmentation(metric: SegmentationMetric, settings: SegmentationSettings): Presentation {
  const result = metric.result();
  const notes = notesOf(result, settings);
  return {
    metrics: () => ({
      ...mainMetrics(result),
      ...Object.fromEntries(result.classes.map(({ name, iou }) => [classMetric(name), iou])),
    }),
    json: () => jsonOf(result, settings),
    table: (style) => formatTables(metric, result, settings, style),
    scope: () => scopeOf(settings),
    notes: () => notes,
    report: (tiles, provenance) => {
      const { origin, limit, boundary } = settings;
      return formatPixelReport({
        title: "Segmentation",
        facts: [
          ...originFacts(origin, result.images, limit),
          ...(boundary === null ? [] : [["boundary tolerance", `${boundary} px`] as const]),
        ],
        figures: Object.entries(mainMetrics(result))
          .map(([name, value]) => ({ name: METRIC_NAMES[name], value: formatScore(value) })),
        warnings: notes,
        pixels: metric.scoredPixels(),
        columns: result.boundary === null ? [] : [{
          title: "boundary F",
          value: ({ name }) =>
            result.boundary!.classes[result.classes.findIndex((row) => row.name === name)].f,
          format: formatScore,
        }],
        tiles,
        provenance,
      });
    },
  };
}

/** `1 of 11 classes` where the model does not know all classes of the data set. */
function scopeOf({ list, leftOut }: SegmentationSettings): string | undefined {
  const { length } = list.classes;
  return leftOut.length === 0 ? undefined : `${length} of ${length + leftOut.length} classes`;
}

function notesOf(result: SegmentationResult, settings: SegmentationSettings): string[] {
  const { list, leftOut } = settings;
  const notes: string[] = [];
  if (leftOut.length > 0) {
    notes.push(
      `the scores are over ${scopeOf(settings)}: the model does not know ${leftOut.join(", ")}, whose ` +
        "pixels are left out",
    );
  }
  for (const { name, ignoredShare } of hiddenClasses(result.confusionMatrix.flat(), list.classes)) {
    notes.push(
      `the ground truth has no pixel of ${name}, and ${
        formatPercent(ignoredShare)
      } of the pixels predicted as it are ` +
        `ignored (${
          list.ignore.join(", ")
        }): if an ignored id stands for ${name}, give it as the id of the class`,
    );
  }
  return notes;
}

function jsonOf(result: SegmentationResult, { origin, leftOut, boundary }: SegmentationSettings): unknown {
  const { images, pixels, ignoredPixels, classes, confusionMatrix } = result;
  return {
    ...origin,
    images,
    ...mainMetrics(result),
    pixels,
    ignoredPixels,
    leftOut,
    boundaryTolerance: boundary,
    classes: classes.map((score, k) =>
      result.boundary === null ? score : { ...score, boundaryF: result.boundary.classes[k].f }
    ),
    confusionMatrix,
  };
}

function formatTables(
  metric: SegmentationMetric,
  result: SegmentationResult,
  settings: SegmentationSettings,
  style: TableStyle,
): string {
  const { format, perClass, colors } = style;
  const { list, leftOut } = settings;
  const scope = scopeOf(settings);
  // A title would not be CSV: there rows say it.
  const isCsv = format === "csv";
  const counts: Record<string, number> = isCsv && scope !== undefined
    ? { scoredClasses: list.classes.length, leftOutClasses: leftOut.length }
    : {};
  const title = isCsv || scope === undefined ? "" : `scores over ${scope}\n\n`;
  const metrics = title + metricTable({ ...mainMetrics(result), ...counts }, { format, colors });
  if (!perClass) return metrics.trimEnd();
  const columns: Column<ScoreRow>[] = [
    { title: "class", value: ({ name }) => name },
    { title: "IoU", value: ({ iou }) => iou, format: formatScore },
    ...(result.boundary === null
      ? []
      : [{ title: "boundary F", value: ({ boundary }: ScoreRow) => boundary, format: formatScore }]),
    ...DETAIL_COLUMNS.map((column): Column<ScoreRow> => ({
      ...column,
      value: ({ details }) => details && column.value(details),
    })),
  ];
  const options = { colors, ruleAbove: ({ details }: ScoreRow) => details === null, fit: classFit(style) };
  const classTable = fittedTable(classRowsOf(metric, result, scope), columns, format, options);
  return (format === "csv" ? classTable : `${classTable}\n${metrics}`).trimEnd();
}

function classRowsOf(
  metric: SegmentationMetric,
  { boundary, meanIou }: SegmentationResult,
  scope: string | undefined,
): ScoreRow[] {
  const name = scope === undefined ? MEAN : `${MEAN} over ${scope}`;
  const rows = classRows(metric.scoredPixels()).map((details, k): ScoreRow => ({
    name: details.name,
    iou: details.iou,
    boundary: boundary && boundary.classes[k].f,
    details,
  }));
  return [...rows, { name, iou: meanIou, boundary: boundary && boundary.meanF, details: null }];
}

/** The metrics as a report calls them. */
const METRIC_NAMES: Readonly<Record<string, string>> = {
  mIoU: "mean IoU",
  pixelAccuracy: "pixel accuracy",
  meanAccuracy: "mean accuracy",
  fwIoU: "frequency-weighted IoU",
  boundaryF: "boundary F-score",
};

function mainMetrics(result: SegmentationResult): Record<string, number | null> {
  const { meanIou, pixelAccuracy, meanAccuracy, frequencyWeightedIou, boundary } = result;
  return {
    mIoU: meanIou,
    pixelAccuracy,
    meanAccuracy,
    fwIoU: frequencyWeightedIou,
    ...(boundary === null ? {} : { boundaryF: boundary.meanF }),
  };
}
