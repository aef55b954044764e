/** What every evaluation ends with: scores to show, a state to save, a report. */
import type { Colors } from "../../console/colors.ts";
import type { TableFormat } from "../../console/table.ts";
import type { Tile } from "../../report/mod.ts";

/** How scores are laid out. */
export interface TableStyle {
  readonly format: TableFormat;
  readonly perClass: boolean;
  readonly colors: Colors;
}

/** An evaluation that can be shown, saved and merged with others of the same set. */
export interface Scored {
  /** The name of the command. */
  readonly benchmark: string;
  /** What must be alike in evaluations that are merged; plain data. */
  readonly settings: unknown;
  /** Images that were scored. */
  readonly images: number;
  /** The scores that `--min` and scripts use. */
  metrics(): Readonly<Record<string, number | null>>;
  /** What `--json` prints. */
  json(): unknown;
  /** The scores as text, without the last newline. */
  table(style: TableStyle): string;
  /** What a reader of the scores must know: what was left out, what was assumed. */
  notes(): readonly string[];
  /** The report as the text of an HTML file. */
  report(tiles: readonly Tile[]): string | Promise<string>;
  /** Adds what another one with the same settings counted. */
  merge(other: this): void;
  /** What was counted. */
  state(): unknown;
}
