/** What every result says about how it was counted and measured. */
import { type CountingRule, MADDS_UNIT, type NetworkCosts } from "../../../core/profile/mod.ts";
import { loadRuntime } from "../../../core/session/mod.ts";
import { describeProcessor } from "../../machine.ts";
import { plural } from "../../console/format.ts";

/** Where times were measured. */
export interface Surroundings {
  readonly processor: string;
  readonly onnxruntime: string;
}

/** Asks the machine; only for results with times. */
export async function surroundings(): Promise<Surroundings> {
  const [{ model, cores }, { env: { versions } }] = [await describeProcessor(), await loadRuntime()];
  return {
    processor: `${model} (${plural(cores, "core")})`,
    onnxruntime: versions.node ?? versions.common,
  };
}

/** The unit, and the rule where it is not the usual one. */
export function countingText(rule: CountingRule): string {
  return rule === "plain"
    ? `Unit: ${MADDS_UNIT}; biases, activations and pooling count as 0`
    : `Unit: ${MADDS_UNIT}; extended by 2 per h-swish and 1 per element of the final upsampling`;
}

/** What is missing in every sum. */
export function uncountedText(uncounted: NetworkCosts["uncounted"]): string[] {
  if (uncounted.length === 0) return [];
  const list = uncounted.map(({ operator, nodes }) => `${operator} (${plural(nodes, "node")})`).join(", ");
  return [`Not counted, so that sums with a question mark are too small: ${list}.`];
}

/** How networks that are compared were measured. */
export function turnsText(
  rounds: number,
  { threads, processor, onnxruntime }: Surroundings & { threads: number },
) {
  return `ms on ${
    plural(threads, "thread")
  } of ${processor}, onnxruntime ${onnxruntime}: measured in turns, ` +
    `${plural(rounds, "round")}, medians of each one's fastest quarter`;
}
