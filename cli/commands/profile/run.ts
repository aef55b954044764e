/** The code of `bneck profile`. */
import { ExitStatus } from "../../../core/errors.ts";
import { ensureWritableFile, writeFileAtomic } from "../../../core/files/mod.ts";
import { importLater } from "../../../core/import_later.ts";
import {
  chromeTrace,
  compareLayers,
  type Latency,
  type ProfileOptions,
  type RunProgress,
  type Subject,
  surroundings,
  sweep,
  type SweepSetting,
  type TimedSubject,
} from "../../../core/profile/mod.ts";
import {
  compareSubjects,
  countEffect,
  countPaperTable,
  machinePeaks,
  measureEffect,
  measurePaperTable,
  openSubject,
  profileLayers,
  weightsSubject,
} from "../../../models/profile/mod.ts";
import type { Progress } from "../../console/progress.ts";
import type { Context } from "../../context.ts";
import { refuseReplacing } from "../../replacing.ts";
import type { ComparisonPageOptions } from "./comparison_report.ts";
import { comparisonResult, listResult } from "./comparison_result.ts";
import { effectResult } from "./effect_result.ts";
import { measures, type ProfileFlags, RANDOM_WEIGHTS } from "./flags.ts";
import { layerComparisonResult } from "./layer_comparison_result.ts";
import { layerResult, warnings } from "./layer_result.ts";
import { paperResult, phonesOf } from "./paper_result.ts";
import { type Conditions, countUnit, printResult, profileProvenance, type Result } from "./result.ts";
import { settingName, sweepResult } from "./sweep_result.ts";
import { checkFlags, rowChoice, subjectOptions } from "./settings.ts";

// Pages are for `--report` alone.
const comparisonReport = () =>
  importLater<typeof import("./comparison_report.ts")>(import.meta.resolve("./comparison_report.ts"));
const layerComparisonReport = () =>
  importLater<typeof import("./layer_comparison_report.ts")>(
    import.meta.resolve("./layer_comparison_report.ts"),
  );
const layerReport = () =>
  importLater<typeof import("./layer_report.ts")>(import.meta.resolve("./layer_report.ts"));

export default async function profile(this: Context, flags: ProfileFlags, ...names: string[]): Promise<void> {
  checkFlags(flags, names);
  const { report, trace } = flags;
  const weights = flags.weights === RANDOM_WEIGHTS ? undefined : flags.weights;
  refuseReplacing({ report, trace }, { weights }, names.map((path) => ({ what: "which is profiled", path })));
  for (const file of [report, trace]) {
    if (file !== undefined) await ensureWritableFile(file);
  }
  if (flags.list) return printResult(this, listResult(), flags);
  if (flags.paper !== undefined) return await printPaper(this, flags.paper, flags);
  if (flags.effect !== undefined) return await printEffect(this, flags.effect, flags, names[0]);

  const options = { ...subjectOptions(flags), signal: this.signal };
  if (flags.weights !== RANDOM_WEIGHTS) {
    return await printLayers(this, await weightsSubject(flags.weights, options), flags);
  }
  if (flags.threads.length > 1 || (flags.batch?.length ?? 0) > 1) {
    return await printSweep(this, names[0], flags);
  }
  const subjects: Subject[] = [];
  for (const name of names) {
    this.signal.throwIfAborted();
    this.log.debug(`counting ${name}`);
    subjects.push(await openSubject(name, options));
  }
  if (subjects.length === 1) await printLayers(this, subjects[0], flags);
  else if (flags.by === "layer" || flags.by === "block") {
    await printLayerComparison(this, [subjects[0], subjects[1]], flags.by, flags);
  } else await printComparison(this, subjects, flags);
}

/** One network with several numbers of threads or batches. */
async function printSweep(context: Context, name: string, flags: ProfileFlags): Promise<void> {
  const { threads, batch = [1] } = flags;
  const swept = threads.length > 1 ? "threads" : "batch";
  const settings: SweepSetting[] = [];
  for (const images of batch) {
    const subject = await openSubject(name, {
      ...subjectOptions(flags),
      batch: images,
      signal: context.signal,
    });
    settings.push(...threads.map((count) => ({ subject, threads: count, batch: images })));
  }
  const points = await measure(context, flags, (options) => sweep(settings, options));
  const result = sweepResult(points, swept, await surroundings());
  if (flags.report !== undefined) {
    await writeComparison(flags.report, result, { name: (point) => settingName(point, swept) });
  }
  printMeasured(context, result, flags);
}

async function printLayerComparison(
  context: Context,
  subjects: readonly [Subject, Subject],
  by: "layer" | "block",
  flags: ProfileFlags,
): Promise<void> {
  const warning = differentInputs(subjects);
  if (warning !== undefined) context.log.warn(warning);
  const compared = await measure(context, flags, (options) => compareLayers(subjects, by, options));
  const result = layerComparisonResult(compared, by, (await conditions(flags))!);
  if (flags.report !== undefined) {
    const page = (await layerComparisonReport()).layerComparisonPage(compared, result, by, {
      warnings: warning === undefined ? [] : [warning],
      provenance: await profileProvenance(subjects),
    });
    await writeFileAtomic(flags.report, page);
  }
  printMeasured(context, result, flags);
  const { ratio } = compared.total;
  if (ratio) gate(context, flags, subjects[1].name, ratio.median, ratio.low);
}

/** What is said of networks that are compared on inputs of different sizes. */
function differentInputs([a, b]: readonly [Subject, Subject]): string | undefined {
  if (a.input === b.input) return undefined;
  return `${a.name} takes an input of ${a.input} and ${b.name} one of ${b.input}: part of the difference may be that of the ` +
    "inputs; --size gives both the same";
}

