/** Scores of the paper's networks, which take seconds to compute and stay the same, in the cache folder. */
import { join } from "node:path";
import { isJsonObject, writeFileAtomic } from "../../core/files/mod.ts";
import { cacheFolder, type Environment } from "../cache.ts";
import type { Scores } from "./stand_in.ts";

const MAX_CACHE_BYTES = 2 ** 20;
const MAX_KEYS = 20;

/** Scores of the paper's networks in the cache folder, by seed and version. */
export class ScoreCache {
  #changed = false;

  private constructor(
    readonly path: string | null,
    readonly file: Record<string, Record<string, Scores>>,
    readonly key: string,
  ) {}

  /** Opens the file; one that is missing or not valid is as empty. */
  static async open(env: Environment, key: string): Promise<ScoreCache> {
    const folder = cacheFolder(env);
    const path = folder && join(folder.path, "search-scores.json");
    return new ScoreCache(path, path === null ? {} : await readScores(path), key);
  }

  /** The scores of a network, where they are known. */
  get(network: string): Scores | undefined {
    return Object.hasOwn(this.file, this.key) ? this.file[this.key][network] : undefined;
  }

  /** Remembers the scores of a network. */
  set(network: string, scores: Scores): void {
    if (!Object.hasOwn(this.file, this.key)) this.file[this.key] = {};
    this.file[this.key][network] = scores;
    this.#changed = true;
  }

  /** Writes what was remembered; a cache that cannot be written is done without. */
  async save(): Promise<void> {
    if (this.path === null || !this.#changed) return;
    const kept = Object.entries(this.file).slice(-MAX_KEYS);
    await writeFileAtomic(this.path, `${JSON.stringify(Object.fromEntries(kept), null, 1)}\n`).catch(
      () => {},
    );
  }
}

/** What is valid of a file of scores. */
async function readScores(path: string): Promise<Record<string, Record<string, Scores>>> {
  const found: Record<string, Record<string, Scores>> = {};
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_CACHE_BYTES) return found;
    const file: unknown = JSON.parse(await Deno.readTextFile(path));
    if (!isJsonObject(file)) return found;
    for (const [key, networks] of Object.entries(file)) {
      if (!isJsonObject(networks)) continue;
      const valid = Object.entries(networks).filter((entry): entry is [string, Scores] => isScores(entry[1]));
      found[key] = Object.fromEntries(valid);
    }
  } catch {
    // It is computed again.
  }
  return found;
}

function isScores(value: unknown): value is Scores {
  return isJsonObject(value) &&
    ["naswot", "zen", "madds"].every((name) =>
      typeof value[name] === "number" && Number.isFinite(value[name])
    );
}
