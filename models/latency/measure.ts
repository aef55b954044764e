/** Measuring networks for a latency table: whole, so that each part runs among others as it does in use. */
import { cpuUsage } from "node:process";
import {
  bindWeights,
  type Extent,
  type Graph,
  type GraphInput,
  graphInputs,
  randomWeights,
} from "../../core/graph/mod.ts";
import {
  type Latency,
  measurableGraph,
  measureLayers,
  median,
  percentile,
  undisturbed as undisturbedMedian,
} from "../../core/profile/mod.ts";
import { MeasuredSession } from "../../core/profile/measuring/measured_session.ts";
import { type LatencyPart, latencyParts, type NetworkParts } from "../../core/profile/latency_parts.ts";
import { exactKey, type LatencySample, overheadSample } from "../../core/profile/latency_table.ts";
import { type LatencySession, type LatencyTable, modelOfTable, saveSessions, withSessions } from "./store.ts";

/** A network to be measured. */
export interface TimedNetwork {
  readonly name: string;
  readonly graph: Graph;
  readonly input: GraphInput;
}

/** A network of one image of a size; the name of its input is found out. */
export function timedNetwork(name: string, graph: Graph, [height, width]: Extent): TimedNetwork {
  const shapes = graphInputs(graph).filter(({ operator }) => operator.name !== "size").map(({ operator }) => {
    const { elementType, channels } = operator;
    const shape = elementType === "uint8" ? [1, height, width, channels] : [1, channels, height, width];
    return [operator.name, shape] as const;
  });
  return { name, graph, input: { shapes: Object.fromEntries(shapes), size: [height, width] } };
}

/** How networks are measured for a table. */
export interface TableMeasuring {
  /** No network is begun after this time, in milliseconds, but the first of an empty table. @default {Infinity} */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** How often each is measured; the fastest counts. @default {2} */
  readonly repeats?: number;
  /**
   * How long a network takes as a whole, in milliseconds, where that is known better than from the runs that are profiled;
   * its parts are scaled to it.
   */
  readonly whole?: (network: TimedNetwork) => number;
  /** Called after each network. */
  readonly onNetwork?: (done: number, total: number) => void;
}

/** Enough runs for steady medians of small networks, and no more time than that for large ones. */
const SCHEDULE = { runs: 200, warmup: 3, block: 5, milliseconds: 200 };

/** Any seed would do. */
const SEED = 1;

/** A measurement that varied more than this, (p90 − p10) / median, is repeated once more. */
const NOISY = 0.3;
const MAX_REPEATS = 1;

/**
 * Measures networks and adds them to a table, also to its file. Stopped or out of time, those that were measured are
 * added.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot run one.
 */
