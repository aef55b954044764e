/** Pools of workers that do as they are told. */
import { type Outcome, type PoolOptions, WorkerPool } from "../../../core/workers/mod.ts";
import type { Init, Job, Result } from "./obedient_worker.ts";

export const SEQUENTIAL = new URL("./sequential_worker.ts", import.meta.url);

export const OVERLAPPING = new URL("./overlapping_worker.ts", import.meta.url);

export function start(options: Partial<PoolOptions<Init>> = {}): Promise<WorkerPool<Init, Job, Result>> {
  return WorkerPool.start({ module: SEQUENTIAL, workers: 2, init: {}, ...options });
}

export async function collect<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of sequence) all.push(item);
  return all;
}

/** The results and the messages of errors, in order. */
export async function answers(outcomes: AsyncIterable<Outcome<Job, Result>>): Promise<Result[]> {
  return (await collect(outcomes)).map(({ result, error }) => error?.message ?? result!);
}

export const echo = (value: number): Job => ({ do: "echo", value });

export const echoes = (count: number): Job[] => Array.from({ length: count }, (_, value) => echo(value));

export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const shared = (length: number) => new SharedArrayBuffer(4 * length);

export const read = (memory: SharedArrayBuffer, index = 0) => Atomics.load(new Int32Array(memory), index);

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
