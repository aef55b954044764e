/** Searching networks for this machine: latency from its table, evolution, and whole measurements of what was found. */
import type { Extent } from "../../core/graph/mod.ts";
import { namedSeed, randomIntegers } from "../../core/random.ts";
import {
  type LatencyModel,
  type LatencyTable,
  measureMissing,
  modelOfTable,
  openLatencyTable,
  predictNetwork,
  type TimedNetwork,
  timedNetwork,
} from "../latency/mod.ts";
import { type NetworkTable, networkTableGraph } from "../networks/network_table.ts";
import { evolve, type Judged, type RewardRule } from "./evolve.ts";
import { referenceNetworks } from "./references.ts";
import { bestAndFront, predictionError, type SearchRow, searchRows } from "./result.ts";
import {
  type Candidate,
  candidateTable,
  randomCandidate,
  SEARCH_SPACES,
  type SearchSpace,
  type SearchSpaceName,
} from "./space.ts";
import { openStandIn, scoreNetwork, SCORES_OF, type StandIn, type StandInName } from "./stand_in.ts";
import { readSearchState, type Remembered, stateKey, writeSearchState } from "./state.ts";

/** What is searched for. Plain data: equal settings and an equal latency table give equal networks. */
export interface SearchSettings extends RewardRule {
  readonly space: SearchSpaceName;
  readonly size: Extent;
  readonly seed: number;
  readonly standIn: StandInName;
  /** Candidates that are judged. */
  readonly evaluations: number;
  readonly threads: number;
}

/** What a search is doing. */
export type SearchPhase = "latency" | "paper" | "candidates" | "whole";

/** What happens meanwhile. */
export interface SearchListener {
  readonly signal?: AbortSignal;
  /**
   * Seconds from the beginning after which no candidate is judged; what is measured for the table before takes a third of
   * them at most. The paper's networks are scored, unless the cache has them, and what was found is measured whatever the
   * time.
   */
  readonly timeLimit?: number;
  /** Where what was found out is kept; without it, nowhere. */
  readonly statePath?: string;
  /**
   * Each step of a phase: `latency`, networks for the table; `paper`, networks that are scored; `candidates`; `whole`,
   * rounds in which what was found is measured.
   */
  readonly onProgress?: (phase: SearchPhase, done: number, total: number, note?: string) => void;
  /** What a reader should know. */
  readonly onNote?: (note: string) => void;
}

/** What a search has found. */
export interface SearchResult {
  readonly settings: SearchSettings;
  readonly standIn: StandIn;
  readonly table: LatencyTable;
  /** All candidates, in the order in which they were judged. */
  readonly judged: readonly Judged[];
  readonly best: NetworkTable;
  /** The best, the front by predicted latency, and the references. */
  readonly rows: readonly SearchRow[];
  /** Mean of |predicted / measured − 1| over the rows; absent where they were not measured. */
  readonly error?: number;
  /** Why it ended before all candidates were judged. */
  readonly stopped?: "interrupted" | "time";
  /** Candidates that an earlier run had judged. */
  readonly resumed: number;
}

/** Networks of the space that are measured for the table where it lacks them, and for how long at most. */
const TABLE_NETWORKS = 40;
const TABLE_MILLISECONDS = 120_000;

/** The part of the time that is left before candidates are judged that the table may take. */
const TABLE_SHARE = 1 / 3;

/** A table that knows this much of what candidates consist of needs no more. */
const KNOWN_ENOUGH = 0.8;

/** A state is written when this much time has passed. */
const STATE_INTERVAL = 15_000;

/**
 * Searches a network.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot be used; the reason of `signal` when it is aborted before
 *   a candidate was judged.
 */
export async function search(settings: SearchSettings, listener: SearchListener = {}): Promise<SearchResult> {
  const { size, seed, threads } = settings;
  const { signal, timeLimit = Infinity, onProgress } = listener;
  const end = performance.now() + 1000 * timeLimit;
  const space = SEARCH_SPACES[settings.space];
  const references = referenceNetworks(size);
  const standIn = await openStandIn({
    name: settings.standIn,
    seed,
    signal,
    onNetwork: (done, total) => onProgress?.("paper", done, total),
  });
  const left = Math.max(0, end - performance.now());
  const table = await preparedTable(settings, listener, Math.min(TABLE_MILLISECONDS, left * TABLE_SHARE));
  signal?.throwIfAborted();
  const model = modelOfTable(table);
  const { judged, known, resumed } = await judgeCandidates(settings, listener, model, standIn, end);
  if (judged.length === 0) signal?.throwIfAborted();

  const graphOf = ({ candidate }: Judged) =>
    networkTableGraph(candidateTable(space, candidate, { name: "candidate", size }));
  const found = bestAndFront(judged).map((item) => ({
    graph: graphOf(item),
    milliseconds: item.milliseconds,
    scores: known.get(stateKey(space, item.candidate))!.scores,
  }));
  const rows = await searchRows(found, references, {
    rule: settings,
    size,
    seed,
    threads,
    standIn,
    model,
    signal,
    onRound: (done, total) => onProgress?.("whole", done, total),
  });
  const isShort = judged.length < settings.evaluations;
  const stopped = signal?.aborted ? "interrupted" : performance.now() >= end ? "time" : undefined;
  return {
    settings,
    standIn,
    table,
    judged,
    best: candidateTable(space, bestAndFront(judged)[0].candidate, { name: nameOf(settings), size }),
    rows,
    error: predictionError(rows),
    stopped: isShort ? stopped : undefined,
    resumed: Math.min(resumed, judged.length),
  };
}

