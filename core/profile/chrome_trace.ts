/** A profile in the format of Chrome's traces, which Perfetto and chrome://tracing open. */
import { isLatency, layerRows, type Measured } from "./report_rows.ts";

/** A complete event; times are in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: "X";
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A file of such events. */
export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly traceEvents: readonly TraceEvent[];
}

const [RUN, LAYERS, BLOCKS] = [1, 2, 3];

/**
 * One usual run as a trace: its layers one behind the other, with what the report says of them, the blocks above, and
 * the whole run above these. Layers that run inside another have no event of their own.
 *
 * @throws {RangeError} when nothing was measured.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { bindWeights, GraphBuilder, randomWeights } from "../graph/mod.ts";
 * import { chromeTrace, graphSubject, profileLayers } from "./mod.ts";
 * const g = new GraphBuilder();
 * const graph = g.finish({ conv: g.conv(g.tensor("image", 3), { name: "stem", channels: 16, kernel: 3 }) });
 * const weights = () => bindWeights(graph, randomWeights(graph, 1), "stem");
 * const input = { shapes: { image: [1, 3, 32, 32] } };
 * const subject = graphSubject({ name: "stem", summary: "one convolution", graph, weights, input });
 * const trace = chromeTrace(await profileLayers(subject, { runs: 3 }), "stem");
 * assert.equal(trace.traceEvents.at(-1)?.name, "stem");
 * ```
 */
export function chromeTrace(measured: Measured, name: string): ChromeTrace {
  if (!isLatency(measured)) throw new RangeError("nothing was measured");
  const events: TraceEvent[] = [];
  const add = (tid: number, name: string, ts: number, dur: number, args: Readonly<Record<string, unknown>>) =>
    events.push({ name, cat: "inference", ph: "X", pid: 1, tid, ts, dur, args });
  let [now, block, since] = [0, undefined as string | undefined, 0];
  const endBlock = () => block !== undefined && now > since && add(BLOCKS, block, since, now - since, {});
  for (const row of layerRows(measured.rows)) {
    const { milliseconds = 0, layoutMilliseconds = 0, operator, output, madds, gmaddsPerSecond } = row;
    if (milliseconds === 0) continue;
    if (row.block !== block) {
      endBlock();
      [block, since] = [row.block, now];
    }
    const [own, layout] = [1000 * (milliseconds - layoutMilliseconds), 1000 * layoutMilliseconds];
    if (layout > 0) add(LAYERS, `${row.name} (layout)`, now, layout, {});
    add(LAYERS, row.name, now + layout, own, { operator, output, madds, gmaddsPerSecond });
    now += own + layout;
  }
  endBlock();
  const { milliseconds, partsMilliseconds, overheadMilliseconds, madds, threads } = measured;
  add(RUN, name, 0, 1000 * Math.max(milliseconds, partsMilliseconds), {
    madds,
    overheadMilliseconds,
    threads,
  });
  return { displayTimeUnit: "ms", traceEvents: events };
}
