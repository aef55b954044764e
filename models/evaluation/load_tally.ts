import type { CreateTally, ImageTally, SetImage, TallyPlan } from "../../datasets/evaluation_set.ts";

/** A tally of any benchmark. */
export type AnyTally = ImageTally<SetImage, unknown, unknown, unknown>;

/** Imports the tally module of a benchmark and calls its `createTally`. */
export async function loadTally(
  { tallyModule, settings, maxPixels }: TallyPlan & {
    readonly tallyModule: string;
    readonly maxPixels?: number;
  },
): Promise<AnyTally> {
  const module: { readonly createTally: CreateTally<SetImage, unknown, unknown, unknown, unknown> } =
    await import(tallyModule);
  return module.createTally(settings, { maxPixels });
}
