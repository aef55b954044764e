/**
 * What stands in for accuracy while nothing is trained: scores of untrained networks, brought to percent by what the
 * MobileNetV3 paper publishes of its own networks, and how well they rank those.
 */
import type { Extent, Graph } from "../../core/graph/mod.ts";
import { countLayers, spearman } from "../../core/profile/mod.ts";
import { loadRuntime } from "../../core/session/mod.ts";
import { type Environment, readEnvironment } from "../cache.ts";
import { findNetwork, networkGraph, networkInput, PAPER_TABLES } from "../zoo/mod.ts";
import { naswot } from "./naswot.ts";
import { ScoreCache } from "./score_cache.ts";
import { zenScore } from "./zen.ts";

/** What may stand in for accuracy. */
export const STAND_INS = ["naswot", "zen", "both", "madds"] as const;

/** One of {@linkcode STAND_INS}. */
export type StandInName = typeof STAND_INS[number];

/** What an untrained network is judged by. */
export interface Scores {
  readonly naswot: number;
  readonly zen: number;
  /** log₁₀ of its multiply-adds. */
  readonly madds: number;
}

/** The scores that each stand-in is made of. */
export const SCORES_OF: Readonly<Record<StandInName, readonly (keyof Scores)[]>> = {
  naswot: ["naswot"],
  zen: ["zen"],
  both: ["naswot", "zen"],
  madds: ["madds"],
};

/** A network of the paper with its scores. */
export interface ScoredPaperNetwork {
  readonly label: string;
  readonly network: string;
  readonly size: Extent;
  /** Published top-1 accuracy on ImageNet, in percent. */
  readonly accuracy: number;
  readonly scores: Scores;
}

/** How scores become percent, and how well they rank the paper's networks. */
export interface StandIn {
  readonly name: StandInName;
  readonly networks: readonly ScoredPaperNetwork[];
  /** Spearman's rank correlation of each score with published accuracy: of all networks, and of each table. */
  readonly correlations: readonly {
    readonly of: keyof Scores;
    readonly all: number;
    readonly tables: Readonly<Record<string, number>>;
  }[];
  /** How far estimates of networks that are left out are from what is published, in percent points (root mean square). */
  readonly error: number;
  /** Percent, by the scores that it is made of. */
  estimate(scores: Partial<Scores>): number;
}

/** How scores are computed. */
export interface ScoringOptions {
  readonly size: Extent;
  readonly seed: number;
  readonly threads?: number;
}

/** Changes when a score is computed otherwise. */
const FORMAT = 1;

/** Inputs of a batch: more do not rank the paper's networks better. */
const NASWOT_BATCH = 8;
const ZEN_BATCH = 4;

/**
 * Some scores of a network that takes a normalised image (`input`).
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot run it.
 */
export async function scoreNetwork(
  graph: Graph,
  wanted: readonly (keyof Scores)[],
  { size, seed, threads }: ScoringOptions,
): Promise<Partial<Scores>> {
  const has = (score: keyof Scores) => wanted.includes(score);
  return {
    ...(has("naswot") ? { naswot: await naswot(graph, { size, seed, threads, batch: NASWOT_BATCH }) } : {}),
    ...(has("zen") ? { zen: await zenScore(graph, { size, seed, threads, batch: ZEN_BATCH }) } : {}),
    ...(has("madds") ? { madds: Math.log10(countLayers(graph, networkInput(size)).madds) } : {}),
  };
}

/** The tables whose networks are scored. */
const TABLES = ["table3", "table9"] as const;

/** Of networks whose row names no size. */
const PAPER_SIZE: Extent = [224, 224];

/** The row whose printed network was never published: what can be built is another one. */
const UNPUBLISHED = "Mnas-small";

/** The networks of the paper's tables 3 and 9 with published accuracy, each once. */
export function paperNetworks(): (Omit<ScoredPaperNetwork, "scores"> & { readonly tables: string[] })[] {
  const found = new Map<string, Omit<ScoredPaperNetwork, "scores"> & { readonly tables: string[] }>();
  for (const table of PAPER_TABLES.filter(({ name }) => TABLES.some((known) => known === name))) {
    for (const { label, network, size = PAPER_SIZE, printed } of table.rows) {
      if (printed.quality === undefined || label === UNPUBLISHED) continue;
      const key = `${network} ${size}`;
      const known = found.get(key);
      if (known) known.tables.push(table.name);
      else found.set(key, { label, network, size, accuracy: printed.quality, tables: [table.name] });
    }
  }
  return [...found.values()];
}

/** Options of {@linkcode openStandIn}. */
export interface StandInOptions {
  readonly name: StandInName;
  readonly seed: number;
  readonly threads?: number;
  readonly env?: Environment;
  readonly signal?: AbortSignal;
  /** Called after each network of the paper that had to be scored. */
  readonly onNetwork?: (done: number, total: number) => void;
}

