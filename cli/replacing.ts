/** Refusing to write over what a command reads: every command that writes a file beside reading others asks here. */
import { basename, dirname } from "node:path";
import { usageError } from "../core/errors.ts";
import { ensureWritableFile } from "../core/files/atomic_write.ts";
import { exists, fileIdentity, isRegularFile } from "../core/files/paths.ts";
import { hasImageExtension } from "../core/files/search.ts";
import { flagName } from "./arguments.ts";

/** Paths by the names of their flags, as commands get them; absent flags count for nothing. */
export type PathsByFlag = Readonly<Record<string, string | undefined>>;

/** A file that is read and has no flag of its own. */
export interface ReadFile {
  /** What it is to the user: `a label`. */
  readonly what: string;
  readonly path: string | null | undefined;
}

/**
 * Refuses outputs that are one of the files read, also through links and other spellings of a path, that are one file
 * together, or that are images.
 *
 * @param outputs the flags whose files are written.
 * @param inputs the flags whose files are read.
 * @param others files without a flag; looked at only where an output exists already.
 * @throws {BneckError} (usage) `--report would replace truth.json, the file of --annotations`.
 */
export function refuseReplacing(
  outputs: PathsByFlag,
  inputs: PathsByFlag = {},
  others: Iterable<ReadFile> = [],
): void {
  const taken = new Map<string, string>();
  for (const [name, path] of Object.entries(inputs)) {
    if (path !== undefined) taken.set(placeOf(path), `the file of ${flagName(name)}`);
  }
  const written = Object.entries(outputs).flatMap(([name, path]) =>
    path === undefined ? [] : [{ name, path }]
  );
  if (written.some(({ path }) => fileIdentity(path) !== undefined)) {
    for (const { what, path } of others) {
      const identity = path ? fileIdentity(path) : undefined;
      if (identity !== undefined && !taken.has(identity)) taken.set(identity, what);
    }
  }
  for (const { name, path } of written) {
    const place = placeOf(path);
    const other = taken.get(place);
    if (other !== undefined) throw usageError(`${flagName(name)} would replace ${path}, ${other}`);
    // Of a set that is scored in part, and of folders, not every file is in the lists.
    if (hasImageExtension(path) && exists(path)) {
      throw usageError(`${flagName(name)} would replace ${path}, an image`);
    }
    taken.set(place, `the file of ${flagName(name)}`);
  }
}

/**
 * Checks before the work begins that the file of `--out` can be written.
 *
 * @param overwrite whether it may exist: because of `--overwrite`, or since an interrupted run has written it
 * @throws {BneckError} (usage) It exists and may not be replaced, or cannot be written.
 */
export async function checkOutputFile(out: string, overwrite: boolean): Promise<void> {
  if (!overwrite && isRegularFile(out)) throw usageError(`${out} exists: --overwrite replaces it`);
  await ensureWritableFile(out);
}

/** Where a file is, or would be. */
function placeOf(path: string): string {
  return fileIdentity(path) ?? `${fileIdentity(dirname(path)) ?? dirname(path)}/${basename(path)}`;
}
