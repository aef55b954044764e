/**
 * Errors that are meant for the user. Each carries the exit status of the process, so that the place that
 * knows what went wrong also decides how the program ends.
 *
 * @module
 */

/** The exit statuses of every command. */
export const ExitStatus = {
  /** Everything was done. */
  done: 0,
  /** Some inputs failed, the rest was done. */
  someInputsFailed: 1,
  /** The command line or a file named on it cannot be used as asked. */
  usage: 2,
  /** A model, its weights or a result file is unusable. */
  unusableModel: 3,
  /** A `--min` gate was not met. */
  gateNotMet: 4,
  /** The user interrupted the program. */
  interrupted: 130,
} as const;

/** One of the values of {@linkcode ExitStatus}. */
export type ExitStatus = typeof ExitStatus[keyof typeof ExitStatus];

/**
 * An error whose message is complete for a user: what failed, where, and what to do about it.
 *
 * @example
 * ```ts
 * import { BneckError, ExitStatus } from "./errors.ts";
 * const error = new BneckError("cannot read street.jpg: the file is empty", ExitStatus.someInputsFailed);
 * ```
 */
export class BneckError extends Error {
  override readonly name = "BneckError";

  constructor(message: string, readonly exitStatus: ExitStatus, options?: ErrorOptions) {
    super(message, options);
  }
}

/** An input (an image, a label map) that cannot be used; the others can. */
export function inputError(message: string, cause?: unknown): BneckError {
  return new BneckError(message, ExitStatus.someInputsFailed, { cause });
}

/** A command line that asks for something that does not exist or does not fit together. */
export function usageError(message: string, cause?: unknown): BneckError {
  return new BneckError(message, ExitStatus.usage, { cause });
}

/** A model, weights or ONNX file that cannot be used. */
export function modelError(message: string, cause?: unknown): BneckError {
  return new BneckError(message, ExitStatus.unusableModel, { cause });
}
