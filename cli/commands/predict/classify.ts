import type { Context } from "../../context.ts";
import type { CLASSIFY_SAVES, ClassifyFlags, PredictFlags } from "./flags.ts";
import { predict } from "./predict.ts";

/** The code of `bneck classify`. */
export default function classify(
  this: Context,
  flags: Omit<PredictFlags<typeof CLASSIFY_SAVES[number]>, "classes"> & ClassifyFlags,
  ...inputs: string[]
): Promise<void> {
  return predict(this, ["classify"], flags, inputs);
}
