import { modelError } from "../../../../core/errors.ts";
import { classColor, type Color } from "../../../../core/images/mod.ts";
import {
  type ClassList,
  type IdMap,
  SegmentationEvaluation,
  type SegmentationOptions,
  type SegmentationResult,
} from "../../../../datasets/segmentation/mod.ts";
import { type Column, formatTable } from "../../../console/table.ts";
import type { Tile } from "../../../report/mod.ts";
import {
  classMetric,
  type ClassRow,
  classRows,
  DETAIL_COLUMNS,
  formatScore,
  type ScoredPixels,
} from "../pixels/class_table.ts";
import { formatPixelReport } from "../pixels/pixel_report.ts";
import type { PredictionOrigin } from "../pixels/segmenting_model.ts";
import type { SavedState } from "../saved_state.ts";
import type { Scored, TableStyle } from "../scored.ts";

/** What must be alike in evaluations that are merged. */
export interface SegmentationSettings {
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
export type PlainMap = readonly (readonly [from: number, to: number])[];

/** The same for every way of writing a map. */
export function plainMap(map: IdMap | undefined): PlainMap | null {
  return map === undefined ? null : [...map].sort(([a], [b]) => a - b);
}

/** How pixel values are read; it plays no part once they are counted. */
export interface ValueMaps {
  readonly truthMap?: IdMap;
  readonly predictionMap?: IdMap;
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

/** An evaluation of a folder pair. */
export class SegmentationScored implements Scored {
  readonly benchmark = "segmentation";
  readonly options: SegmentationOptions;
  readonly evaluation: SegmentationEvaluation;

  /** @throws {BneckError} The maps or the tolerance cannot be used. */
  constructor(readonly settings: SegmentationSettings, maps: ValueMaps = {}) {
    const { list, boundary } = settings;
    this.options = { list, ...maps, boundaryTolerance: boundary ?? undefined };
    this.evaluation = new SegmentationEvaluation(this.options);
  }

  get images(): number {
    return this.evaluation.result().images;
  }

  metrics(): Record<string, number | null> {
    const result = this.evaluation.result();
    const classes = result.classes.map(({ name, iou }) => [classMetric(name), iou] as const);
    return { ...mainMetrics(result), ...Object.fromEntries(classes) };
  }

  json(): unknown {
    const { origin, leftOut } = this.settings;
    const result = this.evaluation.result();
    const { images, pixels, ignoredPixels, classes, confusionMatrix, boundary } = result;
    return {
      ...origin,
      images,
      ...mainMetrics(result),
      pixels,
      ignoredPixels,
      leftOut,
      boundaryTolerance: this.settings.boundary,
      classes: classes.map((score, k) =>
        boundary === null ? score : { ...score, boundaryF: boundary.classes[k].f }
      ),
      confusionMatrix,
    };
  }

  table({ format, perClass, colors }: TableStyle): string {
    const result = this.evaluation.result();
    const metrics = Object.entries(mainMetrics(result));
    const metricTable = formatTable(
      metrics,
      [
        { title: "metric", value: ([name]) => name },
        { title: "score", value: ([, score]) => score, format: formatScore },
      ],
      format,
      { colors },
    );
    if (!perClass) return metricTable.trimEnd();
    const classTable = formatTable(this.#rows(result), this.#columns(), format, {
      colors,
      ruleAbove: ({ name }) => name === MEAN,
    });
    return (format === "csv" ? classTable : `${classTable}\n${metricTable}`).trimEnd();
  }

  notes(): string[] {
    const { list, leftOut } = this.settings;
    if (leftOut.length === 0) return [];
    return [
      `the scores are over ${list.classes.length} of ${
        list.classes.length + leftOut.length
      } classes: the model does ` +
      `not know ${leftOut.join(", ")}, whose pixels are left out`,
    ];
  }

  report(tiles: readonly Tile[]): string {
    const { origin, limit, boundary } = this.settings;
    const result = this.evaluation.result();
    return formatPixelReport({
      title: "Segmentation",
      facts: [
        ["predictions", origin.model ?? "files"],
        ...(origin.size === null ? [] : [["size", origin.size] as const]),
        ["images", limit === null ? String(result.images) : `${result.images} of the first ${limit}`],
        ...(boundary === null ? [] : [["boundary tolerance", `${boundary} px`] as const]),
      ],
      figures: Object.entries(mainMetrics(result)).map(([name, value]) => ({
        name: METRIC_NAMES[name],
        value: formatScore(value),
      })),
      warnings: this.notes(),
      pixels: this.#pixels(result),
      columns: result.boundary === null ? [] : [{
        title: "boundary F",
        value: ({ name }) => result.boundary!.classes[result.classes.findIndex((row) => row.name === name)].f,
        format: formatScore,
      }],
      tiles,
    });
  }

  merge(other: SegmentationScored): void {
    this.evaluation.merge(other.evaluation);
  }

  state(): unknown {
    return this.evaluation.toJSON();
  }

  #columns(): Column<ScoreRow>[] {
    return [
      { title: "class", value: ({ name }) => name },
      { title: "IoU", value: ({ iou }) => iou, format: formatScore },
      ...(this.settings.boundary === null
        ? []
        : [{ title: "boundary F", value: ({ boundary }: ScoreRow) => boundary, format: formatScore }]),
      ...DETAIL_COLUMNS.map((column): Column<ScoreRow> => ({
        ...column,
        value: ({ details }) => details && column.value(details),
      })),
    ];
  }

  #rows(result: SegmentationResult): ScoreRow[] {
    const { boundary } = result;
    const rows = classRows(this.#pixels(result)).map((details, k): ScoreRow => ({
      name: details.name,
      iou: details.iou,
      boundary: boundary && boundary.classes[k].f,
      details,
    }));
    return [...rows, {
      name: MEAN,
      iou: result.meanIou,
      boundary: boundary && boundary.meanF,
      details: null,
    }];
  }

  #pixels({ confusionMatrix }: SegmentationResult): ScoredPixels {
    const { classes } = this.settings.list;
    return {
      names: classes.map(({ name }) => name),
      colors: scoredColors(this.settings.list),
      matrix: confusionMatrix.slice(0, -1),
    };
  }
}

/** The colours of the classes in reports: their own, and one for each that has none. */
export function scoredColors({ classes }: ClassList): Color[] {
  return classes.map(({ color, id }) => color ?? classColor(id + 1));
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

/**
 * The evaluation in a saved state; `where` names the file in errors.
 *
 * @throws {BneckError} It holds something else.
 */
export function restoreSegmentation({ settings, state }: SavedState, where: string): SegmentationScored {
  if (!isSettings(settings)) throw modelError(`cannot read ${where}: its settings are damaged`);
  const scored = new SegmentationScored(settings);
  scored.evaluation.merge(SegmentationEvaluation.fromJSON(scored.options, state, where));
  return scored;
}

function isSettings(value: unknown): value is SegmentationSettings {
  const { list, origin, limit, boundary, leftOut, maps } = (value ?? {}) as Partial<SegmentationSettings>;
  return Array.isArray(list?.classes) && Array.isArray(list.ignore) &&
    list.classes.every((entry) => Number.isInteger(entry?.id) && typeof entry.name === "string") &&
    typeof origin === "object" && origin !== null && (limit === null || typeof limit === "number") &&
    (boundary === null || typeof boundary === "number") && Array.isArray(leftOut) &&
    typeof maps === "object" && maps !== null;
}
