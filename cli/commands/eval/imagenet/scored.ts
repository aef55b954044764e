import { modelError } from "../../../../core/errors.ts";
import {
  AccuracyEvaluation,
  type AccuracyResult,
  BACKGROUND,
  type ClassAccuracy,
  type Confusion,
} from "../../../../datasets/imagenet/mod.ts";
import { plural } from "../../../console/format.ts";
import { type Column, formatTable } from "../../../console/table.ts";
import {
  barChart,
  formatPage,
  htmlTable,
  type Section,
  type Tile,
  tiles as formatTiles,
} from "../../../report/mod.ts";
import { VERSION } from "../../../version.ts";
import { formatScore } from "../pixels/class_table.ts";
import type { PredictionOrigin } from "../origin.ts";
import type { SavedState } from "../saved_state.ts";
import type { Scored, TableStyle } from "../scored.ts";

/** What must be alike in evaluations that are merged. */
export interface ImagenetSettings {
  /** The names of the classes, or only their number. */
  readonly classes: readonly string[] | number;
  readonly origin: PredictionOrigin;
  readonly limit: number | null;
}

/** Rows of the tables of mistakes and of the worst classes. */
const MAX_ROWS = 20;

/** An evaluation of a classifier. */
export class ImagenetScored implements Scored {
  readonly benchmark = "imagenet";
  readonly evaluation: AccuracyEvaluation;
  images = 0;

  constructor(readonly settings: ImagenetSettings) {
    const { classes } = settings;
    this.evaluation = new AccuracyEvaluation(typeof classes === "number" ? classes : classes.length);
  }

  /** One image was classified: class indices, the likeliest first, {@linkcode BACKGROUND} among them or not. */
  add(ranked: readonly number[], truth: number): void {
    this.evaluation.addRanked(ranked, truth);
    this.images++;
  }

  /** A class as people call it. */
  nameOf(index: number): string {
    if (index === BACKGROUND) return "none of them";
    const { classes } = this.settings;
    return typeof classes === "number" ? String(index) : classes[index];
  }

  metrics(): Record<string, number | null> {
    const { top1, top5 } = this.evaluation.result();
    return { top1, top5 };
  }

  json(): unknown {
    const { images, top1, top5, classes, confusions } = this.evaluation.result();
    return {
      ...this.settings.origin,
      images,
      top1,
      top5,
      classes: seen(classes).map((row) => ({ ...row, name: this.nameOf(row.index) })),
      confusions: confusions.map((row) => ({
        ...row,
        truthName: this.nameOf(row.truth),
        predictedName: this.nameOf(row.predicted),
      })),
    };
  }

  table({ format, perClass, colors }: TableStyle): string {
    const result = this.evaluation.result();
    const metrics = formatTable(
      Object.entries(this.metrics()),
      [
        { title: "metric", value: ([name]) => name },
        { title: "score", value: ([, score]) => score, format: formatScore },
      ],
      format,
      { colors },
    );
    if (!perClass) return metrics.trimEnd();
    const classes = formatTable(seen(result.classes), this.#classColumns(), format, { colors });
    if (format === "csv") return classes.trimEnd();
    const mistakes = formatTable(result.confusions.slice(0, MAX_ROWS), this.#mistakeColumns(), format, {
      colors,
    });
    return [classes, ...(result.confusions.length > 0 ? [mistakes] : []), metrics].join("\n").trimEnd();
  }

  notes(): string[] {
    return [];
  }

  report(tiles: readonly Tile[]): string {
    const { origin, limit } = this.settings;
    const result = this.evaluation.result();
    const sections: Section[] = [this.#worstClasses(result)];
    if (result.confusions.length > 0) {
      sections.push({
        title: "Most frequent mistakes",
        body: htmlTable(result.confusions.slice(0, MAX_ROWS), this.#mistakeColumns()),
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
      facts: [
        ["predictions", origin.model ?? "files"],
        ...(origin.size === null ? [] : [["size", origin.size] as const]),
        ["images", limit === null ? String(result.images) : `${result.images} of the first ${limit}`],
        ["classes", String(this.evaluation.classes)],
      ],
      figures: [
        { name: "top-1 accuracy", value: formatScore(result.top1) },
        { name: "top-5 accuracy", value: formatScore(result.top5) },
      ],
      sections,
      by: `bneck ${VERSION}`,
    });
  }

  merge(other: ImagenetScored): void {
    this.evaluation.merge(other.evaluation);
    this.images += other.images;
  }

  state(): unknown {
    return this.evaluation.toJSON();
  }

  #worstClasses({ classes }: AccuracyResult): Section {
    const worst = seen(classes).sort((a, b) => a.top1! - b.top1! || b.images - a.images).slice(
      0,
      2 * MAX_ROWS,
    );
    const bars = worst.map(({ index, images, top1 }) => ({
      label: this.nameOf(index),
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

  #classColumns(): Column<ClassAccuracy>[] {
    return [
      { title: "class", value: ({ index }) => index },
      { title: "name", value: ({ index }) => this.nameOf(index) },
      { title: "images", value: ({ images }) => images },
      { title: "top1", value: ({ top1 }) => top1, format: formatScore },
      { title: "top5", value: ({ top5 }) => top5, format: formatScore },
    ];
  }

  #mistakeColumns(): Column<Confusion>[] {
    return [
      { title: "truth", value: ({ truth }) => this.nameOf(truth) },
      { title: "taken for", value: ({ predicted }) => this.nameOf(predicted) },
      { title: "images", value: ({ images }) => images },
    ];
  }
}

function seen(classes: readonly ClassAccuracy[]): ClassAccuracy[] {
  return classes.filter(({ images }) => images > 0);
}

/**
 * The evaluation in a saved state; `where` names the file in errors.
 *
 * @throws {BneckError} It holds something else.
 */
export function restoreImagenet({ settings, state }: SavedState, where: string): ImagenetScored {
  const evaluation = AccuracyEvaluation.fromJSON(state, where);
  const { classes, origin, limit } = (settings ?? {}) as Partial<ImagenetSettings>;
  const count = Array.isArray(classes) ? classes.length : classes;
  if (
    count !== evaluation.classes || typeof origin !== "object" ||
    (limit !== null && typeof limit !== "number")
  ) {
    throw modelError(`cannot read ${where}: its settings are damaged`);
  }
  const scored = new ImagenetScored(settings as ImagenetSettings);
  scored.evaluation.merge(evaluation);
  scored.images = evaluation.result().images;
  return scored;
}
