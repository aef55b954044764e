/** What `bneck fit segment` and `bneck fit classify` have in common: looking at the data, plan, progress, result. */
import { ExitStatus, usageError } from "../../../core/errors.ts";
import {
  baseName,
  ensureWritableFile,
  ensureWritableFolder,
  writeFileAtomic,
} from "../../../core/files/mod.ts";
import {
  defaultRecipe,
  encodeFitted,
  estimateFit,
  type FitCard,
  fitCard,
  type FitData,
  type FitListener,
  type FitPlan,
  type InspectOptions,
  planFit,
  readFitted,
  type Recipe,
  runFit,
  type Trained,
} from "../../../models/fit/mod.ts";
import type { NetworkTable } from "../../../models/networks/network_table.ts";
import { formatBytes, formatClock, formatPercent, plural } from "../../console/format.ts";
import { formatTable } from "../../console/table.ts";
import type { Context } from "../../context.ts";
import { checkOutputFile, refuseReplacing } from "../../replacing.ts";
import { commandLineOf } from "./command_line.ts";
import type { FitFlags } from "./flags.ts";
import { planJson, planText } from "./plan_text.ts";
import { fitProvenance } from "./provenance.ts";
import { fitReport } from "./report.ts";

/** What a command has read. */
export interface FitInputs {
  readonly task: Recipe["task"];
  readonly data: FitData;
  /** Folders, as they were given. */
  readonly sources: readonly string[];
  /** A network that is trained whole. */
  readonly network?: NetworkTable;
}

/**
 * Checks the outputs before anything is read.
 *
 * @throws {BneckError} (usage) when a file cannot be written, or exists and may not be replaced.
 */
export async function checkOutputs(
  { out, overwrite, report, init, classes }: FitFlags & { readonly classes?: string },
): Promise<void> {
  if (!/\.safetensors$/i.test(out)) {
    throw usageError(`--out ${out}: the model's name must end in .safetensors`);
  }
  refuseReplacing({ report }, { init, classes, out });
  refuseReplacing({ out }, { classes });
  await checkOutputFile(out, overwrite);
  if (report !== undefined) await ensureWritableFile(report);
}

/** The share of images that is kept for validation when nothing is said. */
const VALIDATION_SHARE = 0.2;

/**
 * `--val`: a share, or a folder.
 *
 * @throws {BneckError} (usage) for a share that is not between 0 and 1.
 */
export function validationOf(
  val: string | undefined,
): { readonly share: number } | { readonly folder: string } {
  if (val === undefined) return { share: VALIDATION_SHARE };
  if (!/^[\d.]+$/.test(val)) return { folder: val };
  const share = Number(val);
  if (!(share > 0 && share < 1)) {
    throw usageError(`--val ${val}: a share must be above 0 and below 1, such as 0.2`);
  }
  return { share };
}

/** Looks at the data with a progress bar. */
export async function inspecting(
  context: Context,
  { seed, skipFaulty }: FitFlags,
  inspect: (options: InspectOptions) => Promise<FitData>,
): Promise<FitData> {
  let progress: ReturnType<Context["progress"]> | undefined;
  try {
    return await inspect({
      seed,
      skipFaulty,
      signal: context.signal,
      onImage(done, total) {
        progress ??= context.progress({ total, unit: "images", label: "looking at" });
        progress.add(done - progress.done);
      },
    });
  } finally {
    progress?.stop();
  }
}

/** Trains, and writes the model and the report. */
export async function runFitCommand(
  context: Context,
  flags: FitFlags & { readonly classes?: string },
  { task, data, sources, network }: FitInputs,
): Promise<void> {
  const { log } = context;
  const command = commandLineOf(task, { ...flags });
  for (const note of data.notes) log.warn(note);
  const recipe = defaultRecipe(task, data.train.length, { ...choicesOf(flags), network });
  const cache = flags.cache ?? `${flags.out}.fit`;
  const plan = await planFit(data, recipe, {
    cache,
    maxCacheBytes: flags.maxCache && flags.maxCache * 1e9,
    workers: flags.workers,
    threads: flags.threads,
    init: flags.init === undefined ? undefined : await readFitted(flags.init),
  });
  for (const note of plan.notes) log.warn(note);
  const estimate = await estimateFit(plan);
  if (flags.dryRun) {
    if (flags.json) return context.printJson(planJson(plan, estimate));
    return context.print(planText(plan, estimate, cache).join("\n"));
  }
  for (const line of planText(plan, estimate, cache)) log.info(line);
  await ensureWritableFolder(cache);
  const trained = await withProgress(context, plan, (listener) => runFit(plan, listener));
  const card = fitCard(plan, trained, { sources, command });
  const name = baseName(flags.out).replace(/\.[^.]*$/, "");
  const bytes = encodeFitted({
    name,
    classes: data.classes,
    card,
    licence: flags.licence,
    weights: trained.weights,
  });
  await writeFileAtomic(flags.out, bytes);
  if (flags.report !== undefined) {
    const { out: file, init: began, classes } = flags;
    const provenance = await fitProvenance({ name, file, init: began, classes, data });
    await writeFileAtomic(flags.report, await fitReport({ name, file, plan, trained, card, provenance }));
  }
  if (trained.stopped) {
    log.error(trained.stopped);
    context.exitStatus = ExitStatus.someInputsFailed;
  }
  if (!flags.keepCache) await removeCache(plan, cache, flags.cache === undefined);
  if (flags.json) {
    return context.printJson({
      file: flags.out,
      bytes: bytes.length,
      card,
      log: trained.log,
      seconds: trained.seconds,
    });
  }
  printResult(context, flags.out, bytes.length, card, trained);
}

