/**
 * The regions of a label map as COCO's run lengths.
 *
 * @module
 */
import type { LabelMap } from "../../../core/images/image.ts";
import type { Rle } from "./rle.ts";

/** All pixels of a class, or those of them that are connected. */
export interface LabelRegion {
  readonly label: number;
  readonly mask: Rle;
  /** In pixels. */
  readonly area: number;
  /** x, y, width, height in pixels. */
  readonly box: readonly [number, number, number, number];
  /** The mean of what the pixels weigh, 0 without weights. */
  readonly weight: number;
}

/** How a label map is divided. */
export interface RegionOptions {
  /** Labels that no region is made of. */
  readonly leaveOut?: ReadonlySet<number>;
  /** One region a class, connected or not. @default {false} */
  readonly wholeClasses?: boolean;
  /** What each pixel weighs: `[height, width]`. */
  readonly weights?: Uint8Array;
}

/**
 * The regions of a label map, by the place of their first pixel column by column. Pixels are connected by sides and
 * corners.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { labelRegions } from "./label_regions.ts";
 * const labels = { width: 3, height: 2, data: Uint8Array.of(5, 0, 5, 5, 0, 0) };
 * const regions = labelRegions(labels, { leaveOut: new Set([0]) });
 * assert.deepEqual(regions.map(({ label, area, box }) => [label, area, ...box]), [[5, 2, 0, 0, 1, 2], [5, 1, 2, 0, 1, 1]]);
 * ```
 */
export function labelRegions(
  { width, height, data }: LabelMap,
  { leaveOut = new Set(), wholeClasses = false, weights }: RegionOptions = {},
): LabelRegion[] {
  const runs = new ColumnRuns();
  const parents: number[] = [];
  /** The run that stands for all that are joined with this one: the first of them. */
  const first = (run: number): number => {
    while (parents[run] !== run) {
      parents[run] = parents[parents[run]];
      run = parents[run];
    }
    return run;
  };
  const join = (a: number, b: number) => {
    const [from, to] = [first(a), first(b)];
    if (from < to) parents[to] = from;
    else parents[from] = to;
  };
  const firstOfLabel = new Map<number, number>();
  let before = 0;
  for (let x = 0; x < width; x++) {
    const begin = runs.length;
    for (let y = 0; y < height;) {
      const label = data[y * width + x];
      const start = y;
      let sum = 0;
      do {
        if (weights) sum += weights[y * width + x];
        y++;
      } while (y < height && data[y * width + x] === label);
      if (leaveOut.has(label)) continue;
      const run = runs.push(label, x * height + start, y - start, sum);
      parents.push(run);
      if (!wholeClasses) continue;
      if (!firstOfLabel.has(label)) firstOfLabel.set(label, run);
      join(run, firstOfLabel.get(label)!);
    }
    // With runs of the column before that reach from one row above to one row below.
    for (let b = begin, a = before; !wholeClasses && b < runs.length; b++) {
      const top = runs.start[b] - height, bottom = top + runs.size[b];
      while (a < begin && runs.start[a] + runs.size[a] < top) a++;
      for (let k = a; k < begin && runs.start[k] <= bottom; k++) {
        if (runs.label[k] === runs.label[b]) join(k, b);
      }
    }
    before = begin;
  }
  return gather(runs, first, height, width);
}

/** Runs of one label down a column. */
class ColumnRuns {
  readonly label: number[] = [];
  /** The place of the first pixel: column · height + row. */
  readonly start: number[] = [];
  readonly size: number[] = [];
  readonly weight: number[] = [];

  get length(): number {
    return this.label.length;
  }

  /** Adds a run and returns its place. */
  push(label: number, start: number, size: number, weight: number): number {
    this.start.push(start);
    this.size.push(size);
    this.weight.push(weight);
    return this.label.push(label) - 1;
  }
}

/** A region while its runs are gathered. */
interface Gathered {
  readonly label: number;
  /** Lengths of runs of zeros and ones in turn. */
  readonly counts: number[];
  /** Where the last run ended. */
  end: number;
  area: number;
  weight: number;
  readonly columns: [first: number, last: number];
  readonly rows: [first: number, end: number];
}

function gather(
  runs: ColumnRuns,
  first: (run: number) => number,
  height: number,
  width: number,
): LabelRegion[] {
  const regions = new Map<number, Gathered>();
  for (let run = 0; run < runs.length; run++) {
    const [start, size, column] = [runs.start[run], runs.size[run], Math.floor(runs.start[run] / height)];
    const row = start - column * height;
    let region = regions.get(first(run));
    if (region === undefined) {
      const [columns, rows]: [[number, number], [number, number]] = [[column, column], [row, row]];
      region = { label: runs.label[run], counts: [], end: 0, area: 0, weight: 0, columns, rows };
      regions.set(run, region);
    }
    const { counts, columns, rows } = region;
    // A run that continues at the top of the next column is one run.
    if (start === region.end && counts.length > 0) counts[counts.length - 1] += size;
    else counts.push(start - region.end, size);
    region.end = start + size;
    region.area += size;
    region.weight += runs.weight[run];
    columns[1] = column;
    rows[0] = Math.min(rows[0], row);
    rows[1] = Math.max(rows[1], row + size);
  }
  return [...regions.values()].map(({ label, counts, end, area, weight, columns, rows }) => {
    if (end < height * width) counts.push(height * width - end);
    return {
      label,
      mask: { height, width, counts: Uint32Array.from(counts) },
      area,
      box: [columns[0], rows[0], columns[1] - columns[0] + 1, rows[1] - rows[0]],
      weight: weight / area,
    };
  });
}
