/**
 * Why precision is lost: the error types of TIDE (Bolya et al., "TIDE: A General Toolbox for Identifying
 * Object Detection Errors", ECCV 2020), as its program `tidecv` has them.
 *
 * @module
 */
import type { Annotations, CocoCategory } from "../files/annotations.ts";
import type { CocoDetections } from "../files/detections.ts";
import { ImageOverlaps } from "./image_overlaps.ts";
import { type CocoParams, cocoParams } from "../params.ts";
import { type ComparisonTable, comparisonTable, evaluatedCategories } from "../matching/comparison_table.ts";

/** The error types, in TIDE's order. */
export const ERROR_TYPES = [
  "classification",
  "localisation",
  "both",
  "duplicate",
  "background",
  "missed",
] as const;

/** One of {@linkcode ERROR_TYPES}. */
export type ErrorType = typeof ERROR_TYPES[number];

/** How {@linkcode analyseErrors} decides. */
export interface ErrorAnalysisOptions {
  /** Overlap with a truth from which a detection is right. */
  readonly foreground?: number;
  /** Overlap up to which a detection is taken to be of the background. */
  readonly background?: number;
  /** The best so many detections of each image are looked at. */
  readonly maxDetections?: number;
}

/** How often an error occurs and what it costs. */
export interface ErrorCost {
  readonly count: number;
  /** AP that would be gained if all errors of this type, and no others, were fixed (`dAP`), 0 to 1. */
  readonly deltaAp: number;
}

/** The errors of a set of detections. */
export interface ErrorAnalysis {
  /** AP at the foreground threshold, as TIDE computes it: mean over the categories that have truths. */
  readonly ap: number;
  readonly errors: Readonly<Record<ErrorType, ErrorCost>>;
  /** AP gained if no detection were wrong, and if nothing were missed. */
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /**
   * The evaluated categories, and how often each error occurs in each: `counts[type][category]`. As in `tidecv` 1.0.1,
   * a detection that a crowd excuses counts with the error that it would have without the crowd.
   */
  readonly categories: readonly CocoCategory[];
  readonly counts: Readonly<Record<ErrorType, Int32Array<ArrayBuffer>>>;
  /**
   * For each detection (in file order) the index of its error type + 1; 0 for right, excused by a crowd or not
   * looked at.
   */
  readonly detectionError: Uint8Array<ArrayBuffer>;
  /** For each annotation (in file order) 1 where no detection found it. */
  readonly unfound: Uint8Array<ArrayBuffer>;
}

const CLASSIFICATION = 0, LOCALISATION = 1, BOTH = 2, DUPLICATE = 3, BACKGROUND = 4, MISSED = 5;
const NO_ERROR = -1;

/**
 * Sorts the errors of detections into types. A wrong detection
 *
 * - is a **localisation** error if it overlaps a truth of its category by `[background, foreground]`,
 * - else a **classification** error if it overlaps a truth of another category by at least `foreground`,
 * - else a **duplicate** if it overlaps a truth of its category that a better detection has taken,
 * - else **background** if it overlaps nothing by more than `background`,
 * - else **both** badly placed and of the wrong category.
 *
 * A truth that nothing found is **missed**, unless a localisation or classification error would find it if
 * fixed.
 *
 * Two things differ from `tidecv`: the mean is over the categories that have truths (there, a category that
 * is only detected counts as 0), and images are in the order of their ids.
 *
 * @throws {BneckError} (usage) The parameters name an image or category that the annotations do not list, or ask for masks
 * that were not read.
 */
