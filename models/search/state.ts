/** What a search has found out, in a file beside its result: a search that was stopped continues from there. */
import { isJsonObject, writeFileAtomic } from "../../core/files/mod.ts";
import { type Candidate, candidateKey, type SearchSpace } from "./space.ts";
import type { Scores } from "./stand_in.ts";

/** What a candidate was found to be. */
export interface Remembered {
  readonly milliseconds: number;
  readonly scores: Partial<Scores>;
}

/** The version of the form of the file. */
const FORMAT = 1;

const MAX_FILE_BYTES = 2 ** 26;
const MAX_ENTRIES = 200_000;

/**
 * Writes what is known of candidates.
 *
 * @param settings tells searches apart: equal settings give equal candidates.
 * @throws {BneckError} when the file cannot be written.
 */
export async function writeSearchState(
  path: string,
  settings: string,
  known: ReadonlyMap<string, Remembered>,
): Promise<void> {
  const lines = [...known].map((entry) => JSON.stringify(entry));
  const head = JSON.stringify({ format: FORMAT, settings }).slice(0, -1);
  await writeFileAtomic(path, `${head},\n"known": [\n${lines.join(",\n")}\n]}\n`);
}

/**
 * Reads what an earlier run of the same search found out.
 *
 * @returns `undefined` where there is no such file; `other` for one of another search, or that is not valid.
 */
export async function readSearchState(
  path: string,
  settings: string,
): Promise<ReadonlyMap<string, Remembered> | "other" | undefined> {
  let text: string;
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_FILE_BYTES) return "other";
    text = await Deno.readTextFile(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : "other";
  }
  try {
    const file: unknown = JSON.parse(text);
    if (!isJsonObject(file) || file.format !== FORMAT || file.settings !== settings) return "other";
    if (!Array.isArray(file.known) || file.known.length > MAX_ENTRIES) return "other";
    const entries = file.known.filter(isEntry);
    return entries.length === file.known.length ? new Map(entries) : "other";
  } catch {
    return "other";
  }
}

function isEntry(value: unknown): value is [string, Remembered] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, known] = value;
  if (typeof key !== "string" || key.length > 400 || !isJsonObject(known)) return false;
  const { milliseconds, scores } = known;
  return typeof milliseconds === "number" && milliseconds > 0 && Number.isFinite(milliseconds) &&
    isJsonObject(scores) &&
    Object.values(scores).every((score) => score === null || typeof score === "number");
}

/** What a space and a candidate are called in a state. */
export function stateKey({ name }: SearchSpace, candidate: Candidate): string {
  return `${name}: ${candidateKey(candidate)}`;
}
