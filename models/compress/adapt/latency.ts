/** How long candidates take: predicted from this machine's latency table, and measured beside the original. */
import {
  bindWeights,
  type Extent,
  type Graph,
  narrowGraph,
  randomWeights,
  toOnnx,
} from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import type { Environment } from "../../cache.ts";
import { imageFeeds } from "../../image_feeds.ts";
import {
  type LatencyModel,
  measureForTable,
  missingFrom,
  modelOfTable,
  openLatencyTable,
  predictNetwork,
  type TimedNetwork,
  timedNetwork,
} from "../../latency/mod.ts";
import { boundWeights, type Candidate } from "./candidate.ts";
import type { ChannelTable } from "./netadapt.ts";
import { type Runner, timeInTurns } from "./turns.ts";

/** What latencies are of. */
export interface LatencyOptions {
  /** The network's input, `[height, width]` in pixels. */
  readonly size: Extent;
  readonly threads: number;
  /** Where the cache folder is looked for. */
  readonly env?: Environment;
  readonly signal?: AbortSignal;
  /** Called after each network that is measured for the table. */
  readonly onNetwork?: (done: number, total: number) => void;
}

/** Two networks measured in turns, in milliseconds. */
export interface MeasuredPair {
  readonly original: number;
  readonly candidate: number;
}

/** The uniform parts of all channels that the table is measured with, besides the original. */
const UNIFORM = [0.85, 0.7, 0.5, 0.3];

/** Networks in which every other group is narrower, so that layers with wide inputs have narrow outputs and conversely. */
const ALTERNATING = [0.75, 0.5];

/** The networks that a table needs for a network: itself, and forms of it that are narrower. */
export function networksForTable(
  { graph, layout: { groups } }: Pick<Candidate, "graph" | "layout">,
  size: Extent,
): TimedNetwork[] {
  const part = (share: (index: number) => number) => {
    const channels = groups.map(({ name, channels }, i) =>
      [name, Math.min(channels, Math.max(8, Math.round(channels * share(i) / 8) * 8))] as const
    );
    return narrowGraph(graph, new Map(channels));
  };
  const graphs = [
    graph,
    ...UNIFORM.map((share) => part(() => share)),
    ...ALTERNATING.flatMap((share) => [0, 1].map((parity) => part((i) => i % 2 === parity ? share : 1))),
  ];
  return graphs.map((graph, i) => timedNetwork(`adapt ${i}`, graph, size));
}

/** How long candidates of one network take. */
export interface NetworkLatency {
  /** What the processor is called. */
  readonly machine: string;
  /** The original's, in milliseconds. */
  readonly original: number;
  /** The predicted latency of the original with other channels, in milliseconds. */
  predict(channels: ChannelTable): number;
  /**
   * Measures a candidate and the original in turns, since a machine may be slower now than it was.
   *
   * @param size of the candidate's input; the original always has its own.
   * @throws {BneckError} when onnxruntime cannot run it.
   */
  measure(candidate: Candidate, size?: Extent): Promise<MeasuredPair>;
}

/** Latencies of candidates on this machine. */
export class CandidateLatency implements NetworkLatency {
  private constructor(
    private readonly network: Candidate,
    private readonly model: LatencyModel,
    private readonly options: LatencyOptions,
    readonly machine: string,
    readonly original: number,
    /** Brings predictions to the same scale. */
    private readonly scale: number,
  ) {}

  /**
   * Measures the original and some narrower forms of it for the latency table, and the original as a whole.
   *
   * @throws {BneckError} when onnxruntime cannot run it; the reason of `signal` once it is aborted.
   */
  static async open(original: Candidate, options: LatencyOptions): Promise<CandidateLatency> {
    const { size, threads, signal, env, onNetwork } = options;
    const { graph } = original;
    const table = await openLatencyTable({ threads, ...(env ? { env } : {}) });
    const networks = networksForTable(original, size);
    // Profiles are of one network after another. In turns with the original it does not matter when the machine was slow.
    const missing = missingFrom(table, networks);
    const runners = missing.map(({ graph, name }) => runnerOf(randomlyWeighted(graph, name), size, threads));
    const [time, ...times] = await timeInTurns([runnerOf(original, size, threads), ...runners], {
      threads,
      signal,
    });
    signal?.throwIfAborted();
    const measured = await measureForTable(table, missing, {
      signal,
      onNetwork,
      whole: (network) => times[missing.indexOf(network)],
    });
    signal?.throwIfAborted();
    const model = modelOfTable(measured);
    const predicted = predictNetwork(model, timedNetwork("original", graph, size)).milliseconds;
    const { processor } = measured.machine;
    return new CandidateLatency(original, model, options, processor, time, time / predicted);
  }

  predict(channels: ChannelTable): number {
    const { network: { graph }, model, options: { size } } = this;
    return this.scale *
      predictNetwork(model, timedNetwork("candidate", narrowGraph(graph, channels), size)).milliseconds;
  }

  async measure(candidate: Candidate, size: Extent = this.options.size): Promise<MeasuredPair> {
    const { threads, size: own } = this.options;
    const runners = [runnerOf(this.network, own, threads), runnerOf(candidate, size, threads)];
    const [original, other] = await timeInTurns(runners, { threads });
    return { original, candidate: other };
  }
}

type Weighted = Pick<Candidate, "graph" | "weights">;

/** Any weights: how long a network takes does not hang on them. */
function randomlyWeighted(graph: Graph, name: string): Weighted {
  const bound = bindWeights(graph, randomWeights(graph, 1), name);
  return { graph, weights: new Map([...bound].map(([{ scope }, conv]) => [scope, conv])) };
}

/** Runs a network on an image of noise. */
function runnerOf(network: Weighted, [height, width]: Extent, threads: number): () => Promise<Runner> {
  const onnx = encodeOnnx(toOnnx(network.graph, boundWeights(network)).model);
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 2654435761) >>> 24);
  const feeds = imageFeeds({ height, width, data }, [height, width]);
  return async () => {
    const session = await Session.open(onnx, "the network that is adapted", { threads });
    return { run: () => session.run(feeds), close: () => session.close() };
  };
}
