/** Where downloaded weights are kept. */
import { modelError } from "../core/errors.ts";
import type { Download } from "./download.ts";
import type { RunnableModel } from "./entry.ts";

/** Looks an environment variable up. */
export type Environment = (name: string) => string | undefined;

/** A folder and the environment variable that names it. */
export interface CacheFolder {
  readonly path: string;
  readonly chosenBy: string;
}

/**
 * `BNECK_CACHE`, else `bneck` in `XDG_CACHE_HOME`, in `~/.cache`, or on Windows in `LOCALAPPDATA`; `null` when none of
 * these variables is set.
 */
export function cacheFolder(env: Environment = readEnvironment): CacheFolder | null {
  const own = env("BNECK_CACHE");
  if (own) return { path: own, chosenBy: "BNECK_CACHE" };
  const candidates: readonly (readonly [variable: string, ...below: string[]])[] = [
    ["XDG_CACHE_HOME", "bneck"],
    Deno.build.os === "windows" ? ["LOCALAPPDATA", "bneck"] : ["HOME", ".cache", "bneck"],
  ];
  for (const [variable, ...below] of candidates) {
    const base = env(variable);
    if (base) return { path: below.reduce(within, base), chosenBy: variable };
  }
  return null;
}

/**
 * The path at which a file of weights is kept.
 *
 * @throws {BneckError} (unusable model) when no environment variable names a folder.
 */
export function cachedPath(fileName: string, env: Environment = readEnvironment): string {
  const folder = cacheFolder(env);
  if (folder === null) throw modelError("there is no folder for downloaded weights: set BNECK_CACHE to one");
  return within(within(folder.path, "weights"), fileName);
}

/** What a model's weights are downloaded as; `undefined` for a model that comes with bneck. */
export function downloadOf({ weights }: Pick<RunnableModel, "weights">): Download | undefined {
  return weights.find(({ download }) => download)?.download;
}

/**
 * Where a model's downloaded weights are, or would be; `undefined` for a model that comes with bneck.
 *
 * @throws {BneckError} (unusable model) as {@linkcode cachedPath} does.
 */
export function weightsPath(
  model: Pick<RunnableModel, "weights">,
  env: Environment = readEnvironment,
): string | undefined {
  const download = downloadOf(model);
  return download && cachedPath(download.fileName, env);
}

/** The size of a file in bytes; `null` when there is none. */
export async function fileSize(path: string): Promise<number | null> {
  const info = await Deno.stat(path).catch(() => null);
  return info?.isFile ? info.size : null;
}

/** A variable that may not be read counts as unset. */
export function readEnvironment(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** `name` in a folder. (`node:path` takes 4 ms to load, which every command would wait for.) */
function within(folder: string, name: string): string {
  return `${folder.replace(/[\\/]+$/, "")}/${name}`;
}
