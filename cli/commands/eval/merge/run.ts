/**
 * The code of `bneck eval merge`.
 *
 * @module
 */
import { BneckError, modelError, usageError } from "../../../../core/errors.ts";
import { didYouMean } from "../../../../core/files/mod.ts";
import type { Context } from "../../../context.ts";
import { refuseReplacing } from "../../../replacing.ts";
import { plural } from "../../../console/format.ts";
import { evaluationOf, type MergeableMetric } from "../benchmark.ts";
import { type AnyBenchmark, BENCHMARKS } from "../../eval.ts";
import { finish, type FinishFlags, prepareFinish } from "../finish.ts";
import { readState, type SavedState } from "../saved_state.ts";

/** A state and the file it was in. */
interface Part {
  readonly path: string;
  readonly saved: SavedState;
}

export default async function merge(this: Context, flags: FinishFlags, ...paths: string[]): Promise<void> {
  const { saveState, report } = flags;
  refuseReplacing({ saveState, report }, {}, paths.map((path) => ({ what: "an input", path })));
  const parts: Part[] = [];
  for (const path of paths) parts.push({ path, saved: await readState(path) });
  const shards = joinShards(parts);
  parts.sort((a, b) => numberOf(a) - numberOf(b));
  const [first, ...others] = parts;
  const benchmark = await benchmarkOf(first);
  const { metric, settings } = restore(benchmark, first);
  for (const part of others) {
    const other = restore(benchmark, part);
    refuseDifferent(first, part);
    mergeInto(metric, other.metric, part.path, first.path);
  }
  const evaluation = evaluationOf(benchmark, metric, settings);
  await prepareFinish(evaluation, flags);
  if (shards !== null) warnOfMissing(this, shards);
  this.log.info(
    `${plural(evaluation.images, "image")} of ${plural(parts.length, "file")} of eval ${benchmark.name}`,
  );
  await finish(this, evaluation, flags, { shards, evaluated: { model: null, files: { states: paths } } });
}

/** @throws {BneckError} There is no such benchmark. */
async function benchmarkOf({ path, saved: { benchmark } }: Part): Promise<AnyBenchmark> {
  if (Object.hasOwn(BENCHMARKS, benchmark)) return (await BENCHMARKS[benchmark].load()).benchmark;
  throw modelError(
    `cannot read ${path}: unknown benchmark ${benchmark}${didYouMean(benchmark, Object.keys(BENCHMARKS))}`,
  );
}

/** @throws {BneckError} (unusable) The state is damaged. */
function restore(benchmark: AnyBenchmark, { saved, path }: Part): ReturnType<AnyBenchmark["restore"]> {
  try {
    return benchmark.restore(saved, path);
  } catch (error) {
    if (!(error instanceof BneckError)) throw error;
    const message = error.message.includes(path) ? error.message : `cannot read ${path}: ${error.message}`;
    throw modelError(message, error, error.hint);
  }
}

function numberOf({ saved }: Part): number {
  return saved.shards?.numbers[0] ?? 0;
}

/**
 * The shards in all parts.
 *
 * @throws {BneckError} They are not parts of one evaluation, or one is given twice.
 */
function joinShards(parts: readonly Part[]): SavedState["shards"] {
  const [first] = parts;
  if (parts.length === 1) return first.saved.shards;
  const holder = new Map<number, string>();
  for (const { path, saved: { shards, benchmark } } of parts) {
    if (benchmark !== first.saved.benchmark) {
      throw usageError(
        `cannot merge ${path} of eval ${benchmark} with ${first.path} of eval ${first.saved.benchmark}`,
      );
    }
    if (shards === null) {
      throw usageError(`cannot merge ${path}: it holds the whole set and not a shard of it`);
    }
    const { count } = first.saved.shards ?? shards;
    if (shards.count !== count) {
      throw usageError(
        `cannot merge ${path}, one of ${shards.count} shards, with ${first.path}, one of ${count}`,
      );
    }
    for (const number of shards.numbers) {
      const other = holder.get(number);
      if (other !== undefined) {
        throw usageError(`cannot merge ${path}: shard ${number}/${count} is in ${other} too`);
      }
      holder.set(number, path);
    }
  }
  return { count: first.saved.shards!.count, numbers: [...holder.keys()].sort((a, b) => a - b) };
}

/** Warns of shards that were not given; a file may claim that there are any number of them. */
function warnOfMissing({ log }: Context, { count, numbers }: NonNullable<SavedState["shards"]>): void {
  const missing = count - numbers.length;
  if (missing === 0) return;
  const given = new Set(numbers);
  const named: number[] = [];
  for (let n = 1; named.length < Math.min(missing, MAX_NAMED); n++) if (!given.has(n)) named.push(n);
  const more = missing > named.length ? ` and ${missing - named.length} more` : "";
  const [what, are] = missing === 1 ? ["shard", "is"] : ["shards", "are"];
  log.warn(
    `${what} ${named.join(", ")}${more} of ${count} ${are} missing: these are the scores of the others`,
  );
}

/** Missing shards that are named. */
const MAX_NAMED = 20;

/** @throws {BneckError} (usage) A setting is not the same. */
function refuseDifferent(first: Part, part: Part): void {
  const [a, b] = [part, first].map(({ saved }) => (saved.settings ?? {}) as Record<string, unknown>);
  const name = Object.keys({ ...a, ...b }).find((name) =>
    JSON.stringify(a[name]) !== JSON.stringify(b[name])
  );
  if (name === undefined) return;
  const values = [a[name], b[name]].map((value) => JSON.stringify(value) ?? "none");
  const shown = values.every((value) => value.length <= MAX_SHOWN) ? ` (${values.join(" and ")})` : "";
  throw usageError(`cannot merge ${part.path} with ${first.path}: they differ in ${name}${shown}`);
}

/** Longer values of settings, such as digests, tell a reader nothing. */
const MAX_SHOWN = 40;

function mergeInto(metric: MergeableMetric, other: MergeableMetric, path: string, first: string): void {
  try {
    metric.merge(other);
  } catch (error) {
    if (!(error instanceof BneckError)) throw error;
    throw usageError(`cannot merge ${path} with ${first}: ${error.message}`, error);
  }
}
