import { inputError } from "../../../../core/errors.ts";
import {
  CITYSCAPES_CATEGORIES,
  CityscapesEvaluation,
  type CityscapesOptions,
  type CityscapesResult,
  EVALUATED_LABELS,
  type PartialScores,
  partialScores,
  PIXEL_LABELS,
} from "../../../../datasets/cityscapes/mod.ts";
import { formatPercent } from "../../../console/format.ts";
import { type Column, formatTable } from "../../../console/table.ts";
import { barChart, htmlTable, type Section, type Tile } from "../../../report/mod.ts";
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
export interface CityscapesSettings {
  readonly split: string;
  readonly origin: PredictionOrigin;
  readonly limit: number | null;
  /** The classes that are scored, `null` for all 19. */
  readonly classes: readonly string[] | null;
}

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

/** A Cityscapes evaluation. */
export class CityscapesScored implements Scored {
  readonly benchmark = "cityscapes";
  readonly evaluation: CityscapesEvaluation;

  constructor(readonly settings: CityscapesSettings, options: CityscapesOptions) {
    this.evaluation = new CityscapesEvaluation(options);
  }

  get images(): number {
    return this.evaluation.images;
  }

  /** The label ids that are scored, `undefined` for all. */
  get kept(): ReadonlySet<number> | undefined {
    const { classes } = this.settings;
    if (classes === null) return undefined;
    return new Set(EVALUATED_LABELS.filter(({ name }) => classes.includes(name)).map(({ id }) => id));
  }

  metrics(): Record<string, number | null> {
    const result = this.#result();
    const classes = this.#labels().map(({ name }) => [classMetric(name), result.classScores[name]] as const);
    if (this.settings.classes !== null) {
      return { mIoU: result.averageScoreClasses, ...Object.fromEntries(classes) };
    }
    return {
      mIoU: result.averageScoreClasses,
      iIoU: result.averageScoreInstClasses,
      categoryIoU: result.averageScoreCategories,
      categoryiIoU: result.averageScoreInstCategories,
      ...Object.fromEntries(classes),
    };
  }

  /** The official layout; scores of classes that are left out, and what needs them, are `null`. */
  json(): unknown {
    const { classes } = this.settings;
    if (classes === null) return this.#result();
    const leftOut = this.#leftOut();
    return { ...this.#result(), leftOut, coverage: this.#partial().coverage };
  }

  table({ format, perClass, colors }: TableStyle): string {
    const details: Column<ScoreRow>[] = DETAIL_COLUMNS.map((column) => ({
      ...column,
      value: ({ details }) => details && column.value(details),
    }));
    const columns = (kind: string): Column<ScoreRow>[] => [
      { title: kind, value: ({ name }) => name },
      { title: "IoU", value: ({ iou }) => iou, format: formatScore },
      ...(this.#hasInstances()
        ? [{ title: "iIoU", value: ({ instanceIou }: ScoreRow) => instanceIou, format: formatScore }]
        : []),
    ];
    const options = { colors, ruleAbove: ({ name }: ScoreRow) => name === MEAN };
    const [classes, categories] = [this.#classRows(), this.#categoryRows()];
    const classColumns = [...columns("class"), ...(perClass ? details : [])];
    if (format === "csv") {
      const kind: Column<ScoreRow> = { title: "kind", value: ({ kind }) => kind };
      const [, ...scores] = classColumns;
      const name = { title: "name", value: ({ name }: ScoreRow) => name };
      return formatTable([...classes, ...categories], [kind, name, ...scores], format).trimEnd();
    }
    const tables = [formatTable(classes, classColumns, format, options)];
    if (categories.length > 0) tables.push(formatTable(categories, columns("category"), format, options));
    return tables.join("\n").trimEnd();
  }

  notes(): string[] {
    const { classes } = this.settings;
    if (this.images > 0 && this.#result().averageScoreClasses === null) {
      return [
        "there is no score: the ground truth has no pixel of a class that is scored (that of Cityscapes' test split is " +
        "not public)",
      ];
    }
    if (classes === null) return [];
    const { coverage } = this.#partial();
    const share = coverage === null ? "none" : formatPercent(coverage);
    return [
      `the mean is over ${classes.length} of the 19 classes, which hold ${share} of their pixels; it is ` +
      `no Cityscapes mIoU. Left out: ${this.#leftOut().join(", ")}`,
    ];
  }

  report(tiles: readonly Tile[]): string {
    const { split, origin, limit } = this.settings;
    const result = this.#result();
    const figures = [
      {
        name: this.settings.classes === null ? "mIoU" : "mean IoU of the classes scored",
        value: result.averageScoreClasses,
      },
      { name: "iIoU", value: result.averageScoreInstClasses },
      { name: "category IoU", value: result.averageScoreCategories },
      { name: "category iIoU", value: result.averageScoreInstCategories },
    ];
    return formatPixelReport({
      title: `Cityscapes ${split}`,
      facts: [
        ["predictions", origin.model ?? "files"],
        ...(origin.size === null ? [] : [["size", origin.size] as const]),
        ["images", limit === null ? String(this.images) : `${this.images} of the first ${limit}`],
      ],
      figures: figures.filter(({ value }) => value !== null).map(({ name, value }) => ({
        name,
        value: formatScore(value),
      })),
      warnings: this.notes(),
      pixels: this.#pixels(),
      columns: this.#hasInstances()
        ? [{ title: "iIoU", value: ({ name }) => result.classInstScores[name], format: formatScore }]
        : [],
      more: this.settings.classes === null ? [this.#categorySection()] : [],
      tiles,
    });
  }

  merge(other: CityscapesScored): void {
    this.evaluation.merge(other.evaluation);
  }

  state(): unknown {
    return this.evaluation.toJSON();
  }

  #hasInstances(): boolean {
    return this.evaluation.options.instances && this.settings.classes === null;
  }

  #labels() {
    const { classes } = this.settings;
    return EVALUATED_LABELS.filter(({ name }) => classes === null || classes.includes(name));
  }

  #leftOut(): string[] {
    return EVALUATED_LABELS.map(({ name }) => name).filter((name) => !this.settings.classes?.includes(name));
  }

