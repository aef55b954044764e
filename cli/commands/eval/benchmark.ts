/**
 * What each benchmark provides for its command: how an evaluation is restored from a saved state, and how its result is
 * presented. What is computed is in its metric, below `cli/`.
 *
 * @module
 */
import type { Colors } from "../../console/colors.ts";
import type { TableFormat } from "../../console/table.ts";
import type { Provenance, Tile } from "../../report/mod.ts";
import type { SavedState } from "./saved_state.ts";

/** How scores are laid out. */
export interface TableStyle {
  readonly format: TableFormat;
  readonly perClass: boolean;
  readonly colors: Colors;
  /** The columns of the terminal that tables are to fit; absent where they may be of any width. */
  readonly width?: number;
}

/** How the result of an evaluation is shown. */
export interface Presentation {
  /** The scores that `--min` and scripts use; of an evaluation without images each is there, and `null`. */
  metrics(): Readonly<Record<string, number | null>>;
  /** What the scores are over where that is not everything: `1 of 11 classes`. */
  scope?(): string | undefined;
  /** What `--json` prints. */
  json(): unknown;
  /** The scores as text, without the last newline. */
  table(style: TableStyle): string;
  /** What a reader of the scores must know: what was left out, what was assumed. */
  notes(): readonly string[];
  /** The report as the text of an HTML file. */
  report(tiles: readonly Tile[], provenance: Provenance): string | Promise<string>;
}

/** What the metric of a benchmark must have to be saved and merged. */
export interface MergeableMetric {
  /** Images that were scored. */
  readonly images: number;
  merge(other: this): void;
  toJSON(): unknown;
}

/** A benchmark as its command and `eval merge` know it; the presentation module of each exports one. */
export interface Benchmark<Metric extends MergeableMetric, Settings> {
  /** The name of the command. */
  readonly name: string;
  /**
   * The evaluation in a saved state; `where` names the file in errors.
   *
   * @throws {BneckError} It holds something else.
   */
  restore(saved: SavedState, where: string): { readonly metric: Metric; readonly settings: Settings };
  /** Presents what the metric holds now. */
  present(metric: Metric, settings: Settings): Presentation;
}

/** An evaluation with what is needed to finish it. */
export interface Evaluation extends Presentation {
  readonly benchmark: string;
  /** What must be the same in evaluations that are merged; plain data. */
  readonly settings: unknown;
  readonly images: number;
  /** What was counted, for a saved state. */
  state(): unknown;
}

/** An evaluation as it stands now. */
export function evaluationOf<Metric extends MergeableMetric, Settings>(
  benchmark: Benchmark<Metric, Settings>,
  metric: Metric,
  settings: Settings,
): Evaluation {
  return {
    benchmark: benchmark.name,
    settings,
    images: metric.images,
    state: () => metric.toJSON(),
    ...benchmark.present(metric, settings),
  };
}
