/** Latency measured once and remembered: the table of this machine, and what it says of other networks. */
import type { LatencyModel, PredictedLatency } from "../../core/profile/latency_table.ts";
import { latencyParts } from "../../core/profile/latency_parts.ts";
import type { TimedNetwork } from "./measure.ts";

export * from "./store.ts";
export * from "./measure.ts";
export { type LatencyPart, latencyParts, type NetworkParts } from "../../core/profile/latency_parts.ts";
export type {
  LatencyModel,
  LatencySample,
  PartLatency,
  PredictedLatency,
} from "../../core/profile/latency_table.ts";

/**
 * How long a network takes, part by part, by a model of a table.
 *
 * @throws {RangeError} when the network cannot take its input.
 */
export function predictNetwork(model: LatencyModel, { graph, input }: TimedNetwork): PredictedLatency {
  return model.predict(latencyParts(graph, input));
}
