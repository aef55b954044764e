/**
 * The evaluation of detections on several threads.
 *
 * @module
 */
import { WorkerPool } from "../../core/workers/mod.ts";
import { accumulate, type CocoResult } from "./accumulate.ts";
import type { Annotations } from "./files/annotations.ts";
import type { CocoId } from "./ids.ts";
import type { CocoDetections } from "./files/detections.ts";
import { completeMatches, matchDetections } from "./evaluate.ts";
import type { MatchColumns } from "./matching/match.ts";
import type { MatchJob } from "./matching/match_worker.ts";
import { joinRanges, type Matches } from "./matching/matches.ts";
import type { CocoParams } from "./params.ts";
import { type ComparisonTable, comparisonTable } from "./matching/comparison_table.ts";

/** Threads that match images. */
export type MatchPool = WorkerPool<null, MatchJob, MatchColumns>;

/** Starts `workers` threads. Close the pool when done (`await using`). */
export function startMatchPool(workers: number): Promise<MatchPool> {
  return WorkerPool.start({
    module: new URL("./matching/match_worker.ts", import.meta.url),
    workers,
    init: null,
  });
}

/** On how many threads to match. */
export interface ParallelOptions {
  /** 0 or 1 for this thread; see {@linkcode usefulWorkers}. */
  readonly workers: number;
  /** Threads that were started before, of that number; by default they are started here and closed. */
  readonly pool?: MatchPool;
}

/** Measured on one core of 2.5 GHz: seconds to match a detection, by boxes, masks and keypoints. */
const SECONDS_PER_DETECTION = { bbox: 0.25e-6, segm: 3e-6, keypoints: 2e-6 };
/** What a worker must have to do before it is worth its start, in seconds; until then its code runs slowly. */
const WORTH_A_WORKER = 0.5;

/**
 * How many of `cores` threads shorten the evaluation: 0, meaning this thread alone, up to some 4 million boxes or
 * 300,000 masks.
 */
export function usefulWorkers(detections: CocoDetections, { iouType }: CocoParams, cores: number): number {
  const workers = Math.floor((detections.length * SECONDS_PER_DETECTION[iouType]) / WORTH_A_WORKER);
  return workers < 2 ? 0 : Math.min(cores, workers);
}

/** Ranges of images per worker: enough that none waits long for the last, few enough to cost nothing. */
const RANGES_PER_WORKER = 4;

/**
 * As {@linkcode evaluateCoco}, with the matching spread over threads; the result is the same to the bit.
 *
 * @throws {BneckError} as {@linkcode evaluateCoco} does, or a worker was lost
 */
export async function evaluateCocoParallel(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
  options: ParallelOptions,
): Promise<CocoResult> {
  return accumulate(await matchDetectionsParallel(truth, detections, params, options));
}

/**
 * As {@linkcode matchDetections}, spread over threads.
 *
 * @throws {BneckError} as {@linkcode evaluateCoco} does, or a worker was lost
 */
export async function matchDetectionsParallel(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
  options: ParallelOptions,
  imageIds?: readonly CocoId[],
): Promise<Matches> {
  const { workers } = options;
  if (workers < 2 && !options.pool) return matchDetections(truth, detections, params, imageIds);
  const table = comparisonTable(truth, detections, params, imageIds);
  // Matching does not look at ids, which are no typed array and would be copied for each job.
  const shared = inSharedMemory({ ...table, imageIds: [] });
  const bounds = rangesOfEqualWork(table, RANGES_PER_WORKER * workers);
  const jobs = bounds.slice(1).map((to, i): MatchJob => ({ table: shared, params, from: bounds[i], to }));
  const parts: MatchColumns[] = [];
  const pool = options.pool ?? await startMatchPool(workers);
  try {
    for await (const { result, error } of pool.run(jobs)) {
      if (error) throw error;
      parts.push(result);
    }
  } finally {
    if (!options.pool) await pool.close();
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
      if (Array.isArray(value)) return [name, value];
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
