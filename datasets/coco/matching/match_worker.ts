/**
 * The worker of {@linkcode evaluateCocoParallel}: matches the images of one range.
 *
 * @module
 */
import { serveWorker } from "../../../core/workers/mod.ts";
import { type MatchColumns, matchTable } from "./match.ts";
import type { CocoParams } from "../params.ts";
import { type ComparisonTable, imagesOfTable } from "./comparison_table.ts";

/** A range of images of a table in shared memory. */
export interface MatchJob {
  readonly table: ComparisonTable;
  readonly params: CocoParams;
  readonly from: number;
  readonly to: number;
}

serveWorker<null, MatchJob, MatchColumns>(
  () => ({ run: ({ table, params, from, to }) => matchTable(imagesOfTable(table, from, to), params) }),
  {
    transferables: ({ start, image, rank, score, inRange, outcomeRow, outcomes, positives }) =>
      [start, image, rank, score, inRange, outcomeRow, outcomes, positives].map((column) => column.buffer),
  },
);
