/** How long candidates take: predicted from this machine's latency table, and measured beside the original. */
import { cpuUsage } from "node:process";
import { type Extent, type Graph, narrowGraph, toOnnx } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { median } from "../../../core/profile/statistics.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
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
const UNIFORM = [0.75, 0.5, 0.3];

/** Networks in which every other group is narrower, so that layers with wide inputs have narrow outputs and conversely. */
const ALTERNATING = 0.5;

/** Latencies of candidates on this machine. */
export class CandidateLatency {
  private constructor(
    private readonly graph: Graph,
    private readonly model: LatencyModel,
    private readonly options: LatencyOptions,
    private readonly session: Session,
    /** What the processor is called. */
    readonly machine: string,
    /** The original's, in milliseconds. */
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
      ...[0, 1].map((parity) => part((i) => i % 2 === parity ? ALTERNATING : 1)),
    ];
    const networks = graphs.map((graph, i) => timedNetwork(`adapt ${i}`, graph, size));
    const measured = await measureMissing(table, networks, { signal, onNetwork });
    signal?.throwIfAborted();
    const session = await openSession(original, threads);
    const model = modelOfTable(measured);
    const time = await timeInTurns([session], [feedsOf(size)], threads);
    const predicted = predictNetwork(model, timedNetwork("original", graph, size)).milliseconds;
    const { processor } = measured.machine;
    return new CandidateLatency(graph, model, options, session, processor, time[0], time[0] / predicted);
  }

  /** The predicted latency of the original with other channels, in milliseconds. */
  predict(channels: ChannelTable): number {
    const { graph, model, options: { size } } = this;
    return this.scale *
      predictNetwork(model, timedNetwork("candidate", narrowGraph(graph, channels), size)).milliseconds;
  }

  /**
   * Measures a candidate and the original in turns, since a machine may be slower now than it was.
   *
   * @param size of the candidate's input; the original always has its own.
   * @throws {BneckError} when onnxruntime cannot run it.
   */
  async measure(candidate: Candidate, size: Extent = this.options.size): Promise<MeasuredPair> {
    const { threads } = this.options;
    const session = await openSession(candidate, threads);
    try {
      const feeds = [feedsOf(this.options.size), feedsOf(size)];
      const [original, other] = await timeInTurns([this.session, session], feeds, threads);
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

function feedsOf([height, width]: Extent): Record<string, NamedTensor> {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 2654435761) >>> 24);
  return imageFeeds({ height, width, data }, [height, width]);
}

const ROUNDS = 8;
const RUNS = 6;

/**
 * Times of networks in turns, a block of runs each, after one that warms the caches. The first one's is that of its
 * fastest run, since other programs can only make a run slower. Those of the others follow from the median ratio of
 * blocks that were run one after the other: on one thread of the processor's time, which does not pass while other
 * programs have the processor.
 */
async function timeInTurns(
  sessions: readonly Session[],
  feedsEach: readonly Readonly<Record<string, NamedTensor>>[],
  threads: number,
): Promise<number[]> {
  const blocks: number[][] = sessions.map(() => []);
  let fastest = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, session] of sessions.entries()) {
      const feeds = feedsEach[index];
      await session.run(feeds);
      const [start, used] = [performance.now(), cpuUsage()];
      for (let run = 0; run < RUNS; run++) {
        const begin = performance.now();
        await session.run(feeds);
        if (index === 0) fastest = Math.min(fastest, performance.now() - begin);
      }
      const { user, system } = cpuUsage(used);
      blocks[index].push(threads === 1 ? user + system : performance.now() - start);
    }
  }
  const [first] = blocks;
  return blocks.map((times) => fastest * median(times.map((time, round) => time / first[round])));
}
