/** The flag of a time that a command may take. */
import { usageError } from "../../core/errors.ts";

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

const MAX_SECONDS = 30 * 24 * SECONDS.h;

/**
 * A time such as `90s`, `10m` or `1.5h`, in seconds; a plain number is seconds.
 *
 * @throws {BneckError} (usage) for anything else, and for more than 30 days.
 */
export function parseDuration(text: string): number {
  const [, number, unit = "s"] = /^(\d*\.?\d+)\s*([smh])?$/.exec(text.trim()) ?? [];
  const seconds = Number(number) * SECONDS[unit as keyof typeof SECONDS];
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) throw usageError("expected a time such as 90s, 10m or 1.5h");
  return seconds;
}

/** A limit on the time that a command takes, in seconds. */
export function timeLimitFlag(brief: string) {
  return { kind: "parsed", parse: parseDuration, optional: true, placeholder: "TIME", brief } as const;
}