/**
 * Scores the paper's networks, unless the cache folder has their scores, and fits percent to them.
 *
 * @throws {BneckError} (unusable model) when onnxruntime cannot run one; the reason of `signal`.
 */
export async function openStandIn(options: StandInOptions): Promise<StandIn> {
  const { name, seed, threads, env = readEnvironment, signal, onNetwork } = options;
  const networks = paperNetworks();
  const { env: { versions } } = await loadRuntime();
  const key = [FORMAT, versions.node ?? versions.common, seed, NASWOT_BATCH, ZEN_BATCH].join(" ");
  const cache = await ScoreCache.open(env, key);
  const scored: ScoredPaperNetwork[] = [];
  try {
    for (const [index, { tables: _, ...network }] of networks.entries()) {
      signal?.throwIfAborted();
      const place = `${network.network} ${network.size.join("x")}`;
      let scores = cache.get(place);
      if (scores === undefined) {
        const graph = networkGraph(findNetwork(network.network)!);
        scores = await scoreNetwork(graph, ["naswot", "zen", "madds"], {
          size: network.size,
          seed,
          threads,
        }) as Scores;
        cache.set(place, scores);
        onNetwork?.(index + 1, networks.length);
      }
      scored.push({ ...network, scores });
    }
  } finally {
    await cache.save();
  }
  return fitStandIn(name, scored, networks.map(({ tables }) => tables));
}

/**
 * Fits percent to scores, and says how well each score ranks.
 *
 * @param tables of each network.
 */
export function fitStandIn(
  name: StandInName,
  networks: readonly ScoredPaperNetwork[],
  tables: readonly (readonly string[])[],
): StandIn {
  const used = SCORES_OF[name];
  const row = (scores: Partial<Scores>) => [1, ...used.map((score) => scores[score] ?? NaN)];
  const fit = (of: readonly ScoredPaperNetwork[]) => {
    const accuracies = of.map(({ accuracy }) => accuracy);
    const by = spreadAlike(
      linearFit(of.map(({ scores }) => row(scores)), accuracies),
      of.map(({ scores }) => row(scores)),
      accuracies,
    );
    return (scores: Partial<Scores>) => weighted(row(scores), by);
  };
  const errors = networks.map((network) =>
    fit(networks.filter((other) => other !== network))(network.scores) - network.accuracy
  );
  const rank = (score: keyof Scores, of: readonly ScoredPaperNetwork[]) =>
    spearman(of.map(({ scores }) => scores[score]), of.map(({ accuracy }) => accuracy));
  return {
    name,
    networks,
    correlations: (["naswot", "zen", "madds"] as const).map((score) => ({
      of: score,
      all: rank(score, networks),
      tables: Object.fromEntries(
        TABLES.map((table) => [table, rank(score, networks.filter((_, k) => tables[k].includes(table)))]),
      ),
    })),
    error: Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length),
    estimate: fit(networks),
  };
}

/**
 * Stretches a fit about its mean so that its estimates vary as much as the values do. Least squares alone shrinks them by
 * how badly they correlate, and the reward's power would weigh accuracies that differ less than real ones.
 */
function spreadAlike(
  by: readonly number[],
  rows: readonly (readonly number[])[],
  values: readonly number[],
): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = (of: readonly number[]) => of.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const spread = squares(rows.map((row) => weighted(row, by)));
  const stretch = spread > 0 ? Math.sqrt(squares(values) / spread) : 1;
  return by.map((value, j) => j === 0 ? mean + stretch * (value - mean) : stretch * value);
}

function weighted(row: readonly number[], by: readonly number[]): number {
  return row.reduce((sum, value, j) => sum + value * by[j], 0);
}

/** Ordinary least squares by the normal equations, of a few unknowns. */
function linearFit(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const n = rows[0].length;
  // Centred, so that large scores lose no digits.
  const means = rows[0].map((_, j) => j === 0 ? 0 : rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
  const system = Array.from(
    { length: n },
    (_, j) =>
      Float64Array.from({ length: n + 1 }, (_, k) =>
        rows.reduce(
          (sum, row, i) => sum + (row[j] - means[j]) * (k === n ? values[i] : row[k] - means[k]),
          0,
        )),
  );
  for (let column = 0; column < n; column++) {
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = system[row][column] / system[column][column];
      for (let k = column; k <= n; k++) system[row][k] -= factor * system[column][k];
    }
  }
  const result = system.map((row, j) => row[n] / row[j]);
  result[0] -= means.reduce((sum, mean, j) => sum + (j === 0 ? 0 : mean * result[j]), 0);
  return result;
}
