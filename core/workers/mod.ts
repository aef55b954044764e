/**
 * Worker threads: a pool that keeps the order of its inputs, and the workers' side of it.
 *
 * @module
 */
export { type Outcome, type PoolOptions, type RunOptions, WorkerPool } from "./pool.ts";
export { type MemoryBudget, memoryBudget, type WaitFor, withinBudget } from "./memory_budget.ts";
export { type JobContext, type JobRunner, type ServeOptions, serveWorker, stopwatch } from "./serve.ts";
