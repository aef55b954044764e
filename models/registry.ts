import { basename } from "node:path";
import { usageError } from "../core/errors.ts";
import { didYouMean } from "../core/files/mod.ts";
import type { ModelEntry } from "./entry.ts";
import { MB3_LARGE_075 } from "./mb3_large_075.ts";
import { PUBLISHED_MODELS } from "./published/mod.ts";

/** Every model there is, the one that needs no download first. */
export const MODELS: readonly ModelEntry[] = [MB3_LARGE_075, ...PUBLISHED_MODELS];

/**
 * Finds a model by its name or an alias.
 *
 * @throws {BneckError} with the nearest name when there is none.
 */
export function findModel(name: string): ModelEntry {
  const entry = MODELS.find((model) => model.name === name || model.aliases.includes(name));
  if (entry) return entry;
  const names = MODELS.flatMap((model) => [model.name, ...model.aliases]);
  throw usageError(`unknown model ${name}${didYouMean(name, names) || ': "bneck models list" lists them'}`);
}

/**
 * The model whose weights are published under a file's name. These names hold a digest, so that a file fetched by hand
 * is known wherever it lies; what was trained further and kept the name is prepared for as its origin was.
 */
export function modelOfFile(path: string): ModelEntry | undefined {
  const name = basename(path);
  return MODELS.find(({ weights }) => weights.some(({ download }) => download?.fileName === name));
}
