import {
  type BoundWeights,
  type Graph,
  type GraphInput,
  type LoweringOptions,
  toOnnx,
} from "../../graph/mod.ts";
import { encodeOnnx, type OnnxGraph, type OnnxNode } from "../../onnx/mod.ts";
import { attributeNodes, type Attribution } from "./attribution.ts";
import { graphFeeds } from "../feeds.ts";
import { countLayers, type CountOptions } from "../counting/graph_costs.ts";
import { gmaddsPerSecond, type LayerCost, type NetworkCosts } from "../counting/layer_cost.ts";
import { calibrate, type CalibrationMethod } from "./calibration.ts";
import { allNodes } from "../counting/graph_walk.ts";
import type { LayerRuns, RunSchedule } from "./layer_runs.ts";
import type { MeasurableModel, MeasuringOptions } from "./measured_session.ts";
import { measureJob } from "./measuring_thread.ts";
import { intervalAround, median, percentile, sum } from "../statistics.ts";
import type { NodeCost, OnnxCosts } from "../counting/onnx_costs.ts";

/** How a network is run while its layers are measured. */
export interface LatencyOptions extends MeasuringOptions, Partial<RunSchedule> {}

/** What a layer costs, and how long it takes. */
export interface LayerLatency extends LayerCost {
  /** The layer's own kernels on average, without what the profiler costs. */
  readonly milliseconds: number;
  /** Changes of memory layout that the runtime inserted before the layer, not in `milliseconds`. */
  readonly layoutMilliseconds: number;
  /** Four of five runs lie between these, layout included, relative to the row's time: it is always in between. */
  readonly interval: readonly [p10: number, p90: number];
  /** `milliseconds` and `layoutMilliseconds` as a part of `Latency.milliseconds`, from 0 to 1. */
  readonly share: number;
  /** 10⁹ multiply-adds per second of `milliseconds`, those of layers fused into this one included. */
  readonly gmaddsPerSecond?: number;
  /** The layer that this one runs inside. */
  readonly fusedInto?: string;
  /** What really ran: kernels with their layout and precision, and changes of layout in front of them. */
  readonly kernels?: string;
}

/** The time of a network, layer by layer. */
export interface Latency<Row extends LayerCost = LayerCost> extends NetworkCosts<Row & LayerLatency> {
  readonly threads: number;
  /** The median run without the profiler: what the network takes, and the base of all shares. */
  readonly milliseconds: number;
  /** The runs that this is the median of. */
  readonly runs: number;
  /** Four of five of them lie between these. */
  readonly interval: readonly [p10: number, p90: number];
  readonly p99Milliseconds: number;
  /** Reading the model and preparing it to run. */
  readonly loadMilliseconds: number;
  readonly firstMilliseconds: number;
  /** The sum of all rows, `unattributedMilliseconds` and `overheadMilliseconds`: `milliseconds`, unless disturbed. */
  readonly partsMilliseconds: number;
  /** The sum of the rows' `layoutMilliseconds`. */
  readonly layoutMilliseconds: number;
  /** What a run takes besides its kernels: the session's own work. */
  readonly overheadMilliseconds: number;
  /** Kernels that belong to no row: 0, unless the runtime rewrites the graph in an unknown way. */
  readonly unattributedMilliseconds: number;
  /** Runs under the profiler, which say where the time goes. */
  readonly profiledRuns: number;
  /** The median of these. */
  readonly profiledMilliseconds: number;
  /** Kernels of one run. */
  readonly events: number;
  /** What the profiler costs on each of them, taken off all rows. */
  readonly profilerMicroseconds: number;
  /** How that was found: only where it is `limited` can the parts fail to add up. */
  readonly calibration: CalibrationMethod;
  /** By how much the median run is slower than an undisturbed one, spread over all parts: 1 if nothing disturbed. */
  readonly disturbance: number;
  /** How far a fixed calculation varied beside the runs: (p90 − p10) / median. */
  readonly noise: number;
  /** The most bytes that a run holds for activations at once, after fusion and reuse; absent where it is not known. */
  readonly peakActivationBytes?: number;
  /** The memory of the process once the model is loaded and has run, in bytes. */
  readonly residentBytes: number;
  /** Whether it was stopped before all runs were done. */
  readonly stopped: boolean;
}

