/**
 * The file of `--save-state`: what an evaluation counted, to be merged with those of other machines.
 *
 * @module
 */
import { modelError } from "../../../core/errors.ts";
import {
  bytesDigest,
  digestOf,
  MAX_STRING_BYTES,
  readUserJson,
  type Shard,
  writeFileAtomic,
} from "../../../core/files/mod.ts";
import type { Evaluation } from "./benchmark.ts";

/** The content of the file. */
export interface SavedState {
  readonly format: typeof FORMAT;
  /** The command: `cityscapes`. */
  readonly benchmark: string;
  /** What must be the same in files that are merged. */
  readonly settings: unknown;
  /** The parts of the set that were scored, `null` for all of it. */
  readonly shards: { readonly count: number; readonly numbers: readonly number[] } | null;
  readonly state: unknown;
}

const FORMAT = "bneck evaluation 1";

/** Writes what was counted; the same bytes whether it was counted in one run or merged from shards. */
export async function saveState(
  path: string,
  evaluation: Pick<Evaluation, "benchmark" | "settings" | "state">,
  shards: SavedState["shards"],
): Promise<void> {
  const { benchmark, settings } = evaluation;
  const complete = shards === null || shards.numbers.length === shards.count;
  const saved: SavedState = {
    format: FORMAT,
    benchmark,
    settings,
    shards: complete ? null : shards,
    state: evaluation.state(),
  };
  await writeFileAtomic(path, JSON.stringify(saved) + "\n");
}

/**
 * Reads a file of {@linkcode saveState}.
 *
 * @throws {BneckError} It cannot be read or is something else.
 */
export async function readState(path: string): Promise<SavedState> {
  const json = await readUserJson(path, { error: modelError, maxBytes: MAX_STRING_BYTES });
  const saved = json as Partial<SavedState> | null;
  if (saved?.format !== FORMAT || typeof saved.benchmark !== "string" || !isShards(saved.shards)) {
    throw modelError(`cannot read ${path}: it was not written by --save-state ("format": "${FORMAT}")`);
  }
  return { ...saved, settings: saved.settings, state: saved.state } as SavedState;
}

/**
 * SHA-256 of a file that is scored, so that shards of different files are not merged; `undefined` where no state is saved
 * or there is no such file, such as for a pipe.
 */
export async function digestOfFile(
  path: string | undefined,
  saveState: string | undefined,
): Promise<string | undefined> {
  if (path === undefined || saveState === undefined) return undefined;
  const there = await Deno.stat(path).catch(() => undefined);
  if (!there?.isFile) return undefined;
  return (await digestOf(path))?.sha256;
}

/** What tells the images and the files of a model from others of the same names, as SHA-256. */
export interface Identity {
  /** Of the names of all images of the set. */
  readonly images?: string;
  /** Of the files of the model and its weights. */
  readonly modelFile?: string;
  readonly weightsFile?: string;
}

/** The identity of what is evaluated, so that shards of different sets and models are not merged; empty where no state is saved. */
export async function identityOf(
  { saveState, model, weights }: {
    readonly saveState?: string;
    readonly model?: string;
    readonly weights?: string;
  },
  { names }: { readonly names?: readonly string[] } = {},
): Promise<Identity> {
  if (saveState === undefined) return {};
  const [modelFile, weightsFile] = await Promise.all(
    [model, weights].map((path) => digestOfFile(path, saveState)),
  );
  const images = names && await bytesDigest(new TextEncoder().encode(names.toSorted().join("\n")));
  return { ...images && { images }, ...modelFile && { modelFile }, ...weightsFile && { weightsFile } };
}

/** Whether settings of a saved state hold an identity, which those of earlier versions do not. */
export function isIdentity(value: unknown): value is Identity {
  const { images, modelFile, weightsFile } = (value ?? {}) as Partial<Identity>;
  return [images, modelFile, weightsFile].every((digest) =>
    digest === undefined || typeof digest === "string"
  );
}

/** Shards of the largest evaluation: more than any set has images, and than any cluster has machines. */
const MAX_SHARDS = 1_000_000;

/** The part of one run. */
export function shardsOf(shard: Shard | undefined): SavedState["shards"] {
  return shard === undefined ? null : { count: shard.count, numbers: [shard.number] };
}

function isShards(value: unknown): value is SavedState["shards"] {
  if (value === null) return true;
  const { count, numbers } = (value ?? {}) as Partial<NonNullable<SavedState["shards"]>>;
  return Number.isSafeInteger(count) && count! <= MAX_SHARDS && Array.isArray(numbers) &&
    numbers.length > 0 &&
    numbers.every((number) => Number.isSafeInteger(number) && number >= 1 && number <= count!) &&
    new Set(numbers).size === numbers.length;
}
