/** Memory that worker threads share: large jobs wait for each other. */
import { inputError } from "../errors.ts";
import { locks } from "./thread_lock.ts";

/** A budget; plain data, so that each worker can have it. */
export interface MemoryBudget {
  /** Names the budget among all of this process. */
  readonly name: string;
  readonly bytes: number;
  /** Jobs that run at once, of all workers together. */
  readonly atOnce: number;
}

/** A budget of its own for each pool. */
export function memoryBudget(bytes: number, atOnce: number): MemoryBudget {
  return { name: `bneck-memory-${crypto.randomUUID()}`, bytes, atOnce };
}

/** Of its share, what a job may need without asking: all such jobs together change little. */
const TRIFLE = 1 / 64;

/** Waits, if it has to; see `JobContext.waitFor`. */
export type WaitFor = <T>(something: Promise<T>) => Promise<T>;

/**
 * Runs `work`, which needs about `bytes`. Jobs that need no more than an equal share of the budget run side by side; one
 * that needs more runs alone, once those before it are done. One that needs next to nothing runs at once. A thread that ends gives back what it had.
 *
 * @param what names the job in the error
 * @throws {BneckError} if it needs more than the whole budget, with the option `memory` as its hint
 */
export async function withinBudget<T>(
  { name, bytes: budget, atOnce }: MemoryBudget,
  bytes: number,
  what: string,
  work: () => Promise<T>,
  waitFor: WaitFor = (something) => something,
): Promise<T> {
  if (bytes > budget) {
    const message = `${what} takes about ${megabytes(bytes)} of memory, more than the limit of ${
      megabytes(budget)
    }`;
    throw inputError(message, undefined, { option: "memory", advice: "raise it" });
  }
  if (bytes <= budget / atOnce * TRIFLE) return await work();
  const mode = bytes <= budget / atOnce ? "shared" : "exclusive";
  const release = Promise.withResolvers<void>();
  const granted = Promise.withResolvers<void>();
  const held = locks.request(name, { mode }, () => {
    granted.resolve();
    return release.promise;
  });
  held.catch(granted.reject);
  await waitFor(granted.promise);
  try {
    return await work();
  } finally {
    release.resolve();
    await held;
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
