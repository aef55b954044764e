import type { Context } from "../../context.ts";
import type { DetectFlags, PredictFlags, SegmentFlags } from "./flags.ts";
import { predict } from "./predict.ts";

/** The flags of `bneck run`. */
type RunFlags = PredictFlags & DetectFlags & SegmentFlags & {
  readonly heads: readonly ("detect" | "segment")[];
};

/** The code of `bneck run`. */
export default function run(
  this: Context,
  { heads, ...flags }: RunFlags,
  ...inputs: string[]
): Promise<void> {
  return predict(this, heads, flags, inputs);
}
