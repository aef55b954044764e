/**
 * The messages between a pool and its workers: plain data that structured cloning preserves.
 *
 * @module
 */
import { BneckError, ExitStatus, type Hint } from "../errors.ts";

/** From the pool to a worker. */
export type ToWorker<Init, Job> =
  /** The first message. The worker holds the Web Lock named `lock` for as long as it is alive. */
  | { readonly type: "start"; readonly init: Init; readonly lock: string }
  | { readonly type: "job"; readonly id: number; readonly job: Job }
  /** Finish running jobs, drop queued ones, free everything, exit. */
  | { readonly type: "close" };

/** From a worker to its pool. */
export type FromWorker<Result> =
  /** The worker holds its lock: from now on, acquiring it means that the worker is gone. */
  | { readonly type: "alive" }
  /** Jobs run from now on, at most `concurrency` at a time, started in the order they arrive. */
  | { readonly type: "ready"; readonly concurrency: number }
  /** The worker cannot start: it will never run a job. */
  | { readonly type: "failed"; readonly error: ErrorData }
  /** A job waits for something, for which it is not to blame, or has it. */
  | { readonly type: "waiting"; readonly id: number; readonly waits: boolean }
  | { readonly type: "result"; readonly id: number; readonly result: Result }
  | { readonly type: "error"; readonly id: number; readonly error: ErrorData }
  /** An error outside any job: the worker's results can no longer be trusted. */
  | { readonly type: "broken"; readonly error: ErrorData }
  | { readonly type: "closed" };

/** An error as it crosses threads, where classes are lost. */
export interface ErrorData {
  readonly message: string;
  readonly exitStatus: ExitStatus;
  readonly hint?: Hint;
  /** The stack of the thread that threw. */
  readonly stack: string | undefined;
}

/**
 * Any thrown value as data. A {@linkcode BneckError} keeps its message, exit status and hint; anything else is a bug, is
 * reported as unexpected and gets `exitStatus`.
 */
export function toErrorData(
  thrown: unknown,
  exitStatus: ExitStatus = ExitStatus.someInputsFailed,
): ErrorData {
  if (thrown instanceof BneckError) {
    return { message: thrown.message, exitStatus: thrown.exitStatus, hint: thrown.hint, stack: thrown.stack };
  }
  if (thrown instanceof Error) {
    return { message: `unexpected ${thrown.name}: ${thrown.message}`, exitStatus, stack: thrown.stack };
  }
  return { message: `unexpected error: ${String(thrown)}`, exitStatus, stack: undefined };
}

/** The reverse of {@linkcode toErrorData}: the error with the stack of the thread that threw it. */
export function fromErrorData(data: ErrorData): BneckError {
  const error = new BneckError(data.message, data.exitStatus, { hint: data.hint });
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}
