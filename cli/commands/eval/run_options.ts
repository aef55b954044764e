/** From the flags of an evaluation to how its images are run. */
import type { InputSize } from "../../../models/input_size.ts";
import type { Context } from "../../context.ts";
import { type StageTimer, timingHooks } from "../../timings/mod.ts";
import type { ScoreFlags } from "./flags.ts";

/**
 * The part of `evaluate`'s options that is the same for every benchmark. Digests are taken for reports alone.
 *
 * @param timer counts the stages, where `--timings` asks for them
 */
export function runOptions(
  { workers, maxPixels, truncated, exact, memory, size, report }: ScoreFlags & { readonly size?: InputSize },
  { signal }: Context,
  timer: StageTimer | undefined,
) {
  return {
    workers,
    maxPixels,
    truncated,
    exact,
    memory,
    inputSize: size,
    digests: report !== undefined,
    signal,
    ...timingHooks(timer),
  };
}
