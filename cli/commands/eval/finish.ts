/** The end of every evaluation. */
import { ensureWritableFile, writeFileAtomic } from "../../../core/files/mod.ts";
import { formatMilliseconds, plural } from "../../console/format.ts";
import type { Context } from "../../context.ts";
import { checkGates, enforceGates } from "../../flags/mod.ts";
import type { Tile } from "../../report/mod.ts";
import { type Evaluated, evaluationProvenance } from "./provenance.ts";
import type { Evaluation } from "./benchmark.ts";
import type { ScoreFlags } from "./flags.ts";
import { type SavedState, saveState } from "./saved_state.ts";

/** What of the flags decides how it ends. */
export type FinishFlags = Pick<
  ScoreFlags,
  "json" | "format" | "perClass" | "min" | "saveState" | "report" | "wide"
>;

/** What there is to say besides the scores. */
export interface Finish {
  readonly shards: SavedState["shards"];
  /** Images for the report. */
  readonly tiles?: readonly Tile[];
  /** For the report. */
  readonly evaluated: Evaluated;
}

/**
 * Checks before the work begins that the gates name metrics and that files can be written.
 *
 * @throws {BneckError} (usage) A gate names no metric, or a file cannot be written.
 */
export async function prepareFinish(
  evaluation: Pick<Evaluation, "metrics">,
  { min, saveState, report }: FinishFlags,
): Promise<void> {
  checkGates(min ?? [], Object.keys(evaluation.metrics()));
  for (const path of [saveState, report]) if (path !== undefined) await ensureWritableFile(path);
}

/**
 * Prints the scores, writes state and report, and compares them with the gates.
 *
 * @throws {BneckError} A file cannot be written, or (gate not met) a score is below `--min`.
 */
export async function finish(
  context: Context,
  evaluation: Evaluation,
  flags: FinishFlags,
  { shards, tiles = [], evaluated }: Finish,
): Promise<void> {
  const format = flags.json ? "json" : flags.format ?? "table";
  if (format === "json") context.printJson(evaluation.json());
  else {
    const { perClass, wide } = flags;
    const width = context.tableWidth(wide);
    context.print(evaluation.table({ format, perClass, colors: context.colors, width }));
  }
  // After the scores, which a full disk is not to take away.
  if (flags.saveState !== undefined) await saveState(flags.saveState, evaluation, shards);
  if (flags.report !== undefined) {
    const page = await evaluation.report(tiles, await evaluationProvenance(evaluated));
    await writeFileAtomic(flags.report, page);
  }
  for (const note of evaluation.notes()) context.log.warn(note);
  enforceGates(flags.min ?? [], evaluation.metrics(), evaluation.scope?.());
}

/** The closing line: `40 images scored in 2.3 s (17.4 images/s)`. */
export function summary(
  { images }: Pick<Evaluation, "images">,
  total: number,
  start: number,
  details: readonly string[],
): string {
  const milliseconds = performance.now() - start;
  const part = images === total ? "" : ` of ${total}`;
  const rate = `${(images / milliseconds * 1000).toFixed(1)} images/s`;
  const count = part === "" ? plural(images, "image") : `${images}${part} images`;
  return [`${count} scored in ${formatMilliseconds(milliseconds)} (${rate})`, ...details].join("; ");
}
