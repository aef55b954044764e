import type { Context } from "../../context.ts";
import type { PredictFlags, SEGMENT_SAVES, SegmentFlags } from "./flags.ts";
import { predict } from "./predict.ts";

/** The code of `bneck segment`. */
export default function segment(
  this: Context,
  flags: PredictFlags<typeof SEGMENT_SAVES[number]> & SegmentFlags,
  ...inputs: string[]
): Promise<void> {
  return predict(this, ["segment"], flags, inputs);
}