export function analyseErrors(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams = cocoParams(),
  options: ErrorAnalysisOptions = {},
): ErrorAnalysis {
  const table = comparisonTable(truth, detections, { ...params, useCategories: true });
  const sorter = new ErrorSorter(table, params, options);
  for (let image = 0; image < table.imageIds.length; image++) sorter.addImage(image);
  const categories = evaluatedCategories(truth, { ...params, useCategories: true });

  const ap = sorter.ap({});
  const counts = ERROR_TYPES.map(() => new Int32Array(categories.length));
  const detectionError = new Uint8Array(detections.length), unfound = new Uint8Array(truth.length);
  for (const { row, error, category, ignored } of sorter.found) {
    detectionError[table.detections.source[row]] = ignored ? 0 : error + 1;
    if (error !== NO_ERROR) counts[error][category]++;
  }
  for (const { row, category, missed } of sorter.unfound) {
    unfound[table.truth.source[row]] = 1;
    if (missed) counts[MISSED][category]++;
  }
  const cost = (type: number): ErrorCost => ({
    count: counts[type].reduce((sum, count) => sum + count, 0),
    deltaAp: Math.max(0, sorter.ap({ fixed: type }) - ap),
  });
  const byType = <T>(value: (type: number) => T) =>
    Object.fromEntries(ERROR_TYPES.map((name, type) => [name, value(type)])) as Record<ErrorType, T>;
  return {
    ap,
    errors: byType(cost),
    falsePositives: sorter.ap({ wrongLast: true }) - ap,
    falseNegatives: sorter.ap({ nothingMissed: true }) - ap,
    categories,
    counts: byType((type) => counts[type]),
    detectionError,
    unfound,
  };
}

interface FoundDetection {
  readonly row: number;
  readonly category: number;
  readonly score: number;
  readonly right: boolean;
  /** Excused by a crowd: neither right nor wrong, though TIDE counts the error that it would have. */
  readonly ignored: boolean;
  readonly error: number;
  /** The truth that it would find if the error were fixed. */
  readonly wouldFind: Truth | undefined;
}

interface Truth {
  readonly row: number;
  readonly category: number;
  taken: boolean;
  /** The best detection that would find it if fixed; the others would be duplicates then. */
  rescuer: number;
  rescuerScore: number;
}

/** What to change before AP is computed. */
interface Fix {
  readonly fixed?: number;
  readonly wrongLast?: boolean;
  readonly nothingMissed?: boolean;
}

class ErrorSorter {
  readonly found: FoundDetection[] = [];
  readonly unfound: { readonly row: number; readonly category: number; readonly missed: boolean }[] = [];
  readonly #table: ComparisonTable;
  readonly #overlaps: ImageOverlaps;
  readonly #foreground: number;
  readonly #background: number;
  readonly #limit: number;
  readonly #truthCount: Int32Array;

  constructor(table: ComparisonTable, params: CocoParams, options: ErrorAnalysisOptions) {
    this.#table = table;
    this.#overlaps = new ImageOverlaps(table, params);
    this.#foreground = options.foreground ?? 0.5;
    this.#background = options.background ?? 0.1;
    this.#limit = options.maxDetections ?? 100;
    this.#truthCount = new Int32Array(table.categoryCount);
  }

