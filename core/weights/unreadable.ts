/** How every weight reader says that a file cannot be used. */
import { type BneckError, modelError } from "../errors.ts";

/** The error `cannot read NAME: REASON`, exit status 3. */
export function unreadable(name: string, reason: string, cause?: unknown): BneckError {
  return modelError(`cannot read ${name}: ${reason}`, cause);
}

/** A value from a file in a form that is safe to print: text quoted, control characters escaped, at most 100 characters. */
export function quote(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  }
  return typeof value === "object" && value !== null ? "(an object)" : String(value);
}
