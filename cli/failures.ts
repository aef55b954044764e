/**
 * What an error means to the user: the one line to print and the exit status.
 *
 * @module
 */
import { BneckError, ExitStatus, type Hint } from "../core/errors.ts";
import { flagName } from "./arguments.ts";

/**
 * The exit status of a bug in bneck itself (`EX_SOFTWARE` of sysexits.h). It is not one of the
 * documented statuses, so that a script never takes a bug for a bad image, a bad model or a missed gate.
 */
export const INTERNAL_ERROR = 70;

/** The exit status when the reader of stdout went away (`bneck … | head`): the one SIGPIPE gives a C program. */
export const BROKEN_PIPE = 141;

/** The flags of options whose names differ. */
const FLAGS: Readonly<Record<string, string>> = {
  architecture: "--arch",
  labels: "--labels, in bneck eval --model-labels",
  maxCacheBytes: "--max-cache",
  learningRate: "--lr",
};

/** What to print, and how to exit. */
export interface Failure {
  readonly message: string;
  readonly status: number;
}

/** Errors of the operating system about files that the command line names. */
const ABOUT_A_NAMED_FILE: readonly (new (message: string) => Error)[] = [
  Deno.errors.NotFound,
  Deno.errors.PermissionDenied,
  Deno.errors.AlreadyExists,
  Deno.errors.NotADirectory,
  Deno.errors.IsADirectory,
];

/**
 * Explains any thrown value. A {@linkcode BneckError} speaks for itself; the rest is a safety net under the places
 * that should have thrown one.
 */
export function explain(error: unknown): Failure {
  if (error instanceof BneckError) return { message: wordedForUsers(error), status: error.exitStatus };
  if (isAbort(error)) return { message: "interrupted", status: ExitStatus.interrupted };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotCapable) {
    return { message: `Deno does not allow it: ${permission(message)}`, status: ExitStatus.usage };
  }
  if (ABOUT_A_NAMED_FILE.some((type) => error instanceof type)) return { message, status: ExitStatus.usage };
  if (isSystemError(error)) return { message, status: ExitStatus.someInputsFailed };
  return {
    message: `internal error: ${message} (a bug in bneck: BNECK_DEBUG=1 shows where)`,
    status: INTERNAL_ERROR,
  };
}

/**
 * The message of an error with its hint worded as a flag: `… of 100 pixels (raise it with --max-pixels)`. Where a list
 * follows its first line, the hint stands before the list; errors that are listed have their own.
 */
export function wordedForUsers(
  { message, hint, cause }: { readonly message: string; readonly hint?: Hint; readonly cause?: unknown },
): string {
  const listed: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [];
  const text = listed.reduce<string>(
    (text, error) =>
      error instanceof BneckError ? text.replace(error.message, () => wordedForUsers(error)) : text,
    message,
  );
  if (hint === undefined) return text;
  const [, first, list] = /^(.*?)(:\n.*)?$/s.exec(text)!;
  return `${first} (${wordedHint(hint)})${list ?? ""}`;
}

function wordedHint({ option, advice, or }: Hint): string {
  const worded = `${advice} with ${FLAGS[option] ?? flagName(option)}`;
  return or === undefined ? worded : `${worded}, or ${wordedHint(or)}`;
}

/** Whether `error` says only that the work was asked to stop. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The stack of `error` and of its causes. */
export function stackOf(error: unknown): string {
  const stacks: string[] = [];
  for (let cause = error; cause !== undefined && stacks.length < 10; cause = (cause as Error)?.cause) {
    stacks.push(cause instanceof Error ? cause.stack ?? String(cause) : String(cause));
    if (!(cause instanceof Error)) break;
  }
  return stacks.join("\ncaused by: ");
}

/** `Requires read access to "x", run again with the --allow-read flag` without what only Deno's users know. */
function permission(message: string): string {
  return `${
    message.split(", run again")[0].replace(/^Requires/, "this needs")
  }; start bneck as its tasks in deno.json do`;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    /^E[A-Z0-9]+$/.test(error.code);
}