  addImage(image: number): void {
    const { truth, detections } = this.#table;
    const overlaps = this.#overlaps;
    overlaps.select(image, Math.min(this.#background, this.#foreground), this.#limit);
    const rows = overlaps.detections, columns = overlaps.truths.length;
    const iou = (d: number, column: number) => overlaps.iou[d * columns + column];
    const truths: { readonly column: number; readonly truth: Truth }[] = [];
    const crowds: { readonly column: number; readonly category: number }[] = [];
    overlaps.truths.forEach((row, column) => {
      const category = truth.category[row];
      if (truth.crowd[truth.source[row]] || truth.ignored?.[truth.source[row]]) {
        crowds.push({ column, category });
      } else {
        truths.push({ column, truth: { row, category, taken: false, rescuer: -1, rescuerScore: -Infinity } });
        this.#truthCount[category]++;
      }
    });

    const right = rows.map((row, d) => {
      let best: Truth | undefined, bestIou = 0;
      for (const { column, truth } of truths) {
        if (truth.taken || truth.category !== detections.category[row] || iou(d, column) <= bestIou) continue;
        best = truth;
        bestIou = iou(d, column);
      }
      if (!best || bestIou < this.#foreground) return false;
      return best.taken = true;
    });
    rows.forEach((row, d) => {
      const category = detections.category[row], score = detections.score[detections.source[row]];
      const ignored = !right[d] &&
        crowds.some((crowd) => crowd.category === category && iou(d, crowd.column) > this.#foreground);
      const { error, near } = right[d]
        ? { error: NO_ERROR, near: undefined }
        : this.#errorOf(category, truths.map(({ column, truth }) => ({ truth, iou: iou(d, column) })));
      const wouldFind = near && !near.taken ? near : undefined;
      if (wouldFind && score > wouldFind.rescuerScore) {
        wouldFind.rescuer = row;
        wouldFind.rescuerScore = score;
      }
      this.found.push({ row, category, score, right: right[d], ignored, error, wouldFind });
    });
    for (const { truth: { row, category, taken, rescuer } } of truths) {
      if (!taken) this.unfound.push({ row, category, missed: rescuer < 0 });
    }
  }

  /** The type of a wrong detection's error, and the truth to which it comes near. */
  #errorOf(
    category: number,
    truths: readonly { readonly truth: Truth; readonly iou: number }[],
  ): { readonly error: number; readonly near: Truth | undefined } {
    const nearest = (accept: (truth: Truth) => boolean) => {
      let near: Truth | undefined, max = 0;
      for (const { truth, iou } of truths) {
        if (accept(truth) && iou > max) {
          near = truth;
          max = iou;
        }
      }
      return { near, max };
    };
    const same = nearest((truth) => truth.category === category);
    if (same.near && same.max >= this.#background && same.max <= this.#foreground) {
      return { error: LOCALISATION, near: same.near };
    }
    const other = nearest((truth) => truth.category !== category);
    if (other.near && other.max >= this.#foreground) return { error: CLASSIFICATION, near: other.near };
    const taken = nearest((truth) => truth.category === category && truth.taken);
    if (taken.near && taken.max >= this.#foreground) return { error: DUPLICATE, near: undefined };
    const any = nearest(() => true);
    return { error: any.max <= this.#background ? BACKGROUND : BOTH, near: undefined };
  }

  /** AP after a fix: mean over the categories that have truths. */
  ap({ fixed, wrongLast, nothingMissed }: Fix): number {
    const categories = this.#table.categoryCount;
    const points = Array.from({ length: categories }, () => [] as { score: number; right: boolean }[]);
    for (const { row, category, score, right, ignored, error, wouldFind } of this.found) {
      if (error !== NO_ERROR && error === fixed) {
        if (wouldFind?.rescuer === row) points[wouldFind.category].push({ score, right: true });
      } else if (!ignored) points[category].push({ score: wrongLast ? Number(right) : score, right });
    }
    const remaining = this.#truthCount.slice();
    for (const { category, missed } of this.unfound) {
      if (nothingMissed || (missed && fixed === MISSED)) remaining[category]--;
    }
    let sum = 0, count = 0;
    for (let category = 0; category < categories; category++) {
      // As in TIDE, a category with nothing left to find and nothing found is not counted.
      if (this.#truthCount[category] === 0 || remaining[category] + points[category].length === 0) continue;
      sum += averagePrecision(points[category], remaining[category]);
      count++;
    }
    return count === 0 ? 0 : sum / count;
  }
}

const RECALLS = 101;

/** Mean of the highest precisions at 101 recalls; 0 where there is nothing to find. */
function averagePrecision(points: { score: number; right: boolean }[], truths: number): number {
  if (truths === 0) return 0;
  points.sort((a, b) => b.score - a.score);
  const precisions: number[] = [];
  let seen = 0;
  for (const { right } of points) {
    seen++;
    if (right) precisions.push((precisions.length + 1) / seen);
  }
  for (let i = precisions.length - 1; i > 0; i--) {
    precisions[i - 1] = Math.max(precisions[i - 1], precisions[i]);
  }
  let sum = 0, reached = 0;
  for (let r = 0; r < RECALLS; r++) {
    while (reached < precisions.length && (reached + 1) / truths < r / (RECALLS - 1)) reached++;
    sum += precisions[reached] ?? 0;
  }
  return sum / RECALLS;
}
