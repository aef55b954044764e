/** The code of `bneck adapt`. */
import { usageError } from "../../../core/errors.ts";
import {
  baseName,
  ensureWritableFile,
  exists,
  expandInputs,
  writeFileAtomic,
} from "../../../core/files/mod.ts";
import {
  type Adapted,
  adaptedContent,
  type AdaptPlan,
  type CandidateScorer,
  encodeAdapted,
  openScorer,
  planAdapt,
  runAdapt,
  type StepRecord,
} from "../../../models/compress/adapt/mod.ts";
import { formatPercent, plural } from "../../console/format.ts";
import { requestedModel } from "../../requested_model.ts";
import type { Context } from "../../context.ts";
import { checkOutputFile, refuseReplacing } from "../../replacing.ts";
import { commandLine, fileSource, filesSource } from "../../report/mod.ts";
import type { AdaptFlags } from "./flags.ts";
import { adaptReport } from "./report.ts";
import { printResult } from "./result.ts";

export default async function adapt(this: Context, flags: AdaptFlags, name: string): Promise<void> {
  const { out, log, report } = flags;
  const [statePath, logPath] = [`${out}.state`, log ?? `${out}.jsonl`];
  await checkOutputs(flags, name, statePath, logPath);
  const { tasks } = await requestedModel(this, { model: name }, flags.heads);
  const { files, problems, notes } = await expandInputs(flags.calibrate);
  for (const note of notes) this.log.warn(note);
  for (const problem of problems) this.log.warn(problem.message);
  const plan = await planAdapt(name, files.map(({ path }) => path), {
    target: flags.target,
    tasks,
    step: flags.step,
    filters: flags.filters,
    samples: flags.samples,
    compared: flags.compare,
    short: flags.short,
    long: flags.long,
    seed: flags.seed,
    threads: flags.threads,
  });
  const scorer = await scorerOf(this, flags, plan);
  const adapted = await withProgress(
    this,
    plan,
    scorer,
    (listener) =>
      runAdapt(
        plan,
        { statePath, logPath, timeLimit: flags.timeLimit, baselines: flags.baselines },
        listener,
      ),
  );
  const content = adaptedContent(plan, adapted, {
    name: baseName(out).replace(/\.[^.]*$/, ""),
    command: commandLine(Deno.args),
    scorer,
  });
  const bytes = encodeAdapted(content);
  await writeFileAtomic(out, bytes);
  if (report !== undefined) {
    const provenance = {
      models: [await fileSource(`adapted from ${name}`, name), await fileSource(out)],
      data: [
        ...await filesSource("images for features", plan.sampled),
        ...await filesSource("images for comparisons", plan.compared),
        ...await filesSource("images for the distillation", plan.trained),
      ],
    };
    await writeFileAtomic(report, adaptReport({ file: out, plan, adapted, scorer, provenance }));
  }
  if (adapted.stopped !== "interrupted" && adapted.stopped !== "time") {
    await Deno.remove(statePath).catch(() => {});
  }
  if (flags.json) {
    const { candidate: _, ...rest } = adapted;
    return this.printJson({ file: out, bytes: bytes.length, card: content.card, ...rest });
  }
  printResult(this, out, bytes.length, plan, adapted, scorer);
}

/** Before anything is read. */
async function checkOutputs(
  { out, overwrite, report, log, evaluate, classes }: AdaptFlags,
  name: string,
  statePath: string,
  logPath: string,
): Promise<void> {
  if (!/\.safetensors$/i.test(out)) {
    throw usageError(`--out ${out}: the model's name must end in .safetensors`);
  }
  refuseReplacing({ out, report, log }, { evaluate, classes }, [{ what: "which is adapted", path: name }]);
  if (log === undefined) refuseReplacing({ log: logPath }, { out, report, evaluate, classes });
  // What an interrupted run has written is its own.
  await checkOutputFile(out, overwrite || exists(statePath));
  for (const path of [logPath, report]) if (path !== undefined) await ensureWritableFile(path);
}

async function scorerOf(
  context: Context,
  { evaluate, images, classes, workers, baselines }: AdaptFlags,
  plan: AdaptPlan,
): Promise<CandidateScorer | undefined> {
  if (evaluate === undefined) {
    if (images !== undefined) throw usageError("--images are the photos of --evaluate, which is not given");
    if (classes !== undefined) throw usageError("--classes are those of --evaluate, which is not given");
    if (baselines) throw usageError("--baselines are scored on the images of --evaluate, which is not given");
    return undefined;
  }
  if (images === undefined) throw usageError("--evaluate needs the photos of its labels: --images DIR");
  const options = { workers, signal: context.signal };
  return await openScorer(plan.model, plan.tasks, { truth: evaluate, images, classes }, options);
}

type Listener = NonNullable<Parameters<typeof runAdapt>[2]>;

async function withProgress(
  context: Context,
  plan: AdaptPlan,
  scorer: CandidateScorer | undefined,
  run: (listener: Listener) => Promise<Adapted>,
): Promise<Adapted> {
  const { log } = context;
  let progress: ReturnType<Context["progress"]> | undefined;
  let label = "";
  const stop = () => {
    progress?.stop();
    progress = undefined;
  };
  log.info(
    `${plan.model.name}: ${plural(plan.original.layout.groups.length, "group")} of channels; features of ` +
      `${plural(plan.sampled.length, "image")}, comparisons on ${plan.compared.length} others`,
  );
  try {
    return await run({
      signal: context.signal,
      score: scorer && ((network) => scorer.score(network)),
      onPhase(phase) {
        stop();
        label = phase;
      },
      onProgress(done, total) {
        progress ??= context.progress({ total, unit: UNITS[label.replace(/ \d+$/, "")] ?? "images", label });
        progress.add(done - progress.done);
        if (done >= total) stop();
      },
      onStep(record) {
        stop();
        log.info(stepLine(record, scorer));
      },
      onProblem: (error) => log.warn(error.message),
    });
  } finally {
    stop();
  }
}

const UNITS: Readonly<Record<string, string>> = {
  "measuring": "networks",
  "step": "proposals",
  "distillation": "steps",
  "uniform narrowing": "groups",
};

function stepLine(record: StepRecord, scorer: CandidateScorer | undefined): string {
  const { step, group, from, to, predicted, measured, original, distance, score } = record;
  const scored = score === undefined || !scorer ? "" : `, ${scorer.metric} ${score.toFixed(4)}`;
  return `${step}: ${group} ${from} → ${to}; ${predicted.toFixed(2)} ms predicted, ${
    measured.toFixed(2)
  } measured ` +
    `(${formatPercent(measured / original)} of the original); distance ${distance.toFixed(4)}${scored}`;
}