/** What learns in a stage, besides the head. */
const LEARNING = { none: "head", tail: "backbone", C3: "backbone", all: "network" } as const;

function choicesOf(flags: FitFlags) {
  const { crop, scale } = flags;
  return {
    tune: flags.tune,
    seed: flags.seed,
    outputStride: flags.outputStride,
    variants: flags.variants,
    shorter: flags.size,
    crop: crop && [crop.height, crop.width] as const,
    scale: scale && [scale.lowest, scale.highest] as const,
    balance: flags.balance,
    passes: flags.passes,
    batch: flags.batch,
    learningRate: flags.lr,
    backboneRate: flags.backboneLr,
  };
}

async function withProgress(
  context: Context,
  plan: FitPlan,
  run: (listener: FitListener) => Promise<Trained>,
): Promise<Trained> {
  let features: ReturnType<Context["progress"]> | undefined;
  let training: ReturnType<Context["progress"]> | undefined;
  let loss = 0;
  const metric = plan.recipe.task === "segment" ? "mIoU" : "accuracy";
  try {
    return await run({
      signal: context.signal,
      onSample(done, total) {
        features ??= context.progress({ total, unit: "samples", label: "features" });
        features.add(done - features.done);
        if (done === total) features.stop();
      },
      onStep({ step, steps, loss: now, best }) {
        training ??= context.progress({ total: steps, unit: "steps", label: "training" });
        loss = loss === 0 ? now : 0.95 * loss + 0.05 * now;
        const note = `loss ${loss.toFixed(3)}${
          best === undefined ? "" : `, best ${metric} ${best.toFixed(4)}`
        }`;
        training.add(step - training.done, note);
      },
      onValidation({ stage, pass, loss, metric: value }) {
        context.log.info(
          `${LEARNING[plan.recipe.stages[stage].tune]}, pass ${Number(pass.toFixed(2))}: ` +
            `loss ${loss.toFixed(4)}, ${metric} ${value.toFixed(4)}`,
        );
      },
    });
  } finally {
    features?.stop();
    training?.stop();
  }
}

/** Only what this run has made: the folder may be the user's. */
async function removeCache({ paths, statePath }: FitPlan, cache: string, isOwn: boolean): Promise<void> {
  await Deno.remove(paths.folder, { recursive: true }).catch(() => {});
  await Deno.remove(statePath).catch(() => {});
  if (isOwn) await Deno.remove(cache).catch(() => {});
}

function printResult(
  context: Context,
  out: string,
  bytes: number,
  { figures, data }: FitCard,
  trained: Trained,
): void {
  const { metric, value, pixelAccuracy, perClass, baseline } = figures;
  const rows = Object.entries(perClass).map(([name, score]) => ({ name, score }));
  context.print(
    formatTable(
      rows,
      [
        { title: "class", value: ({ name }) => name },
        {
          title: metric === "mIoU" ? "IoU" : "found",
          value: ({ score }) => score,
          format: (score) => score.toFixed(4),
          align: "right",
        },
      ],
      "table",
      { colors: context.colors },
    ).trimEnd(),
  );
  context.print(
    `${metric} ${value.toFixed(4)}${
      pixelAccuracy === undefined ? "" : `, pixel accuracy ${formatPercent(pixelAccuracy)}`
    } on ` +
      `${plural(data.val, "image")} (best of ${plural(trained.log.length, "validation")})`,
  );
  if (baseline !== undefined) {
    context.print(`the nearest class mean on the same features finds ${formatPercent(baseline)}`);
  }
  context.print(`${out}: ${formatBytes(bytes)}, trained in ${formatClock(trained.seconds)}`);
}
