/**
 * `--min AP=0.21,AP50=0.4`: the values that metrics must reach, so that a script can rely on the exit status.
 *
 * @module
 */
import { BneckError, ExitStatus, usageError } from "../../core/errors.ts";
import { checkNames } from "./list.ts";
import { parseDecimal } from "./number.ts";

/** A metric and its minimum. */
export interface Gate {
  readonly metric: string;
  readonly min: number;
}

/**
 * Reads one `METRIC=NUMBER`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseGate(text: string): Gate {
  const match = /^\s*([^=\s]+)\s*=\s*([+-]?)(.*)$/.exec(text);
  const size = parseDecimal(match?.[3] ?? "");
  if (!match || Number.isNaN(size)) throw usageError("expected METRIC=NUMBER, such as AP=0.21");
  return { metric: match[1], min: match[2] === "-" ? -size : size };
}

/** A `--min` flag: any number of gates, separated by commas or given repeatedly. */
export const gatesFlag = {
  kind: "parsed",
  parse: parseGate,
  variadic: ",",
  optional: true,
  placeholder: "METRIC=NUMBER",
  brief: "exit with status 4 when a metric is below NUMBER, such as AP=0.21,AP50=0.4",
} as const;

/**
 * Checks the names in `gates` before the work begins.
 *
 * @throws {BneckError} (usage) for a metric that will not be measured, or one named twice.
 */
export function checkGates(gates: readonly Gate[], metrics: readonly string[]): void {
  checkNames("--min", gates.map((gate) => gate.metric), metrics);
  const seen = new Set<string>();
  for (const { metric } of gates) {
    if (seen.has(metric)) throw usageError(`--min names ${metric} twice`);
    seen.add(metric);
  }
}

/**
 * Compares what was measured with the gates; a metric that is missing or not a number does not pass.
 *
 * @throws {BneckError} (gate not met) that names every metric below its minimum.
 */
export function enforceGates(
  gates: readonly Gate[],
  measured: Readonly<Record<string, number | null>>,
  scope?: string,
): void {
  const missed = gates.filter(({ metric, min }) => !((measured[metric] ?? NaN) >= min));
  if (missed.length === 0) return;
  const list = missed.map(({ metric, min }) => {
    const value = measured[metric];
    return `${metric} is ${
      typeof value === "number" ? Number(value.toPrecision(6)) : "not measured"
    }, not ${min}`;
  });
  throw new BneckError(
    `below --min: ${list.join("; ")}${scope === undefined ? "" : `; scores over ${scope}`}`,
    ExitStatus.gateNotMet,
  );
}
