/** Reading the fields of output specs from JSON that may be anything. */

type Json = Readonly<Record<string, unknown>>;
type Fail = (problem: string) => never;

/** The fields that say which boxes suppress which. */
export interface Suppression {
  /** Of two boxes whose IoU exceeds this the weaker is dropped, unless the settings say otherwise. */
  readonly iou: number;
  /** Whether boxes of different classes suppress each other. */
  readonly agnostic: boolean;
  /** Whether a box can be an object of every class that scores, not of its best alone. */
  readonly multiLabel: boolean;
}

/** As ultralytics predicts. */
export const ULTRALYTICS_SUPPRESSION: Suppression = { iou: 0.7, agnostic: false, multiLabel: false };

/** Reads {@linkcode Suppression}. */
export function parseSuppression({ iou, agnostic, multiLabel }: Json, fail: Fail): Suppression {
  if (typeof iou !== "number" || !(iou >= 0 && iou <= 1)) return fail("iou must be between 0 and 1");
  return {
    iou,
    agnostic: parseBoolean("agnostic", agnostic, fail),
    multiLabel: parseBoolean("multiLabel", multiLabel, fail),
  };
}

/** Reads a field that is true or false. */
export function parseBoolean(name: string, value: unknown, fail: Fail): boolean {
  return typeof value === "boolean" ? value : fail(`${name} must be true or false`);
}

/** Reads a field that has one of `values`. */
export function parseChoice<const T extends string>(
  name: string,
  value: unknown,
  values: readonly T[],
  fail: Fail,
): T {
  return values.find((known) => known === value) ?? fail(`${name} must be one of ${values.join(", ")}`);
}

/** Reads a field that is a whole number from `min` to `max`. */
export function parseWhole(name: string, value: unknown, min: number, max: number, fail: Fail): number {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max
    ? Number(value)
    : fail(`${name} must be a whole number from ${min} to ${max}`);
}
