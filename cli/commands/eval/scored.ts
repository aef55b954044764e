/** The evaluations that still hold state, merging and presentation in one class, as {@linkcode Benchmark}s. */
import type { Benchmark, MergeableMetric, Presentation } from "./benchmark.ts";
import type { SavedState } from "./saved_state.ts";
export type { TableStyle } from "./benchmark.ts";

/** An evaluation that can be shown, saved and merged with others of the same set. */
export interface Scored extends Presentation {
  readonly benchmark: string;
  readonly settings: unknown;
  readonly images: number;
  merge(other: this): void;
  state(): unknown;
}

interface ScoredMetric extends MergeableMetric {
  readonly scored: Scored;
}

/** Makes a benchmark of a class. */
export function adaptScored(
  name: string,
  restoreScored: (saved: SavedState, where: string) => Scored,
): { readonly benchmark: Benchmark<ScoredMetric, unknown> } {
  const metricOf = (scored: Scored): ScoredMetric => ({
    scored,
    get images() {
      return scored.images;
    },
    merge: (other) => scored.merge(other.scored),
    toJSON: () => scored.state(),
  });
  const restore = (saved: SavedState, where: string) => {
    const scored = restoreScored(saved, where);
    return { metric: metricOf(scored), settings: scored.settings };
  };
  const present = ({ scored }: ScoredMetric): Presentation => ({
    metrics: () => scored.metrics(),
    json: () => scored.json(),
    table: (style) => scored.table(style),
    notes: () => scored.notes(),
    report: (tiles) => scored.report(tiles),
  });
  return { benchmark: { name, restore, present } };
}
