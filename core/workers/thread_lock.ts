/**
 * Web Locks to detect the end of a thread: it holds a lock until it ends, for whatever reason, and another waits for it.
 *
 * @module
 */

/** The part of the Web Locks API used here; the type library of Deno 2.9 lacks it. */
interface LockManager {
  request(name: string, granted: () => Promise<void> | void): Promise<void>;
  request(name: string, options: LockOptions, granted: () => Promise<void> | void): Promise<void>;
}

interface LockOptions {
  readonly signal?: AbortSignal;
  /** Any number of threads can share a lock; they come in the order of their requests. @default {"exclusive"} */
  readonly mode?: "exclusive" | "shared";
}

/** The locks of this process. */
export const { locks } = navigator as unknown as { locks: LockManager };

/** Resolves once this thread holds the lock `name`, which it holds until it ends. */
export function holdUntilThreadEnds(name: string): Promise<void> {
  return new Promise((held) => {
    void locks.request(name, () => {
      held();
      return new Promise(() => {});
    });
  });
}

/** Resolves once the thread that holds the lock `name` has ended; rejects when `signal` aborts. */
export function threadEnd(name: string, signal: AbortSignal): Promise<void> {
  return locks.request(name, { signal }, () => {});
}
