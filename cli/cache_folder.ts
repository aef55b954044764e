/**
 * Where downloaded models are kept.
 *
 * @module
 */
import { join } from "node:path";

/** A folder and the environment variable that chose it. */
export interface CacheFolder {
  readonly path: string;
  readonly chosenBy: string;
}

/**
 * `BNECK_CACHE`, else `bneck` in `XDG_CACHE_HOME`, in `~/.cache`, or on Windows in `LOCALAPPDATA`; `null` when the
 * environment says none of them.
 */
export function cacheFolder(env: (name: string) => string | undefined): CacheFolder | null {
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
