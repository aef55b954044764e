/** The code of `bneck search`. */
import { usageError } from "../../../core/errors.ts";
import { ensureWritableFile, exists, isFolder, writeFileAtomic } from "../../../core/files/mod.ts";
import { surroundings } from "../../../core/profile/mod.ts";
import { encodeNetworkFile } from "../../../models/networks/network_file.ts";
import {
  search,
  type SearchPhase,
  type SearchResult,
  type SearchSettings,
} from "../../../models/search/mod.ts";
import type { Progress } from "../../console/progress.ts";
import type { Context } from "../../context.ts";
import { checkOutputFile, refuseReplacing } from "../../replacing.ts";
import { commandLine } from "../../report/mod.ts";
import { printResult } from "../profile/result.ts";
import { checkSize, type SearchFlags } from "./flags.ts";
import { searchPage } from "./report.ts";
import { searchResult } from "./result.ts";

export default async function runSearch(this: Context, flags: SearchFlags): Promise<void> {
  const statePath = `${flags.out}.state`;
  await checkOutputs(flags, statePath);
  const { height, width } = flags.size;
  const settings: SearchSettings = {
    space: flags.space,
    target: flags.latency,
    size: [height, width],
    seed: flags.seed,
    standIn: flags.score,
    exponent: flags.exponent,
    constraint: flags.hard ? "hard" : "soft",
    evaluations: flags.evaluations,
    threads: flags.threads,
  };
  const result = await withProgress(this, (onProgress) =>
    search(settings, {
      signal: this.signal,
      timeLimit: flags.timeLimit,
      statePath,
      onProgress,
      onNote: (note) => this.log.warn(note),
    }));
  await writeFileAtomic(flags.out, encodeNetworkFile({ table: result.best, origin: originOf(result) }));
  if (result.stopped === undefined) await Deno.remove(statePath).catch(() => {});
  const where = await surroundings();
  const printed = searchResult(result, where);
  if (flags.report !== undefined) await writeFileAtomic(flags.report, searchPage(result, printed, where));
  printResult(this, { ...printed, json: { file: flags.out, ...printed.json } }, {
    json: flags.json,
    wide: flags.wide,
  });
  if (result.stopped !== undefined) {
    const why = result.stopped === "time" ? "the time was up" : "interrupted";
    this.log.warn(
      `${why} after ${result.judged.length} of ${flags.evaluations} candidates: the same command continues from there`,
    );
  }
  this.log.info(`${flags.out}: ${result.best.name}`);
  this.signal.throwIfAborted();
}

/**
 * Checks the outputs before anything is measured. What an interrupted run has left may be continued from.
 *
 * @throws {BneckError} (usage) when a file cannot be written, or exists and may not be replaced.
 */
async function checkOutputs(
  { out, report, overwrite, size }: SearchFlags,
  statePath: string,
): Promise<void> {
  if (!/\.json$/i.test(out)) throw usageError(`--out ${out}: the network's name must end in .json`);
  checkSize(size);
  refuseReplacing({ out, report });
  refuseReplacing({ report }, { out: statePath });
  if (isFolder(statePath)) {
    throw usageError(`${statePath} is a folder: the state of the search would be written there`);
  }
  await checkOutputFile(out, overwrite || exists(statePath));
  if (report !== undefined) await ensureWritableFile(report);
}

/** What the file says of where its network comes from. */
function originOf({ settings, table, rows, standIn, judged }: SearchResult): Record<string, string> {
  const [best] = rows;
  const { processor, onnxruntime, threads } = table.machine;
  return {
    command: commandLine(Deno.args).slice(0, 300),
    date: new Date().toISOString().slice(0, 10),
    machine: `${processor}; onnxruntime ${onnxruntime}; ${threads} thread${threads === 1 ? "" : "s"}`,
    latency: `${best.predicted.toFixed(3)} ms predicted${
      best.measured === undefined ? "" : `, ${best.measured.toFixed(3)} ms measured`
    }, ${settings.target} ms aimed at`,
    score: `${standIn.name} stands for ${best.quality.toFixed(1)} %, give or take ${
      standIn.error.toFixed(1)
    }`,
    candidates: `${judged.length}, seed ${settings.seed}`,
    weights: "none: it was never trained",
  };
}

const PHASES: Readonly<Record<SearchPhase, readonly [label: string, unit: string]>> = {
  paper: ["scoring the paper's networks", "networks"],
  latency: ["measuring for the latency table", "networks"],
  candidates: ["judging", "candidates"],
  whole: ["measuring what was found", "rounds"],
};

/** A bar for each phase. */
async function withProgress(
  context: Context,
  work: (
    onProgress: (phase: SearchPhase, done: number, total: number, note?: string) => void,
  ) => Promise<SearchResult>,
): Promise<SearchResult> {
  let progress: Progress | undefined;
  let shown: SearchPhase | undefined;
  try {
    return await work((phase, done, total, note) => {
      if (phase !== shown) {
        progress?.stop();
        const [label, unit] = PHASES[phase];
        context.log.debug(label);
        progress = context.progress({ total, unit, label });
        shown = phase;
      }
      progress!.add(done - progress!.done, note);
    });
  } finally {
    progress?.stop();
  }
}
