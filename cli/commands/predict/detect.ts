import type { Context } from "../../context.ts";
import type { DETECT_SAVES, DetectFlags, PredictFlags } from "./flags.ts";
import { predict } from "./predict.ts";

/** The code of `bneck detect`. */
export default function detect(
  this: Context,
  flags: PredictFlags<typeof DETECT_SAVES[number]> & DetectFlags,
  ...inputs: string[]
): Promise<void> {
  return predict(this, ["detect"], flags, inputs);
}
