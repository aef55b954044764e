import type { FitData, InspectOptions } from "../../../models/fit/mod.ts";
import type { Context } from "../../context.ts";
import type { FitFlags } from "./flags.ts";

/** Looks at the data with a progress bar. */
export async function inspecting(
  context: Context,
  { seed = 0, skipFaulty }: FitFlags,
  inspect: (options: InspectOptions) => Promise<FitData>,
): Promise<FitData> {
  let progress: ReturnType<Context["progress"]> | undefined;
  try {
    return await inspect({
      seed,
      skipFaulty,
      signal: context.signal,
      onImage(done, total) {
        progress ??= context.progress({ total, unit: "images", label: "looking at" });
        progress.add(done - progress.done);
      },
    });
  } finally {
    progress?.stop();
  }
}
