/** What the flags mean: whether they fit together, and what they are in the words of the library. */
import { usageError } from "../../../core/errors.ts";
import type { InputChoice, RowChoice, SortColumn } from "../../../core/profile/mod.ts";
import { isWeightsName } from "../../../models/other_formats.ts";
import type { SubjectOptions } from "../../../models/profile/mod.ts";
import { flagName } from "../../arguments.ts";
import { measures, type ProfileFlags, RANDOM_WEIGHTS } from "./flags.ts";

/** How subjects are opened. */
export function subjectOptions(flags: ProfileFlags): SubjectOptions {
  const { size, input, count, arch, weightsKey } = flags;
  return {
    size: size && [size.height, size.width],
    input: input && inputsByName(input),
    batch: flags.batch?.[0],
    rule: count,
    architecture: arch,
    key: weightsKey,
  };
}

/** Shape and value of one input may come from two flags. */
function inputsByName(input: NonNullable<ProfileFlags["input"]>): Record<string, InputChoice> {
  const choices = new Map<string, InputChoice>();
  for (const { name, ...choice } of input) choices.set(name, { ...choices.get(name), ...choice });
  return Object.fromEntries(choices);
}

/** Which rows are printed. */
export function rowChoice({ by, sort, top }: Pick<ProfileFlags, "by" | "sort" | "top">): RowChoice {
  return { by: by === "op" ? "operator" : by, sort: sort && COLUMNS[sort], top };
}

const COLUMNS: Readonly<Record<NonNullable<ProfileFlags["sort"]>, SortColumn>> = {
  params: "parameters",
  madds: "madds",
  activation: "activationBytes",
  ms: "milliseconds",
  gmadds: "gmaddsPerSecond",
};

/** What a flag is about: one network's rows, networks that are named, or anything that is measured. */
const ONE_NETWORK = ["top", "trace", "batch"] as const;
const NAMED_NETWORKS = ["size", "input", "sort"] as const;
const MEASURING = ["runs", "warmup"] as const;

/**
 * Refuses flags that would have no effect: a result must be what was asked for.
 *
 * @throws {BneckError} (usage) for the first such flag.
 */
export function checkFlags(flags: ProfileFlags, names: readonly string[]): void {
  const refuse = (given: readonly (keyof ProfileFlags)[], reason: string) => {
    const found = given.find((name) => flags[name] !== undefined);
    if (found) throw usageError(`${flagName(found)} ${reason}`);
  };
  const mode = flags.list ? "--list" : flags.paper ? "--paper" : flags.effect ? "--effect" : undefined;
  const ownWeights = flags.weights !== RANDOM_WEIGHTS;
  if (ownWeights && mode !== undefined) throw usageError(`--weights cannot be used with ${mode}`);
  if (ownWeights && names.length > 0) {
    throw usageError(
      `--weights already names what to profile, but ${
        names.join(", ")
      } is given too (--arch names its architecture)`,
    );
  }
  if (!ownWeights && !names.some(isWeightsName)) refuse(["arch", "weightsKey"], "needs a file of weights");
  if (mode === undefined && names.length === 0 && !ownWeights) {
    throw usageError(
      'bneck profile needs the name of a network, a model or a file: "bneck profile --list" lists networks',
    );
  }
  if ((flags.list || flags.paper) && names.length > 0) {
    throw usageError(`${mode} takes no network, but ${names.join(", ")} is given`);
  }
  if (flags.effect && names.length > 1) {
    throw usageError(`--effect takes one MobileNetV3, but ${names.join(", ")} are given`);
  }
  if (mode !== undefined || names.length > 1) {
    refuse(ONE_NETWORK, mode ? `cannot be used with ${mode}` : "is for one network, not for a comparison");
  }
  checkComparison(flags, names.length, mode);
  if (flags.effect) refuse(["input", "sort"], "cannot be used with --effect");
  else if (mode !== undefined) refuse(NAMED_NETWORKS, `cannot be used with ${mode}`);
  if (flags.list) refuse(["count", "runs", "warmup", "measure", "report"], "cannot be used with --list");
  if (flags.flops && mode !== undefined) throw usageError(`--flops cannot be used with ${mode}`);
  if (!measures(flags)) {
    refuse(["trace"], "needs the latency, which is not measured");
    refuse(MEASURING, "cannot be used when nothing is measured");
    if (flags.sort === "ms" || flags.sort === "gmadds") {
      throw usageError(`--sort ${flags.sort} needs the latency, which is not measured`);
    }
  }
}

/** Flags for several networks, or for several settings of one. */
function checkComparison(flags: ProfileFlags, networks: number, mode: string | undefined): void {
  const { by, threads, batch = [], failAbove } = flags;
  const isSweep = threads.length > 1 || batch.length > 1;
  if (by !== undefined && mode !== undefined) throw usageError(`--by cannot be used with ${mode}`);
  if (networks > 1 && by !== undefined) {
    if (by === "op" || by === "stage") {
      throw usageError(`--by ${by} is for one network: compare by layer or block`);
    }
    if (networks > 2) throw usageError(`--by compares two networks, but ${networks} are given`);
    if (!measures(flags)) throw usageError("--by of two networks compares times, which are not measured");
  }
  if (failAbove !== undefined && (networks < 2 || mode !== undefined || !measures(flags))) {
    throw usageError("--fail-above needs the times of two networks or more");
  }
  if (!isSweep) return;
  const swept = threads.length > 1 ? "--threads" : "--batch";
  if (threads.length > 1 && batch.length > 1) {
    throw usageError("--threads and --batch cannot both have several values");
  }
  if (networks !== 1 || mode !== undefined) throw usageError(`several values of ${swept} need one network`);
  if (!measures(flags)) throw usageError(`several values of ${swept} compare times, which are not measured`);
  const useless = (["by", "sort", "top", "trace"] as const).find((name) => flags[name] !== undefined);
  if (useless) throw usageError(`${flagName(useless)} cannot be used with several values of ${swept}`);
}
