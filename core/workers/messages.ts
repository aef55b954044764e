/**
 * What a pool and its workers say to each other. All of it is plain data that structured cloning keeps whole.
 *
 * @module
 */
import { BneckError, ExitStatus, type Hint } from "../errors.ts";

/** From the pool to a worker. */
export type ToWorker<Init, Job> =
  /** The first message. The worker holds the Web Lock named `lock` for as long as it lives. */
  | { readonly type: "start"; readonly init: Init; readonly lock: string }
  | { readonly type: "job"; readonly id: number; readonly job: Job }
  /** Finish the jobs that run, drop the queued ones, free everything, end. */
  | { readonly type: "close" };

/** From a worker to its pool. */
export type FromWorker<Result> =
  /** The worker holds its lock: whoever gets the lock from now on knows that the worker is gone. */
  | { readonly type: "alive" }
  /** Jobs run from now on, at most `concurrency` at a time, begun in the order they came. */
  | { readonly type: "ready"; readonly concurrency: number }
  /** The worker cannot start: it will never run a job. */
  | { readonly type: "failed"; readonly error: ErrorData }
  | { readonly type: "result"; readonly id: number; readonly result: Result }
  | { readonly type: "error"; readonly id: number; readonly error: ErrorData }
  /** An error that belongs to no job: what the worker computes can no longer be trusted. */
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
 * Any thrown value as data. A {@linkcode BneckError} keeps its message and exit status; anything else is a
 * fault of the program, is named as such and gets `exitStatus`.
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

/** The error that {@linkcode toErrorData} took apart, with the stack of the thread that threw it. */
export function fromErrorData(data: ErrorData): BneckError {
  const error = new BneckError(data.message, data.exitStatus, { hint: data.hint });
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}