/** `mobilenetv3-4ms-seed0`. */
function nameOf({ space, target, seed }: SearchSettings): string {
  return `${space}-${Number(target.toPrecision(4))}ms-seed${seed}`;
}

async function judgeCandidates(
  settings: SearchSettings,
  { signal, statePath, onProgress, onNote }: SearchListener,
  model: LatencyModel,
  standIn: StandIn,
  end: number,
) {
  const { size, seed, evaluations } = settings;
  const space: SearchSpace = SEARCH_SPACES[settings.space];
  const graphOf = (candidate: Candidate) =>
    networkTableGraph(candidateTable(space, candidate, { name: "candidate", size }));
  const known = new Map<string, Remembered>();
  const state = statePath === undefined
    ? undefined
    : await readSearchState(statePath, stateSettings(settings));
  if (state === "other") onNote?.(`${statePath} belongs to another search: it is replaced`);
  else for (const [key, remembered] of state ?? []) known.set(key, remembered);
  const resumed = known.size;
  const latencies = new Map([...known].map(([key, { milliseconds }]) => [key, milliseconds]));
  const latency = (candidate: Candidate) => {
    const key = stateKey(space, candidate);
    const found = latencies.get(key) ??
      predictNetwork(model, timedNetwork("candidate", graphOf(candidate), size)).milliseconds;
    latencies.set(key, found);
    return found;
  };
  let saved = performance.now();
  const save = async () => {
    if (statePath !== undefined) await writeSearchState(statePath, stateSettings(settings), known);
    saved = performance.now();
  };
  const wanted = SCORES_OF[settings.standIn];
  let count = 0;
  const judged = await evolve({
    ...settings,
    space,
    latency,
    async quality(candidate) {
      const key = stateKey(space, candidate);
      let scores = known.get(key)?.scores;
      if (scores === undefined || wanted.some((score) => typeof scores![score] !== "number")) {
        scores = await scoreNetwork(graphOf(candidate), wanted, { size, seed });
        known.set(key, { milliseconds: latency(candidate), scores });
      }
      if (performance.now() - saved > STATE_INTERVAL) await save();
      return standIn.estimate(scores);
    },
    // One candidate is judged whatever the time, so that there is a result.
    isStopped: () => signal?.aborted === true || (count > 0 && performance.now() >= end),
    onJudged({ milliseconds, quality }, done) {
      count = done;
      onProgress?.("candidates", done, evaluations, `${milliseconds.toFixed(2)} ms, ${quality.toFixed(1)}`);
    },
  });
  if (known.size > resumed || state === "other") await save();
  return { judged, known, resumed };
}

/** The networks that a search needs in its table: the references, and networks of the space that its seed draws. */
export function networksForTable(
  { space: name, size, seed }: Pick<SearchSettings, "space" | "size" | "seed">,
): { readonly references: TimedNetwork[]; readonly random: TimedNetwork[] } {
  const space = SEARCH_SPACES[name];
  const roll = randomIntegers(namedSeed("networks for the latency table", seed));
  return {
    references: referenceNetworks(size).map(({ name, graph }) => timedNetwork(name, graph, size)),
    random: Array.from({ length: TABLE_NETWORKS }, (_, index) => {
      const label = `${name} ${index + 1}`;
      const table = candidateTable(space, randomCandidate(space, roll), { name: label, size });
      return timedNetwork(label, networkTableGraph(table), size);
    }),
  };
}

/** The table of this machine, with enough of the space and of the references in it. */
async function preparedTable(
  settings: SearchSettings,
  { signal, onProgress }: SearchListener,
  limit: number,
): Promise<LatencyTable> {
  const table = await openLatencyTable({ threads: settings.threads });
  const { references, random } = networksForTable(settings);
  const model = modelOfTable(table);
  const shares = random.map((network) => predictNetwork(model, network).measuredShare);
  const known = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return await measureMissing(table, known < KNOWN_ENOUGH ? [...references, ...random] : references, {
    limit,
    signal,
    onNetwork: (done, total) => onProgress?.("latency", done, total),
  });
}

/** What must be equal to continue from a state. */
function stateSettings({ evaluations: _, ...settings }: SearchSettings): string {
  return JSON.stringify(settings);
}
