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
 * What would help, in the words of the library: the option to set. `cli/` words it as a flag, so that messages below it
 * never name one.
 */
export interface Hint {
  /** The option's name as library calls have it: `maxPixels`. */
  readonly option: string;
  /** What to do with it, as an imperative without the option: `raise it`. */
  readonly advice: string;
  /** What would help as well. */
  readonly or?: Hint;
}

/** What an error is made with besides its message. */
export interface ErrorDetails {
  readonly cause?: unknown;
  readonly hint?: Hint;
}

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

  /** What would help, if an option would. */
  readonly hint: Hint | undefined;

  constructor(message: string, readonly exitStatus: ExitStatus, { cause, hint }: ErrorDetails = {}) {
    super(message, { cause });
    this.hint = hint;
  }
}

/** An input (an image, a label map) that cannot be used; the others can. */
export function inputError(message: string, cause?: unknown, hint?: Hint): BneckError {
  return new BneckError(message, ExitStatus.someInputsFailed, { cause, hint });
}

/** A command line that asks for something that does not exist or does not fit together. */
export function usageError(message: string, cause?: unknown, hint?: Hint): BneckError {
  return new BneckError(message, ExitStatus.usage, { cause, hint });
}

/** A model, weights or ONNX file that cannot be used. */
export function modelError(message: string, cause?: unknown, hint?: Hint): BneckError {
  return new BneckError(message, ExitStatus.unusableModel, { cause, hint });
}