/** Fails where a network is slower than allowed, and not by chance alone. */
function gate(
  context: Context,
  { failAbove }: ProfileFlags,
  name: string,
  ratio: number,
  low: number,
): void {
  if (failAbove === undefined || ratio <= failAbove || low <= 1) return;
  context.log.error(`${name} takes ${ratio.toFixed(3)} times as long, more than ${failAbove}`);
  context.exitStatus = ExitStatus.gateNotMet;
}

async function printLayers(context: Context, subject: Subject, flags: ProfileFlags): Promise<void> {
  const unit = countUnit(flags.flops);
  const measured = measures(flags) ? await measureUntilStopped(context, subject, flags) : undefined;
  const profile = measured
    ? {
      subject,
      measured,
      surroundings: await surroundings(),
      // Peaks are those of one thread.
      peaks: flags.threads[0] === 1 && !context.signal.aborted
        ? await machinePeaks((name) => context.env(name))
        : undefined,
      unit,
    }
    : { subject, measured: subject.costs, unit };
  if (flags.report !== undefined) {
    await writeFileAtomic(
      flags.report,
      (await layerReport()).layerPage(profile, await profileProvenance([subject])),
    );
  }
  if (flags.trace !== undefined && measured) {
    await writeFileAtomic(flags.trace, JSON.stringify(chromeTrace(measured, subject.name)));
  }
  printResult(context, layerResult(profile, rowChoice(flags)), flags);
  for (const warning of warnings(profile)) context.log.warn(warning);
  if (context.signal.aborted && !measured) {
    context.log.warn("interrupted before a run ended: only counts are shown");
  }
  context.signal.throwIfAborted();
}

/** Measures a subject; `undefined` where the user interrupts it before a run has ended. */
async function measureUntilStopped(
  context: Context,
  subject: Subject,
  flags: ProfileFlags,
): Promise<Latency | undefined> {
  try {
    return await measure(context, flags, (options) => profileLayers(subject, options));
  } catch (error) {
    if (context.signal.aborted && error === context.signal.reason) return undefined;
    throw error;
  }
}

async function printComparison(
  context: Context,
  subjects: readonly Subject[],
  flags: ProfileFlags,
): Promise<void> {
  const times = measures(flags)
    ? await measure(context, flags, (options) => compareSubjects(subjects, options))
    : undefined;
  const rows = subjects.map((subject, index) => ({ subject, time: times?.[index] }));
  const result = comparisonResult(
    rows,
    await conditions(flags),
    rowChoice(flags).sort,
    countUnit(flags.flops),
  );
  if (flags.report !== undefined) {
    await writeComparison(flags.report, result, { name: ({ subject }) => subject.name });
  }
  printMeasured(context, result, flags);
  for (const { subject, time } of rows.slice(1)) {
    if (time) gate(context, flags, subject.name, time.ratio, time.ratioInterval[0]);
  }
}

async function printPaper(
  context: Context,
  name: NonNullable<ProfileFlags["paper"]>,
  flags: ProfileFlags,
): Promise<void> {
  const counted = countPaperTable(name, flags.count);
  const table = measures(flags)
    ? await measure(context, flags, (options) => measurePaperTable(counted, options))
    : counted;
  const result = paperResult(table, await conditions(flags));
  if (flags.report !== undefined) {
    const others = phonesOf(table.rows);
    await writeComparison(flags.report, result, { name: ({ paper }) => paper.label, others });
  }
  printMeasured(context, result, flags);
}

async function printEffect(
  context: Context,
  name: NonNullable<ProfileFlags["effect"]>,
  flags: ProfileFlags,
  network: string | undefined,
): Promise<void> {
  const counted = countEffect(name, network, subjectOptions(flags));
  const effect = measures(flags)
    ? await measure(context, flags, (options) => measureEffect(counted, options))
    : counted;
  const result = effectResult(effect, await conditions(flags));
  if (flags.report !== undefined) {
    await writeComparison(flags.report, result, { name: ({ variant }) => variant.label });
  }
  printMeasured(context, result, flags);
}

async function writeComparison<Row extends TimedSubject>(
  path: string,
  result: Result<Row>,
  options: Omit<ComparisonPageOptions<Row>, "provenance">,
): Promise<void> {
  const provenance = await profileProvenance(result.rows.map(({ subject }) => subject));
  const { comparisonPage } = await comparisonReport();
  await writeFileAtomic(path, comparisonPage(result, { ...options, provenance }));
}

/** Prints a result, also one of a measurement that was interrupted; such a run ends as interrupted. */
function printMeasured<Row>(context: Context, result: Result<Row>, flags: ProfileFlags): void {
  printResult(context, result, flags);
  if (context.signal.aborted) context.log.warn("interrupted: the times are of what was measured until then");
  context.signal.throwIfAborted();
}

/** Under what conditions networks are compared; absent where nothing is measured. */
async function conditions(flags: ProfileFlags): Promise<Conditions | undefined> {
  return measures(flags) ? { ...await surroundings(), threads: flags.threads[0] } : undefined;
}

/** Measures with a progress bar, until the user interrupts it. */
async function measure<T>(
  context: Context,
  { threads, runs, warmup }: ProfileFlags,
  work: (options: ProfileOptions) => Promise<T>,
): Promise<T> {
  let progress: Progress | undefined;
  let last = 1;
  const onRun = ({ total, attempt }: RunProgress) => {
    if (attempt > last) {
      progress?.stop();
      progress = undefined;
      last = attempt;
      context.log.debug("other programs were busy: measuring again");
    }
    progress ??= context.progress({ total, unit: "runs", label: "measuring" });
    progress.add();
  };
  context.log.debug("measuring");
  try {
    return await work({ threads: threads[0], runs, warmup, signal: context.signal, onRun });
  } finally {
    progress?.stop();
  }
}