/**
 * Measures every layer of a network with onnxruntime's own profiler.
 *
 * @param label what to call the network in messages.
 * @throws {BneckError} (unusable model) when onnxruntime cannot load or run it.
 * @throws {RangeError} when the network cannot take the input.
 */
export async function measureLayers(
  label: string,
  graph: Graph,
  weights: BoundWeights,
  input: GraphInput,
  options: LatencyOptions & CountOptions = {},
): Promise<Latency> {
  const costs = countLayers(graph, input, options);
  const { model, tensorLayers } = toOnnx(graph, weights);
  const feeds = graphFeeds(graph, input);
  const recorded = await runLayers({ label, model: encodeOnnx(model), feeds }, options);
  const rowNames = new Map(costs.rows.map((row, index) => [row.name, index]));
  const rowOf = (node: OnnxNode) => rowNames.get(tensorLayers.get(node.outputs[0])?.name ?? "");
  return joinTimes(costs, model.graph, recorded, rowOf, options);
}

/**
 * Measures every node of an ONNX file that {@linkcode countOnnx} has counted.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot load or run it.
 */
export async function measureOnnx(
  costs: OnnxCosts,
  options: LatencyOptions = {},
): Promise<Latency<NodeCost>> {
  const recorded = await runLayers(costs.measurable, options);
  const rows = new Map(costs.rows.flatMap(({ nodes }, index) => nodes.map((node) => [node, index])));
  const casts = new Map(costs.rows.flatMap((row, index) => row.casts.map((node) => [node, index])));
  const rowOf = (node: OnnxNode) => rows.get(node) ?? casts.get(node);
  return joinTimes(costs, costs.graph, recorded, rowOf, options, (node) => casts.has(node));
}

/** A graph with generated inputs, as {@linkcode compareLatency} takes it. */
export function measurableGraph(
  label: string,
  graph: Graph,
  weights: BoundWeights,
  input: GraphInput,
  lowering: LoweringOptions = {},
): MeasurableModel {
  const { model } = toOnnx(graph, weights, lowering);
  return { label, model: encodeOnnx(model), feeds: graphFeeds(graph, input) };
}

/** How often a network is run unless the caller knows better. */
const SCHEDULE: RunSchedule = {
  runs: 40,
  warmup: 5,
  block: 5,
  recordable: Infinity,
  milliseconds: Infinity,
};

async function runLayers(model: MeasurableModel, options: LatencyOptions): Promise<LayerRuns> {
  const { threads, optimization, signal } = options;
  const given = Object.keys(SCHEDULE).map((key) => key as keyof RunSchedule)
    .filter((key) => options[key] !== undefined).map((key) => [key, options[key]]);
  const schedule = { ...SCHEDULE, ...Object.fromEntries(given) };
  const job = { kind: "layers", model, options: { threads, optimization }, schedule } as const;
  const runs = await measureJob<"layers">(job, options);
  if (runs.plain.length === 0) signal?.throwIfAborted();
  return runs;
}

