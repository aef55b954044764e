/** The time of every layer of a subject. */
import type { Latency } from "./latency.ts";
import { countRuns, type ProfileOptions, scheduleLayerRuns, totalRuns } from "./run_plan.ts";
import type { Subject } from "../subject.ts";

/** Rows and overhead should add up to the plain run, within this part of it. */
export const MAX_GAP = 0.05;

const MAX_ATTEMPTS = 3;
/** A measurement that took longer, in milliseconds, is not repeated. */
const MAX_REPEATABLE = 10_000;

/**
 * Measures a subject without the profiler, which says how long it takes, and with it, which says where, in turns. A
 * measurement that other programs disturbed (the parts do not add up to the plain run) is repeated, and the best one
 * counts. Once `signal` is aborted, what was measured until then is returned.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot load or run it; the reason of `signal` when it is aborted
 *   before anything was measured.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { bindWeights, GraphBuilder, randomWeights } from "../../graph/mod.ts";
 * import { profileLayers } from "./profile_layers.ts";
 * import { graphSubject } from "../subject.ts";
 * const g = new GraphBuilder();
 * const graph = g.finish({ conv: g.conv(g.tensor("image", 3), { name: "stem", channels: 16, kernel: 3 }) });
 * const weights = () => bindWeights(graph, randomWeights(graph, 1), "stem");
 * const input = { shapes: { image: [1, 3, 32, 32] } };
 * const subject = graphSubject({ name: "stem", summary: "one convolution", graph, weights, input });
 * const { rows, milliseconds } = await profileLayers(subject, { runs: 5 });
 * assert.equal(rows[0].name, "stem");
 * assert.ok(rows[0].milliseconds < milliseconds);
 * ```
 */
export async function profileLayers(subject: Subject, options: ProfileOptions = {}): Promise<Latency> {
  const start = performance.now();
  let best = await measureOnce(subject, options, 1);
  for (let attempt = 2; attempt <= MAX_ATTEMPTS && gap(best) > MAX_GAP; attempt++) {
    if (options.signal?.aborted || performance.now() - start > MAX_REPEATABLE) break;
    const again = await measureOnce(subject, options, attempt);
    if (gap(again) < gap(best)) best = again;
  }
  return best;
}

async function measureOnce(
  subject: Subject,
  options: ProfileOptions,
  attempt: number,
): Promise<Latency> {
  const schedule = scheduleLayerRuns(subject, options);
  const { threads, signal } = options;
  const onRun = countRuns(options, totalRuns(schedule), attempt);
  return await subject.measure({ ...schedule, threads, signal, onRun });
}

/** How far the sum of all parts is from the plain run, as a part of it. */
export function gap({ milliseconds, partsMilliseconds }: Latency): number {
  return Math.abs(milliseconds - partsMilliseconds) / milliseconds;
}
