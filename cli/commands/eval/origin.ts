/** Where predictions come from, as states and reports say it. */
export interface PredictionOrigin {
  /** The name of the model, `null` for files. */
  readonly model: string | null;
  /** The `--size` and `--tta`, `null` for the model's own and for files. */
  readonly size: string | null;
}

/** Whether settings of a saved state hold an origin. */
export function isOrigin(value: unknown): value is PredictionOrigin {
  const { model, size } = (value ?? {}) as Partial<PredictionOrigin>;
  return [model, size].every((name) => name === null || typeof name === "string");
}

/** The facts of a report: the origin, and the number of images. */
export function originFacts(
  { model, size }: PredictionOrigin,
  images: number,
  limit: number | null,
): (readonly [name: string, value: string])[] {
  return [
    ["predictions", model ?? "files"],
    ...(size === null ? [] : [["size", size] as const]),
    ["images", limit === null ? String(images) : `${images} of the first ${limit}`],
  ];
}