/** Assigns the measured times to the rows of a count. */
function joinTimes<Row extends LayerCost>(
  costs: NetworkCosts<Row>,
  original: OnnxGraph,
  measured: LayerRuns,
  rowOf: (node: OnnxNode) => number | undefined,
  { threads = 1 }: LatencyOptions,
  isCast: (node: OnnxNode) => boolean = () => false,
): Latency<Row> {
  const { kernels, plain, profiled } = measured;
  const { nodes, byRun, overhead, events, cost, disturbance, method } = calibrate(kernels, profiled, plain);
  const attribution = attributeNodes(original, kernels.graph);
  const own = costs.rows.map(() => 0);
  const layout = costs.rows.map(() => 0);
  const ofRuns = costs.rows.map(() => new Float64Array(profiled.length));
  const ran = costs.rows.map(() => new Set<string>());
  let unattributed = nodes.at(-1)!;
  [...allNodes(kernels.graph)].forEach((node, index) => {
    const milliseconds = nodes[index];
    const purpose = attribution.purposes.get(node);
    const row = purpose?.node && rowOf(purpose.node);
    if (purpose === undefined || row === undefined) unattributed += milliseconds;
    else {
      (purpose.layout || isCast(purpose.node!) ? layout : own)[row] += milliseconds;
      if (kernels.events[index] > 0) ran[row].add(kernelText(node, kernels.types[index]));
      byRun[index].forEach((time, run) => ofRuns[row][run] += time);
    }
  });

  const milliseconds = median(plain);
  const hosts = fusionHosts(attribution, rowOf);
  const fusedMadds = costs.rows.map((row) => row.madds ?? 0);
  for (const [row, host] of hosts) fusedMadds[host] += costs.rows[row].madds ?? 0;
  const rows = costs.rows.map((row, index) => ({
    ...row,
    milliseconds: own[index],
    layoutMilliseconds: layout[index],
    interval: intervalAround(own[index] + layout[index], ofRuns[index]),
    share: (own[index] + layout[index]) / milliseconds,
    gmaddsPerSecond: gmaddsPerSecond(fusedMadds[index], own[index]),
    kernels: ran[index].size > 0 ? [...ran[index]].join(", ") : undefined,
    fusedInto: hosts.has(index) ? costs.rows[hosts.get(index)!].name : undefined,
  }));
  return {
    ...costs,
    rows,
    threads,
    milliseconds,
    runs: plain.length,
    interval: interval(plain),
    p99Milliseconds: percentile(plain, 0.99),
    loadMilliseconds: measured.load,
    firstMilliseconds: measured.firstRun,
    partsMilliseconds: sum(own) + sum(layout) + unattributed + overhead,
    layoutMilliseconds: sum(layout),
    overheadMilliseconds: overhead,
    unattributedMilliseconds: unattributed,
    profiledRuns: profiled.length,
    profiledMilliseconds: median(profiled),
    events,
    profilerMicroseconds: Math.max(0, cost.inside + cost.between),
    calibration: method,
    disturbance,
    noise: spread(measured.clock),
    peakActivationBytes: measured.peakBytes,
    residentBytes: measured.residentBytes,
    stopped: measured.stopped,
  };
}

/** `Conv nchwc float`. */
function kernelText({ operator, domain }: OnnxNode, type: string | undefined): string {
  const layout = /nchwc|nhwc/.exec(domain)?.[0];
  return [operator, ...(layout ? [layout] : []), ...(type ? [type] : [])].join(" ");
}

function interval(values: Iterable<number>): [p10: number, p90: number] {
  const sorted = [...values];
  return [percentile(sorted, 0.1), percentile(sorted, 0.9)];
}

function spread(values: readonly number[]): number {
  const [p10, p90] = interval(values);
  return values.length > 0 ? (p90 - p10) / median(values) : 0;
}

/** The row that a row runs inside, for rows of which no node runs by itself. */
function fusionHosts(
  { purposes, fusedInto }: Attribution,
  rowOf: (node: OnnxNode) => number | undefined,
): Map<number, number> {
  const running = new Set(
    [...purposes.values()].flatMap(({ node, layout }) => node && !layout ? [rowOf(node)] : []),
  );
  const hosts = new Map<number, number>();
  for (const [node, host] of fusedInto) {
    const [row, into] = [rowOf(node), rowOf(host)];
    if (row !== undefined && into !== undefined && row !== into && !running.has(row)) hosts.set(row, into);
  }
  return hosts;
}
