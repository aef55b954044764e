/**
 * How a COCO evaluation is shown.
 *
 * @module
 */
import { modelError } from "../../../../core/errors.ts";
import { importLater } from "../../../../core/import_later.ts";
import type { DetectionAnalysis } from "../../../../datasets/coco/analysis/analyse_detections.ts";
import { CocoMetric } from "../../../../datasets/coco/coco_metric.ts";
import { type CocoScores, cocoScores, measured } from "../../../../datasets/coco/scores.ts";
import { categoryLabels, spaceless } from "../../../../datasets/coco/categories.ts";
import { statisticNames, type Statistics } from "../../../../datasets/coco/summarize.ts";
import { type Identity, isIdentity } from "../saved_state.ts";
import type { Benchmark, Presentation } from "../benchmark.ts";
import { formatScores } from "./tables.ts";

/** What must be the same in evaluations that are merged, besides the parameters in the state itself. */
export interface CocoSettings extends Identity {
  /** SHA-256 of what the annotations say. */
  readonly annotations: string;
  /** The model that was run, `null` for a results file. */
  readonly model: string | null;
  /** Its `--size`, `null` for the model's own and for a results file. */
  readonly size: string | null;
  /** SHA-256 of the results file; absent for a model, and in states of earlier versions. */
  readonly detections?: string;
}

/** What is known where the evaluation ran, not where it was merged. */
export interface RunDetails {
  /** What the user should know, a sentence each. */
  readonly notes?: readonly string[];
  /** For the report. */
  readonly errors?: {
    /** The names of the files, or of the model. */
    readonly annotations: string;
    readonly detections: string;
    readonly analysis: DetectionAnalysis;
  };
}

/** What a report is made of. */
export interface ReportContent extends RunDetails {
  readonly scores: CocoScores;
  readonly settings: CocoSettings;
}

/** `bneck eval coco`, for {@linkcode BENCHMARKS}. */
export const benchmark: Benchmark<CocoMetric, CocoSettings> = {
  name: "coco",
  restore({ settings, state }, where) {
    const metric = CocoMetric.fromJSON(state, where);
    if (!isSettings(settings)) throw modelError(`cannot read ${where}: its settings are damaged`);
    return { metric, settings };
  },
  present: presentCoco,
};

function isSettings(value: unknown): value is CocoSettings {
  const { annotations, model, size, detections } = (value ?? {}) as Partial<CocoSettings>;
  return typeof annotations === "string" && (model === null || typeof model === "string") &&
    (size === null || typeof size === "string") &&
    (detections === undefined || typeof detections === "string") && isIdentity(value);
}

/** Presents the metric; before anything was added, every score is `null`. */
export function presentCoco(
  metric: CocoMetric,
  settings: CocoSettings,
  details: RunDetails = {},
): Presentation {
  let known: CocoScores | undefined;
  const scores = () => known ??= cocoScores(metric.result());
  return {
    metrics: () => metricsOf(metric, metric.images > 0 ? scores() : undefined),
    json: () => jsonOf(scores(), settings),
    table: (style) => formatScores(scores(), style),
    notes: () => details.notes ?? [],
    async report(tiles, provenance) {
      const { formatCocoReport } = await importLater<typeof import("./report.ts")>(
        import.meta.resolve("./report.ts"),
      );
      return formatCocoReport({ scores: scores(), settings, ...details }, tiles, provenance);
    },
  };
}

function metricsOf(
  { params, categories }: CocoMetric,
  scores: CocoScores | undefined,
): Record<string, number | null> {
  const metrics: Record<string, number | null> = {};
  params.iouThresholds.forEach((iou, t) => metrics[apName(iou)] = measured(scores?.apByIou[t].ap));
  for (const name of statisticNames(params)) metrics[name] = measured(scores?.statistics[name]);
  categoryLabels(categories, spaceless).forEach((label, k) => {
    for (const statistic of ["AP", "AP50"]) {
      metrics[`${statistic}.${label}`] = measured(scores?.classes[k].statistics[statistic]);
    }
  });
  return metrics;
}

function jsonOf(
  { result, statistics, apByIou, classes, objects }: CocoScores,
  { model }: CocoSettings,
): unknown {
  const { iouType, maxDetections, lvis } = result.params;
  const numbers = (statistics: Statistics) =>
    Object.fromEntries(Object.entries(statistics).map(([name, value]) => [name, measured(value)]));
  return {
    model,
    iouType,
    ...lvis && { lvis },
    maxDetections,
    images: result.images,
    objects,
    detections: result.detections,
    metrics: numbers(statistics),
    byIou: apByIou.map(({ iou, ap }) => ({ iou: Number(iou.toFixed(6)), AP: measured(ap) })),
    classes: classes.map(({ category: { id, name }, truths, statistics, best }) => ({
      // JSON's numbers are exact up to 2⁵³ for most that read them.
      id: typeof id === "bigint" ? String(id) : id,
      name,
      objects: truths,
      ...numbers(statistics),
      bestF1: best?.f1 ?? null,
      bestScore: best?.score ?? null,
    })),
  };
}

/** `AP55`; of odd thresholds `AP52.5`. */
function apName(iou: number): string {
  return `AP${Number((100 * iou).toFixed(4))}`;
}
