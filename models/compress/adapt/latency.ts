/** How long candidates take: predicted from this machine's latency table, and measured beside the original. */
import { type Extent, type Graph, narrowGraph, toOnnx } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import type { Environment } from "../../cache.ts";
import { imageFeeds } from "../../image_feeds.ts";
import {
  type LatencyModel,
  measureMissing,
  modelOfTable,
  openLatencyTable,
  predictNetwork,
  timedNetwork,
} from "../../latency/mod.ts";
import { boundWeights, type Candidate } from "./candidate.ts";
import type { ChannelTable } from "./netadapt.ts";
import { timeInTurns } from "./turns.ts";

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
  close(): Promise<void>;
}

/** Latencies of candidates on this machine. */
export class CandidateLatency implements NetworkLatency {
  private constructor(
    private readonly graph: Graph,
    private readonly model: LatencyModel,
    private readonly options: LatencyOptions,
    private readonly session: Session,
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
    const { graph, layout: { groups } } = original;
    const table = await openLatencyTable({ threads, ...(env ? { env } : {}) });
    const part = (share: (index: number) => number) =>
      narrowGraph(
        graph,
        new Map(
          groups.map((
            { name, channels },
            i,
          ) => [name, Math.min(channels, Math.max(8, Math.round(channels * share(i) / 8) * 8))]),
        ),
      );
    const graphs = [
      graph,
      ...UNIFORM.map((share) => part(() => share)),
      ...ALTERNATING.flatMap((share) => [0, 1].map((parity) => part((i) => i % 2 === parity ? share : 1))),
    ];
    const networks = graphs.map((graph, i) => timedNetwork(`adapt ${i}`, graph, size));
    const measured = await measureMissing(table, networks, { signal, onNetwork });
    signal?.throwIfAborted();
    const session = await openSession(original, threads);
    const model = modelOfTable(measured);
    const time = await timeInTurns([runOf(session, size)], threads);
    const predicted = predictNetwork(model, timedNetwork("original", graph, size)).milliseconds;
    const { processor } = measured.machine;
    return new CandidateLatency(graph, model, options, session, processor, time[0], time[0] / predicted);
  }

  predict(channels: ChannelTable): number {
    const { graph, model, options: { size } } = this;
    return this.scale *
      predictNetwork(model, timedNetwork("candidate", narrowGraph(graph, channels), size)).milliseconds;
  }

  async measure(candidate: Candidate, size: Extent = this.options.size): Promise<MeasuredPair> {
    const { threads } = this.options;
    const session = await openSession(candidate, threads);
    try {
      const runs = [runOf(this.session, this.options.size), runOf(session, size)];
      const [original, other] = await timeInTurns(runs, threads);
      return { original, candidate: other };
    } finally {
      await session.close();
    }
  }

  /** Frees the original. */
  close(): Promise<void> {
    return this.session.close();
  }
}

function openSession(candidate: Candidate, threads: number): Promise<Session> {
  const onnx = encodeOnnx(toOnnx(candidate.graph, boundWeights(candidate)).model);
  return Session.open(onnx, "the network that is adapted", { threads });
}

/** Runs a network on an image of noise. */
function runOf(session: Session, [height, width]: Extent): () => Promise<unknown> {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 2654435761) >>> 24);
  const feeds = imageFeeds({ height, width, data }, [height, width]);
  return () => session.run(feeds);
}