export async function measureForTable<Table extends LatencyTable>(
  table: Table,
  networks: readonly TimedNetwork[],
  options: TableMeasuring = {},
): Promise<Table> {
  const { limit = Infinity, signal, repeats = 2, whole, onNetwork } = options;
  const start = performance.now();
  const sessions: LatencySession[] = [];
  try {
    for (const [index, network] of networks.entries()) {
      const isEmpty = sessions.length + table.sessions.length === 0;
      if (signal?.aborted || !isEmpty && performance.now() - start >= limit) break;
      const session = await measureSession(network, table.machine.threads, repeats, signal);
      sessions.push(whole ? scaledTo(session, whole(network)) : session);
      onNetwork?.(index + 1, networks.length);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    await saveSessions(table, sessions);
  }
  return withSessions(table, sessions);
}

/**
 * Measures those of the networks that have the most parts which a table lacks, one after another, until every part is in
 * the table or the time is up.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot run one.
 */
export async function measureMissing<Table extends LatencyTable>(
  table: Table,
  networks: readonly TimedNetwork[],
  options: TableMeasuring = {},
): Promise<Table> {
  return await measureForTable(table, missingFrom(table, networks), options);
}

/** The networks that bring a table every part that it lacks, those with the most of them first. */
export function missingFrom(table: LatencyTable, networks: readonly TimedNetwork[]): TimedNetwork[] {
  const model = modelOfTable(table);
  const missing = networks.map((network) => {
    const { parts } = latencyParts(network.graph, network.input);
    return { network, keys: new Set(parts.filter((part) => !model.has(part)).map(exactKey)) };
  });
  const chosen: TimedNetwork[] = [];
  while (true) {
    const next = missing.reduce((most, other) => other.keys.size > most.keys.size ? other : most, missing[0]);
    if (next === undefined || next.keys.size === 0) return chosen;
    chosen.push(next.network);
    const found = new Set(next.keys);
    for (const { keys } of missing) for (const key of found) keys.delete(key);
  }
}

async function measureSession(
  { name, graph, input }: TimedNetwork,
  threads: number,
  repeats: number,
  signal?: AbortSignal,
): Promise<LatencySession> {
  const weights = bindWeights(graph, randomWeights(graph, SEED), name);
  let fastest: Latency | undefined;
  const isEnough = (attempts: number) =>
    attempts >= repeats && (attempts >= repeats + MAX_REPEATS || noiseOf(fastest!) <= NOISY);
  for (let attempts = 0; !isEnough(attempts); attempts++) {
    const measured = await measureLayers(name, graph, weights, input, { threads, ...SCHEDULE, signal });
    // Too few runs to remember.
    if (measured.stopped) signal?.throwIfAborted();
    if (fastest === undefined || undisturbed(measured) < undisturbed(fastest)) fastest = measured;
  }
  return sessionOf(name, latencyParts(graph, input), fastest!);
}

/** The session with all its times changed by the same factor. */
function scaledTo(session: LatencySession, milliseconds: number): LatencySession {
  const factor = milliseconds / session.milliseconds;
  const samples = session.samples.map((one) => ({ ...one, milliseconds: factor * one.milliseconds }));
  return { ...session, milliseconds, samples };
}

function undisturbed({ milliseconds, disturbance }: Latency): number {
  return milliseconds / disturbance;
}

function noiseOf({ interval: [p10, p90], milliseconds }: Latency): number {
  return (p90 - p10) / milliseconds;
}

/**
 * A profile as a session of a table: costs nothing but adding up.
 *
 * @param parts those of the network that was profiled.
 */
function sessionOf(name: string, { parts, traffic }: NetworkParts, profile: Latency): LatencySession {
  const rows = new Map(profile.rows.map((row) => [row.name, row]));
  // Where the profiler's cost is not known well, the parts do not quite add up to the plain run, which is what counts.
  const scale = profile.milliseconds / profile.partsMilliseconds / profile.disturbance;
  const timeOf = ({ layers }: LatencyPart) =>
    scale * layers.reduce((sum, layer) => {
      const row = rows.get(layer);
      return sum + (row ? row.milliseconds + row.layoutMilliseconds : 0);
    }, 0);
  const samples = [...Map.groupBy(parts, exactKey).values()].map((alike): LatencySample => {
    const [{ layers: _, ...part }] = alike;
    const milliseconds = alike.reduce((sum, part) => sum + timeOf(part), 0) / alike.length;
    return { ...part, milliseconds, traffic };
  });
  const overhead = scale * (profile.overheadMilliseconds + profile.unattributedMilliseconds);
  return {
    name: printable(name),
    date: new Date().toISOString().slice(0, 10),
    milliseconds: undisturbed(profile),
    noise: noiseOf(profile),
    samples: [...samples, overheadSample(parts.length, Math.max(0, overhead), traffic)],
  };
}

/** A network's name may be a path. */
function printable(name: string): string {
  // deno-lint-ignore no-control-regex
  return name.replace(/[\x00-\x1f\x7f-\x9f]/g, "?").slice(0, 150);
}

/** How whole networks are measured. */
export interface WholeMeasuring {
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Called after each round. */
  readonly onRound?: (done: number, total: number) => void;
}

/** The time of a whole network. */
export interface WholeTime {
  /** The median of the runs that nothing disturbed. */
  readonly milliseconds: number;
  /** How far all runs varied: (p90 − p10) / median. */
  readonly noise: number;
}

/** The time that this process has had the processor, in milliseconds. It does not pass while other programs have it. */
export function processorTime(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** Rounds in which every network has a turn, and runs of a turn after one that brings its weights into the caches. */
const ROUNDS = 8;
const TURN = 8;

/**
 * Measures networks whole and in turns, for comparing with what a table predicts; on one thread by the processor's time.
 *
 * @returns the time of each.
 * @throws {BneckError} (unusable model) when onnxruntime cannot run one; the reason of `signal`.
 */
export async function measureWhole(
  networks: readonly TimedNetwork[],
  { threads = 1, signal, onRound }: WholeMeasuring = {},
): Promise<WholeTime[]> {
  const sessions: MeasuredSession[] = [];
  const times: number[][] = networks.map(() => []);
  try {
    for (const { name, graph, input } of networks) {
      signal?.throwIfAborted();
      const weights = bindWeights(graph, randomWeights(graph, SEED), name);
      sessions.push(await MeasuredSession.open(measurableGraph(name, graph, weights, input), { threads }));
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, session] of sessions.entries()) {
        signal?.throwIfAborted();
        await session.run();
        for (let run = 0; run < TURN; run++) {
          const before = processorTime();
          const wall = await session.run();
          times[index].push(threads === 1 ? Math.min(wall, processorTime() - before) : wall);
        }
      }
      onRound?.(round + 1, ROUNDS);
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  return times.map((runs) => ({
    milliseconds: undisturbedMedian(runs),
    noise: (percentile(runs, 0.9) - percentile(runs, 0.1)) / median(runs),
  }));
}
