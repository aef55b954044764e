/** The code of `bneck profile`. */
import { dirname } from "node:path";
import { usageError } from "../../../core/errors.ts";
import { ensureWritableFolder, writeFileAtomic } from "../../../core/files/mod.ts";
import type { Extent } from "../../../core/graph/mod.ts";
import { isWeightsName } from "../../../models/checkpoint.ts";
import { ablation } from "../../../models/zoo/mod.ts";
import { flagName } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { type ComparedRow, comparisonResult, type Conditions } from "./comparison.ts";
import { comparisonPage } from "./comparison_report.ts";
import { ablatedNetwork, effectResult, effectRows, measuredSubjects, withTimes } from "./effect.ts";
import { type ImageSize, measures, type ProfileFlags, RANDOM_WEIGHTS } from "./flags.ts";
import { layerPage } from "./layer_report.ts";
import { layerResult, warnings } from "./layer_result.ts";
import { listResult } from "./list.ts";
import { type MeasuredModel, measureInTurns, measureSubject } from "./measure.ts";
import { paperResult, paperRows, phonesOf } from "./paper.ts";
import { printResult } from "./result.ts";
import { openSubject, type Subject, weightsSubject } from "./subject.ts";
import { surroundings } from "./words.ts";

export default async function profile(this: Context, flags: ProfileFlags, ...names: string[]): Promise<void> {
  checkFlags(flags, names);
  if (flags.report !== undefined) await ensureWritableFolder(dirname(flags.report));
  if (flags.list) return printResult(this, listResult(), flags);
  if (flags.paper !== undefined) return await profilePaper(this, flags.paper, flags);
  if (flags.effect !== undefined) return await profileEffect(this, flags.effect, flags, names);

  const options = {
    size: extentOf(flags.size),
    inputs: flags.input,
    rule: flags.count,
    architecture: flags.arch,
    key: flags.weightsKey,
  };
  if (flags.weights !== RANDOM_WEIGHTS) {
    return await profileLayers(this, await weightsSubject(flags.weights, options), flags);
  }
  const subjects: Subject[] = [];
  for (const name of names) {
    this.signal.throwIfAborted();
    subjects.push(await openSubject(name, options));
  }
  if (subjects.length === 1) await profileLayers(this, subjects[0], flags);
  else await profileComparison(this, subjects, flags);
}

async function profileLayers(context: Context, subject: Subject, flags: ProfileFlags): Promise<void> {
  const timed = measures(flags) ? await measureSubject(context, subject, flags) : undefined;
  const profile = {
    subject,
    measured: timed?.latency ?? subject.costs,
    plainMilliseconds: timed?.plainMilliseconds,
    surroundings: timed && await surroundings(),
  };
  if (flags.report !== undefined) await writeFileAtomic(flags.report, layerPage(profile));
  printResult(context, layerResult(profile, flags), flags);
  for (const warning of warnings(profile)) context.log.warn(warning);
}

async function profileComparison(
  context: Context,
  subjects: readonly Subject[],
  flags: ProfileFlags,
): Promise<void> {
  const { times, conditions } = await measureAll(context, subjects, flags);
  const rows = subjects.map((subject, index): ComparedRow => ({ subject, time: times?.[index] }));
  const result = comparisonResult(rows, conditions, flags);
  if (flags.report !== undefined) {
    await writeFileAtomic(flags.report, comparisonPage(result, { name: ({ subject }) => subject.name }));
  }
  printResult(context, result, flags);
}

async function profilePaper(
  context: Context,
  table: NonNullable<ProfileFlags["paper"]>,
  flags: ProfileFlags,
): Promise<void> {
  const counted = paperRows(table, flags.count);
  const { times, conditions } = await measureAll(context, counted.map(({ subject }) => subject), flags);
  const rows = counted.map((row, index) => ({ ...row, time: times?.[index] }));
  const result = paperResult(table, rows, conditions);
  if (flags.report !== undefined) {
    const page = comparisonPage(result, { name: ({ paper }) => paper.label, others: phonesOf(rows) });
    await writeFileAtomic(flags.report, page);
  }
  printResult(context, result, flags);
}

async function profileEffect(
  context: Context,
  effect: NonNullable<ProfileFlags["effect"]>,
  flags: ProfileFlags,
  names: readonly string[],
): Promise<void> {
  const base = ablatedNetwork(names);
  const counted = effectRows(ablation(effect, base), effect === "nonlinearity", {
    size: extentOf(flags.size),
    rule: flags.count,
  });
  const { times, conditions } = await measureAll(context, measuredSubjects(counted), flags);
  const rows = times ? withTimes(counted, times) : counted;
  const result = effectResult(effect, base, rows, conditions);
  if (flags.report !== undefined) {
    await writeFileAtomic(flags.report, comparisonPage(result, { name: ({ variant }) => variant.label }));
  }
  printResult(context, result, flags);
}

function extentOf(size: ImageSize | undefined): Extent | undefined {
  return size && [size.height, size.width];
}

async function measureAll(
  context: Context,
  subjects: readonly Subject[],
  flags: ProfileFlags,
): Promise<{ readonly times?: readonly MeasuredModel[]; readonly conditions?: Conditions }> {
  if (!measures(flags)) return {};
  const times = await measureInTurns(context, subjects, flags);
  return { times, conditions: { ...await surroundings(), threads: flags.threads } };
}

/** What a flag is about: one network's rows, networks that are named, or anything that is measured. */
const ONE_NETWORK = ["by", "top"] as const;
const NAMED_NETWORKS = ["size", "input", "sort"] as const;
const MEASURING = ["runs", "warmup"] as const;

/** Flags that would have no effect are errors: a result must be what was asked for. */
function checkFlags(flags: ProfileFlags, names: readonly string[]): void {
  const refuse = (given: readonly (keyof ProfileFlags)[], reason: string) => {
    const found = given.find((name) => flags[name] !== undefined);
    if (found) throw usageError(`${flagName(found)} ${reason}`);
  };
  const mode = flags.list ? "--list" : flags.paper ? "--paper" : flags.effect ? "--effect" : undefined;
  const ownWeights = flags.weights !== RANDOM_WEIGHTS;
  if (ownWeights && mode !== undefined) throw usageError(`--weights says nothing about ${mode}`);
  if (ownWeights && names.length > 0) {
    throw usageError(
      `--weights stands for a network, but ${names.join(", ")} is named too (--arch says what it is for)`,
    );
  }
  if (!ownWeights && !names.some(isWeightsName)) refuse(["arch", "weightsKey"], "is for a file of weights");
  if (mode === undefined && names.length === 0 && !ownWeights) {
    throw usageError(
      'bneck profile needs the name of a network, a model or a file: "bneck profile --list" lists networks',
    );
  }
  if ((flags.list || flags.paper) && names.length > 0) {
    throw usageError(`${mode} takes no network, but ${names.join(", ")} is named`);
  }
  if (mode !== undefined || names.length > 1) {
    refuse(ONE_NETWORK, mode ? `says nothing about ${mode}` : "is for one network, not for a comparison");
  }
  if (flags.effect) refuse(["input", "sort"], "says nothing about --effect");
  else if (mode !== undefined) refuse(NAMED_NETWORKS, `says nothing about ${mode}`);
  if (flags.list) refuse(["count", "runs", "warmup", "measure", "report"], "says nothing about --list");
  if (!measures(flags)) {
    refuse(MEASURING, "says nothing where nothing is measured");
    if (flags.sort === "ms" || flags.sort === "gmadds") {
      throw usageError(`--sort ${flags.sort} needs the latency, which is not measured`);
    }
  }
}
