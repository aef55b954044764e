import { modelError, usageError } from "../../../../core/errors.ts";
import {
  accumulate,
  type CocoParams,
  type Matches,
  matchesFromJson,
  matchesToJson,
  mergeMatches,
  STATISTICS,
  type Statistics,
} from "../../../../datasets/coco/mod.ts";
import type { Tile } from "../../../report/mod.ts";
import type { SavedState } from "../saved_state.ts";
import type { Scored, TableStyle } from "../scored.ts";
import type { CocoAnalysis } from "./analysis.ts";
import { type CocoScores, measured, scoresOf } from "./scores.ts";
import { formatScores } from "./tables.ts";

/** What must be alike in evaluations that are merged, besides the parameters in the state itself. */
export interface CocoSettings {
  /** SHA-256 of what the annotations say. */
  readonly annotations: string;
  /** The model that was run, `null` for a results file. */
  readonly model: string | null;
  /** Its `--size`, `null` for the model's own and for a results file. */
  readonly size: string | null;
}

/** What a report says beyond the scores. */
export interface ReportDetails {
  readonly annotations: string;
  readonly detections: string;
  readonly analysis: CocoAnalysis;
}

/** A COCO evaluation. */
export class CocoScored implements Scored {
  readonly benchmark = "coco";
  /** Known where the evaluation ran, not where it was merged. */
  details: ReportDetails | undefined;
  readonly #notes: string[] = [];
  #parts: Matches[] = [];
  readonly #imageIds = new Set<number>();
  #scores: CocoScores | undefined;

  /** @param classes names of the evaluated classes */
  constructor(
    readonly settings: CocoSettings,
    readonly params: CocoParams,
    readonly classes: readonly string[],
  ) {}

  /**
   * Adds what became of the detections of some images.
   *
   * @throws {BneckError} They were compared in another way, or some of the images were added before.
   */
  add(matches: Matches): void {
    const [first] = this.#parts;
    const key = ({ params, categories, imageCount }: Matches) =>
      JSON.stringify([params, categories, imageCount]);
    if (first !== undefined && key(first) !== key(matches)) {
      throw usageError("it has other thresholds, classes, images or limits");
    }
    for (const id of matches.imageIds) {
      if (this.#imageIds.has(id)) throw usageError(`image ${id} is in another one too`);
    }
    for (const id of matches.imageIds) this.#imageIds.add(id);
    this.#parts.push(matches);
    this.#scores = undefined;
  }

  /** Adds what the user should know. */
  note(...notes: readonly string[]): void {
    this.#notes.push(...notes);
  }

  get images(): number {
    return this.#imageIds.size;
  }

  /** The scores of what was added. */
  get scores(): CocoScores {
    return this.#scores ??= scoresOf(accumulate(this.#matches()));
  }

  /** Before anything was added, every metric is `null`. */
  metrics(): Record<string, number | null> {
    const scores = this.#parts.length > 0 ? this.scores : undefined;
    const metrics: Record<string, number | null> = {};
    this.params.iouThresholds.forEach((iou, t) => metrics[apName(iou)] = measured(scores?.apByIou[t].ap));
    for (const name of STATISTICS) metrics[name] = measured(scores?.statistics[name]);
    this.classes.forEach((name, k) => {
      for (const statistic of ["AP", "AP50"] as const) {
        metrics[`${statistic}.${spaceless(name)}`] = measured(scores?.classes[k].statistics[statistic]);
      }
    });
    return metrics;
  }

  json(): unknown {
    const { result, statistics, apByIou, classes, objects } = this.scores;
    const { iouType, maxDetections } = result.params;
    const numbers = (statistics: Statistics) =>
      Object.fromEntries(STATISTICS.map((name) => [name, measured(statistics[name])]));
    return {
      model: this.settings.model,
      iouType,
      maxDetections,
      images: this.images,
      objects,
      detections: result.detections,
      metrics: numbers(statistics),
      byIou: apByIou.map(({ iou, ap }) => ({ iou: Number(iou.toFixed(6)), AP: measured(ap) })),
      classes: classes.map(({ category: { id, name }, truths, statistics, best }) => ({
        id,
        name,
        objects: truths,
        ...numbers(statistics),
        bestF1: best?.f1 ?? null,
        bestScore: best?.score ?? null,
      })),
    };
  }

  table(style: TableStyle): string {
    return formatScores(this.scores, style);
  }

  notes(): readonly string[] {
    return this.#notes;
  }

  async report(tiles: readonly Tile[]): Promise<string> {
    const { formatCocoReport } = await import("./report.ts");
    return formatCocoReport(this, tiles);
  }

  merge(other: CocoScored): void {
    for (const part of other.#parts) this.add(part);
  }

  state(): unknown {
    return matchesToJson(this.#matches());
  }

  #matches(): Matches {
    if (this.#parts.length > 1) this.#parts = [mergeMatches(this.#parts)];
    return this.#parts[0];
  }
}

/** `AP55`; of odd thresholds `AP52.5`. */
function apName(iou: number): string {
  return `AP${Number((100 * iou).toFixed(4))}`;
}

/** A class's name as `--min` can be given it. */
function spaceless(name: string): string {
  return name.trim().replace(/[\s=,]+/g, "_");
}

/**
 * The evaluation in a saved state; `where` names the file in errors.
 *
 * @throws {BneckError} It holds something else.
 */
export function restoreCoco({ settings, state }: SavedState, where: string): CocoScored {
  const matches = matchesFromJson(state, where);
  if (!isSettings(settings)) throw modelError(`cannot read ${where}: its settings are damaged`);
  const scored = new CocoScored(settings, matches.params, matches.categories.map(({ name }) => name));
  scored.add(matches);
  return scored;
}

function isSettings(value: unknown): value is CocoSettings {
  const { annotations, model, size } = (value ?? {}) as Partial<CocoSettings>;
  return typeof annotations === "string" && (model === null || typeof model === "string") &&
    (size === null || typeof size === "string");
}
