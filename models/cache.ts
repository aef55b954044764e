/** Where downloaded weights are kept. */
import { join } from "node:path";
import { modelError } from "../core/errors.ts";

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
    if (base) return { path: join(base, ...below), chosenBy: variable };
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
  return join(folder.path, "weights", fileName);
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