  #partial(): PartialScores {
    return partialScores(this.evaluation.result().confMatrix, this.kept!);
  }

  /** The scores; of a part of the classes, only theirs. */
  #result(): CityscapesResult {
    const result = this.evaluation.result();
    if (this.settings.classes === null) return result;
    const { classScores, averageScoreClasses } = this.#partial();
    const none = (scores: object) => Object.fromEntries(Object.keys(scores).map((name) => [name, null]));
    return {
      ...result,
      classScores: { ...none(result.classScores), ...classScores },
      classInstScores: none(result.classInstScores),
      categoryScores: none(result.categoryScores),
      categoryInstScores: none(result.categoryInstScores),
      averageScoreClasses,
      averageScoreInstClasses: null,
      averageScoreCategories: null,
      averageScoreInstCategories: null,
    };
  }

  #classRows(): ScoreRow[] {
    const result = this.#result();
    const details = classRows(this.#pixels());
    const rows = details.map((row): ScoreRow => ({
      kind: "class",
      name: row.name,
      iou: result.classScores[row.name],
      instanceIou: result.classInstScores[row.name],
      details: row,
    }));
    const [iou, instanceIou] = [result.averageScoreClasses, result.averageScoreInstClasses];
    return [...rows, { kind: "class", name: MEAN, iou, instanceIou, details: null }];
  }

  #categoryRows(): ScoreRow[] {
    if (this.settings.classes !== null) return [];
    const result = this.#result();
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

  #categorySection(): Section {
    const rows = this.#categoryRows().filter(({ name }) => name !== MEAN);
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
        this.#hasInstances() ? htmlTable(rows, columns) : null,
      ],
    };
  }

  /** Of the classes that are scored; pixels whose ground truth is left out count nowhere. */
  #pixels(): ScoredPixels {
    const { confMatrix } = this.evaluation.result();
    const labels = this.#labels();
    return {
      names: labels.map(({ name }) => name),
      colors: labels.map(({ color }) => color),
      matrix: labels.map(({ id }) => {
        const row = labels.map((label) => confMatrix[id][label.id]);
        const all = confMatrix[id].reduce((total, pixels) => total + pixels, 0);
        return [...row, all - row.reduce((total, pixels) => total + pixels, 0)];
      }),
    };
  }
}

const SCORED_CATEGORIES = CITYSCAPES_CATEGORIES.filter((name) =>
  EVALUATED_LABELS.some(({ category }) => category === name)
);

/** Places of the confusion matrix that are not scored when `kept` is. */
export function ignoredPlaces(kept: ReadonlySet<number> | undefined): number[] {
  return PIXEL_LABELS.filter(({ id, ignoreInEval }) => ignoreInEval || (kept !== undefined && !kept.has(id)))
    .map(({ id }) => id);
}

/**
 * The evaluation in a saved state; `where` names the file in errors.
 *
 * @throws {BneckError} It holds something else.
 */
export function restoreCityscapes({ settings, state }: SavedState, where: string): CityscapesScored {
  const evaluation = CityscapesEvaluation.fromJSON(state, where);
  if (!isSettings(settings)) throw inputError(`cannot read ${where}: its settings are damaged`);
  const scored = new CityscapesScored(settings, evaluation.options);
  scored.evaluation.merge(evaluation);
  return scored;
}

function isSettings(value: unknown): value is CityscapesSettings {
  const { split, origin, limit, classes } = (value ?? {}) as Partial<CityscapesSettings>;
  return typeof split === "string" && typeof origin === "object" && origin !== null &&
    (limit === null || typeof limit === "number") &&
    (classes === null || (Array.isArray(classes) && classes.every((name) => typeof name === "string")));
}
