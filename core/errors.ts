/**
 * Errors meant for users. Each carries the exit status of the process, so that the code that knows what went wrong also
 * decides how the program ends.
 *
 * @module
 */

/** The exit statuses of every command. */
export const ExitStatus = {
  /** Everything succeeded. */
  done: 0,
  /** Some inputs failed, the rest succeeded. */
  someInputsFailed: 1,
  /** The command line, or a file named on it, is invalid. */
  usage: 2,
  /** A model, its weights or a result file is unusable. */
  unusableModel: 3,
  /** A required minimum of a metric was not reached. */
  gateNotMet: 4,
  /** The user interrupted the program. */
  interrupted: 130,
} as const;

/** One of the values of {@linkcode ExitStatus}. */
export type ExitStatus = typeof ExitStatus[keyof typeof ExitStatus];

/**
 * The option that would help, by its name in the library. `cli/` words it as a flag, so that messages below it never name
 * one.
 */
export interface Hint {
  /** The option's name in library calls: `maxPixels`. */
  readonly option: string;
  /** What to do with it, as an imperative without the option: `raise it`. */
  readonly advice: string;
  /** What would help as well. */
  readonly or?: Hint;
}

/** The details of an error besides its message. */
export interface ErrorDetails {
  readonly cause?: unknown;
  readonly hint?: Hint;
}

/**
 * An error whose message tells a user everything: what failed, where, and what to do about it.
 *
 * @example
 * ```ts
 * import { BneckError, ExitStatus } from "./errors.ts";
 * const error = new BneckError("cannot read street.jpg: the file is empty", ExitStatus.someInputsFailed);
 * ```
 */
export class BneckError extends Error {
  override readonly name = "BneckError";

  /** The option that would help, if there is one. */
  readonly hint: Hint | undefined;

  constructor(message: string, readonly exitStatus: ExitStatus, { cause, hint }: ErrorDetails = {}) {
    super(message, { cause });
    this.hint = hint;
  }
}

/** An input (an image, a label map) is unusable; the others are not affected. Exit status 1. */
export function inputError(message: string, cause?: unknown, hint?: Hint): BneckError {
  return new BneckError(message, ExitStatus.someInputsFailed, { cause, hint });
}

/** A command line, or a call of the library, asks for something unknown or inconsistent. Exit status 2. */
export function usageError(message: string, cause?: unknown, hint?: Hint): BneckError {
  return new BneckError(message, ExitStatus.usage, { cause, hint });
}

/** A model, weights or ONNX file is unusable. Exit status 3. */
export function modelError(message: string, cause?: unknown, hint?: Hint): BneckError {
  return new BneckError(message, ExitStatus.unusableModel, { cause, hint });
}
