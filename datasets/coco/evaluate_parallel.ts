/**
 * The evaluation of detections on several threads.
 *
 * @module
 */
import { WorkerPool } from "../../core/workers/mod.ts";
import { accumulate, type CocoResult } from "./accumulate.ts";
import type { Annotations } from "./annotations.ts";
import type { Detections } from "./detections.ts";
import { completeMatches } from "./evaluate.ts";
import type { MatchColumns } from "./match.ts";
import type { MatchJob } from "./match_worker.ts";
import { joinRanges, type Matches } from "./matches.ts";
import { type CocoParams, cocoParams } from "./params.ts";
import { type ComparisonTable, comparisonTable } from "./table.ts";

/** Threads that match images. Starting them takes some 50 ms, so start them before the files are read. */
export type MatchPool = WorkerPool<null, MatchJob, MatchColumns>;

/** Starts `workers` threads. Close the pool when done (`await using`). */
export function startMatchPool(workers: number): Promise<MatchPool> {
  return WorkerPool.start({ module: new URL("./match_worker.ts", import.meta.url), workers, init: null });
}

/** Ranges of images per worker: enough that none waits long for the last, few enough to cost nothing. */
const RANGES_PER_WORKER = 4;

/**
 * As `evaluateCoco`, with the matching spread over the workers of a pool; the result is the same to the bit.
 */
export async function evaluateCocoParallel(
  truth: Annotations,
  detections: Detections,
  params: CocoParams,
  pool: MatchPool,
  workers: number,
): Promise<CocoResult> {
  return accumulate(await matchDetectionsParallel(truth, detections, params, pool, workers));
}

/** As `matchDetections`, spread over the workers of a pool. */
export async function matchDetectionsParallel(
  truth: Annotations,
  detections: Detections,
  params: CocoParams = cocoParams(),
  pool: MatchPool,
  workers: number,
  imageIds?: readonly number[],
): Promise<Matches> {
  const table = comparisonTable(truth, detections, params, imageIds);
  const shared = inSharedMemory(table);
  const bounds = rangesOfEqualWork(table, RANGES_PER_WORKER * workers);
  const jobs = bounds.slice(1).map((to, i): MatchJob => ({ table: shared, params, from: bounds[i], to }));
  const parts: MatchColumns[] = [];
  for await (const { result, error } of pool.run(jobs)) {
    if (error) throw error;
    parts.push(result);
  }
  return completeMatches(truth, params, table, joinRanges(parts, bounds, params));
}

/** Where each range of images begins and the last one ends; their numbers of rows are about the same. */
function rangesOfEqualWork({ imageIds, truth, detections }: ComparisonTable, ranges: number): number[] {
  const images = imageIds.length;
  const rowsBefore = (image: number) => truth.start[image] + detections.start[image];
  const bounds = [0];
  for (let range = 1, image = 0; range < ranges; range++) {
    while (image < images && rowsBefore(image) < (rowsBefore(images) * range) / ranges) image++;
    if (image > bounds[bounds.length - 1] && image < images) bounds.push(image);
  }
  return [...bounds, images];
}

/** The same table with its arrays in memory that all threads see. */
function inSharedMemory<T extends object>(table: T): T {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => {
      if (!ArrayBuffer.isView(value)) return [name, value instanceof Object ? inSharedMemory(value) : value];
      const values = value as Uint8Array;
      const copy = new (values.constructor as new (buffer: SharedArrayBuffer) => typeof values)(
        new SharedArrayBuffer(values.byteLength),
      );
      copy.set(values);
      return [name, copy];
    }),
  ) as T;
}
