/** What a search found, beside published networks, measured whole. */
import type { Extent, Graph } from "../../core/graph/mod.ts";
import { countLayers } from "../../core/profile/mod.ts";
import {
  type LatencyModel,
  measureWhole,
  predictNetwork,
  type TimedNetwork,
  timedNetwork,
} from "../latency/mod.ts";
import { networkInput } from "../networks/definition.ts";
import type { Judged, RewardRule } from "./evolve.ts";
import { paretoFront, rewardOf } from "./evolve.ts";
import type { Reference } from "./references.ts";
import { scoreNetwork, type Scores, SCORES_OF, type StandIn } from "./stand_in.ts";

/** A network of a result: found, or published. */
export interface SearchRow {
  readonly label: string;
  readonly origin: "best" | "front" | "reference";
  /** Milliseconds by the latency table. */
  readonly predicted: number;
  /** Measured whole, in turns with the others; absent where the search was stopped before. */
  readonly measured?: number;
  /** How far its runs varied: (p90 − p10) / median. */
  readonly noise?: number;
  readonly madds: number;
  readonly parameters: number;
  readonly scores: Partial<Scores>;
  /** What stands in for its accuracy, in percent. */
  readonly quality: number;
  readonly reward: number;
  /** Published top-1 accuracy, in percent. */
  readonly published?: number;
}

/** What rows are made of. */
export interface RowSources {
  readonly rule: RewardRule;
  readonly size: Extent;
  readonly seed: number;
  readonly threads: number;
  readonly standIn: StandIn;
  readonly model: LatencyModel;
  readonly signal?: AbortSignal;
  readonly onRound?: (done: number, total: number) => void;
}

/** Networks of the front that are measured and listed. */
const FRONT = 8;

/** The best of a search, and those that no other beats in both latency and quality, without it. */
export function bestAndFront(judged: readonly Judged[]): readonly [best: Judged, ...front: Judged[]] {
  const best = judged.reduce((most, other) => other.reward > most.reward ? other : most);
  const front = paretoFront(judged, ({ milliseconds }) => milliseconds, ({ quality }) => quality);
  return [best, ...spread(front.filter((item) => item !== best), FRONT)];
}

/**
 * The rows of a result, measured whole unless it is interrupted.
 *
 * @param found the best first.
 * @throws {BneckError} (unusable model) when onnxruntime cannot run one.
 */
export async function searchRows(
  found: readonly {
    readonly graph: Graph;
    readonly milliseconds: number;
    readonly scores: Partial<Scores>;
  }[],
  references: readonly Reference[],
  sources: RowSources,
): Promise<SearchRow[]> {
  const { size, seed, threads, standIn, model, signal, onRound, rule } = sources;
  const networks: TimedNetwork[] = [];
  const row = (
    given: Pick<SearchRow, "label" | "origin" | "published" | "scores" | "predicted">,
    graph: Graph,
  ): SearchRow => {
    const { madds, parameters } = countLayers(graph, networkInput(size));
    const quality = standIn.estimate(given.scores);
    networks.push(timedNetwork(given.label, graph, size));
    return { ...given, madds, parameters, quality, reward: rewardOf(quality, given.predicted, rule) };
  };
  const rows = found.map(({ graph, milliseconds, scores }, index) => {
    const label = index === 0 ? "found" : `front ${index}`;
    const origin = index === 0 ? "best" : "front";
    return row({ label, origin, scores, predicted: milliseconds }, graph);
  });
  for (const { label, graph, accuracy } of references) {
    if (signal?.aborted) break;
    const predicted = predictNetwork(model, timedNetwork(label, graph, size)).milliseconds;
    const scores = await scoreNetwork(graph, SCORES_OF[standIn.name], { size, seed });
    rows.push(row({ label, origin: "reference", published: accuracy, scores, predicted }, graph));
  }
  const measured = await unlessAborted(signal, () => measureWhole(networks, { threads, signal, onRound }));
  return rows.map((row, index) => ({
    ...row,
    measured: measured?.[index].milliseconds,
    noise: measured?.[index].noise,
  }));
}

/** Mean of |predicted / measured − 1| over the rows that were measured; absent where none was. */
export function predictionError(rows: readonly SearchRow[]): number | undefined {
  const errors = rows.flatMap(({ predicted, measured }) =>
    measured === undefined ? [] : [Math.abs(predicted / measured - 1)]
  );
  return errors.length > 0 ? errors.reduce((sum, error) => sum + error, 0) / errors.length : undefined;
}

/** Runs of one network that vary more than this were disturbed. */
const DISTURBED = 0.5;

/** How many networks were disturbed by other programs while they were measured whole. */
export function disturbedRows(rows: readonly SearchRow[]): number {
  return rows.filter(({ noise }) => noise !== undefined && noise > DISTURBED).length;
}

/** At most `count` items, evenly spread, the first and last among them. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, k) => items[Math.round(k * (items.length - 1) / (count - 1))]);
}

/** What `work` gives; `undefined` where it is or gets aborted. */
async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (signal?.aborted) return undefined;
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}
