/** The end of every evaluation. */
import { dirname } from "node:path";
import { ensureWritableFolder, type Shard, takeShard, writeFileAtomic } from "../../../core/files/mod.ts";
import { formatMilliseconds, plural } from "../../console/format.ts";
import type { Context } from "../../context.ts";
import { checkGates, enforceGates } from "../../flags/mod.ts";
import type { Tile } from "../../report/mod.ts";
import type { ScoreFlags } from "./flags.ts";
import { type SavedState, saveState } from "./saved_state.ts";
import type { Scored } from "./scored.ts";

/** What of the flags decides how it ends. */
export type FinishFlags = Pick<ScoreFlags, "json" | "format" | "perClass" | "min" | "saveState" | "report">;

/** What there is to say besides the scores. */
export interface Finish {
  readonly shards: SavedState["shards"];
  /** Images for the report. */
  readonly tiles?: readonly Tile[];
}

/**
 * Sees, before the work begins, that the gates have metrics and that files can be written.
 *
 * @throws {BneckError} (usage) otherwise.
 */
export async function prepareFinish(scored: Scored, { min, saveState, report }: FinishFlags): Promise<void> {
  checkGates(min ?? [], Object.keys(scored.metrics()));
  for (const path of [saveState, report]) if (path !== undefined) await ensureWritableFolder(dirname(path));
}

/**
 * Writes state and report, prints the scores and holds them against the gates.
 *
 * @throws {BneckError} A file cannot be written, or (gate not met) a score is below `--min`.
 */
export async function finish(
  context: Context,
  scored: Scored,
  flags: FinishFlags,
  { shards, tiles = [] }: Finish,
): Promise<void> {
  const { benchmark, settings } = scored;
  if (flags.saveState !== undefined) {
    await saveState(flags.saveState, { benchmark, settings, state: scored.state() }, shards);
  }
  if (flags.report !== undefined) await writeFileAtomic(flags.report, await scored.report(tiles));
  const format = flags.json ? "json" : flags.format ?? "table";
  if (format === "json") context.printJson(scored.json());
  else context.print(scored.table({ format, perClass: flags.perClass, colors: context.colors }));
  for (const note of scored.notes()) context.log.warn(note);
  enforceGates(flags.min ?? [], scored.metrics());
}

/** The part of a set that `--limit` and `--shard` leave; shards are taken of the limited set. */
export function takePart<T>(
  items: readonly T[],
  { limit, shard }: { readonly limit?: number; readonly shard?: Shard },
): readonly T[] {
  const limited = limit === undefined ? items : items.slice(0, limit);
  return shard === undefined ? limited : takeShard(limited, shard);
}

/** The closing line: `40 images scored in 2.3 s (17.4 images/s)`. */
export function summary(scored: Scored, total: number, start: number, details: readonly string[]): string {
  const milliseconds = performance.now() - start;
  const part = scored.images === total ? "" : ` of ${total}`;
  const rate = `${(scored.images / milliseconds * 1000).toFixed(1)} images/s`;
  const count = part === "" ? plural(scored.images, "image") : `${scored.images}${part} images`;
  return [`${count} scored in ${formatMilliseconds(milliseconds)} (${rate})`, ...details].join("; ");
}
