import {
  type BoundWeights,
  type Graph,
  type GraphInput,
  type LoweringOptions,
  toOnnx,
} from "../graph/mod.ts";
import { encodeOnnx, type OnnxGraph, type OnnxNode } from "../onnx/mod.ts";
import { attributeNodes, type Attribution } from "./attribution.ts";
import { fastestQuarter, median } from "./statistics.ts";
import { graphFeeds } from "./feeds.ts";
import { countLayers, type CountOptions } from "./graph_costs.ts";
import { gmaddsPerSecond, type LayerCost, type NetworkCosts } from "./layer_cost.ts";
import { matchKernels } from "./match_kernels.ts";
import {
  type MeasurableModel,
  type MeasuringOptions,
  type RecordedRuns,
  recordRuns,
} from "./measured_session.ts";
import type { ProfiledRun } from "./profile_file.ts";
import type { NodeCost, OnnxCosts } from "./onnx_costs.ts";

/** How a network is run while its layers are measured. */
export interface LatencyOptions extends MeasuringOptions {
  /** Runs, of which the quiet ones count: see {@linkcode quietRuns}. @default {40} */
  readonly runs?: number;
  /** Runs before those, which pay one-off costs. @default {5} */
  readonly warmup?: number;
}

/** What a layer costs, and how long it takes. */
export interface LayerLatency extends LayerCost {
  /** The layer's own kernels: the sum of their medians over the quiet runs. */
  readonly milliseconds: number;
  /** Changes of memory layout that the runtime inserted before the layer, not in `milliseconds`. */
  readonly layoutMilliseconds: number;
  /** `milliseconds` and `layoutMilliseconds` as a part of `Latency.milliseconds`, from 0 to 1. */
  readonly share: number;
  /** 10⁹ multiply-adds per second of `milliseconds`, those of layers fused into this one included. */
  readonly gmaddsPerSecond?: number;
  /** The layer that this one runs inside. */
  readonly fusedInto?: string;
}

/** The time of a network, layer by layer. */
export interface Latency<Row extends LayerCost = LayerCost> extends NetworkCosts<Row & LayerLatency> {
  readonly threads: number;
  /** All runs that were measured. */
  readonly runs: number;
  /** Those of them that count: see {@linkcode quietRuns}. */
  readonly quietRuns: number;
  /** The sum of all rows, `unattributedMilliseconds` and `overheadMilliseconds`. */
  readonly milliseconds: number;
  /** The sum of the rows' `layoutMilliseconds`. */
  readonly layoutMilliseconds: number;
  /** What a run takes besides its kernels: the session's own work, and that of the profiler. */
  readonly overheadMilliseconds: number;
  /**
   * The median quiet run as a whole. What exceeds `milliseconds` are interruptions, which no kernel's median
   * contains: a few percent on an idle machine.
   */
  readonly runMilliseconds: number;
  /** The median of all runs. If it is far above `runMilliseconds`, other programs were busy. */
  readonly medianRunMilliseconds: number;
  /** Kernels that belong to no row: 0, unless the runtime rewrites the graph in an unknown way. */
  readonly unattributedMilliseconds: number;
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
  const recorded = await recordRuns({ label, model: encodeOnnx(model), feeds }, allRuns(options), options);
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
  const recorded = await recordRuns(costs.measurable, allRuns(options), options);
  const rows = new Map(costs.rows.map((row, index) => [row.node, index]));
  return joinTimes(costs, costs.graph, recorded, (node) => rows.get(node), options);
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

const RUNS = 40;
const WARMUP = 5;

function allRuns({ runs = RUNS, warmup = WARMUP }: LatencyOptions): number {
  return warmup + runs;
}

/** Assigns the recorded times to the rows of a count. */
function joinTimes<Row extends LayerCost>(
  costs: NetworkCosts<Row>,
  original: OnnxGraph,
  recorded: RecordedRuns,
  rowOf: (node: OnnxNode) => number | undefined,
  { threads = 1, warmup = WARMUP }: LatencyOptions,
): Latency<Row> {
  const measured = recorded.runs.slice(warmup);
  const runs = quietRuns(measured);
  const { nodes, unknown, overhead } = kernelTimes(recorded.graph, runs);
  const attribution = attributeNodes(original, recorded.graph);
  const own = costs.rows.map(() => 0);
  const layout = costs.rows.map(() => 0);
  let unattributed = unknown;
  for (const [node, milliseconds] of nodes) {
    const purpose = attribution.purposes.get(node);
    const row = purpose?.node && rowOf(purpose.node);
    if (row === undefined) unattributed += milliseconds;
    else if (purpose?.layout) layout[row] += milliseconds;
    else own[row] += milliseconds;
  }

  const milliseconds = sum(own) + sum(layout) + unattributed + overhead;
  const hosts = fusionHosts(attribution, rowOf);
  const fusedMadds = costs.rows.map((row) => row.madds ?? 0);
  for (const [row, host] of hosts) fusedMadds[host] += costs.rows[row].madds ?? 0;
  const rows = costs.rows.map((row, index) => ({
    ...row,
    milliseconds: own[index],
    layoutMilliseconds: layout[index],
    share: (own[index] + layout[index]) / milliseconds,
    gmaddsPerSecond: gmaddsPerSecond(fusedMadds[index], own[index]),
    fusedInto: hosts.has(index) ? costs.rows[hosts.get(index)!].name : undefined,
  }));
  return {
    ...costs,
    rows,
    threads,
    runs: measured.length,
    quietRuns: runs.length,
    milliseconds,
    layoutMilliseconds: sum(layout),
    overheadMilliseconds: overhead,
    runMilliseconds: median(runs.map((run) => run.milliseconds)),
    medianRunMilliseconds: median(measured.map((run) => run.milliseconds)),
    unattributedMilliseconds: unattributed,
  };
}

/**
 * The fastest quarter of the runs. Medians over these add up to the whole run, which medians over runs with
 * interruptions do not.
 */
export function quietRuns(runs: readonly ProfiledRun[]): ProfiledRun[] {
  return fastestQuarter(runs, (run) => run.milliseconds);
}

/** The median milliseconds of every node that ran, of kernels without a node, and of the rest of a run. */
function kernelTimes(graph: OnnxGraph, runs: readonly ProfiledRun[]) {
  const perNode = new Map<OnnxNode, number[]>();
  const unknown: number[] = [];
  const overhead: number[] = [];
  for (const { kernels, milliseconds } of runs) {
    const thisRun = new Map<OnnxNode | undefined, number>();
    for (const { node, microseconds } of matchKernels(graph, kernels)) {
      thisRun.set(node, (thisRun.get(node) ?? 0) + microseconds / 1000);
    }
    overhead.push(milliseconds - sum([...thisRun.values()]));
    unknown.push(thisRun.get(undefined) ?? 0);
    for (const [node, time] of thisRun) {
      if (!node) continue;
      const times = perNode.get(node);
      if (times) times.push(time);
      else perNode.set(node, [time]);
    }
  }
  const nodes = new Map([...perNode].map(([node, times]) => [node, median(times)]));
  return { nodes, unknown: median(unknown), overhead: median(overhead) };
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
