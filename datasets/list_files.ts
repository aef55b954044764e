/**
 * The files of a data set's folder.
 *
 * @module
 */
import { usageError } from "../core/errors.ts";
import { exists, readUserText, reasonOf } from "../core/files/mod.ts";
import { kindBehindLink } from "../core/files/search.ts";

/** The files under a folder, with their paths from there. */
export interface FileListing {
  readonly folder: string;
  /** With `/` between folders, sorted by code unit as Python's `sorted`. */
  readonly paths: readonly string[];
}

/**
 * Lists the files under `folder`, links followed, without hidden ones, pipes, devices and those of other extensions.
 *
 * @param extensions in lower case without the dot, or all
 * @throws {BneckError} The folder does not exist or cannot be read.
 */
export async function listFiles(folder: string, extensions?: readonly string[]): Promise<FileListing> {
  const paths: string[] = [];
  let visiting = folder;
  // `real` holds the true places of the folders on the way: a link back to one of them is not followed.
  const visit = async (inside: string, real: readonly string[]): Promise<void> => {
    if (inside !== "") visiting = `${folder}/${inside}`;
    for await (const entry of Deno.readDir(`${folder}/${inside}`)) {
      if (entry.name.startsWith(".")) continue;
      const path = inside + entry.name;
      const { isDirectory, isFile } = entry.isSymlink ? kindBehindLink(`${folder}/${path}`) : entry;
      if (isDirectory) {
        const place = entry.isSymlink
          ? await Deno.realPath(`${folder}/${path}`)
          : `${real.at(-1)}/${entry.name}`;
        if (!real.includes(place)) await visit(`${path}/`, [...real, place]);
      } else if (isFile && (extensions?.includes(extension(path)) ?? true)) paths.push(path);
    }
  };
  try {
    await visit("", [await Deno.realPath(folder)]);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound && !exists(folder)) {
      throw usageError(`cannot read the folder ${folder}: it does not exist`);
    }
    throw usageError(`cannot read the folder ${visiting}: ${reasonOf(cause)}`, cause);
  }
  return { folder, paths: paths.sort((a, b) => a < b ? -1 : 1) };
}

/**
 * The names in a text file, one per line; blank lines are skipped.
 *
 * @throws {BneckError} The file cannot be read or is empty.
 */
export async function readNames(path: string): Promise<string[]> {
  const text = await readUserText(path, { what: "the list" });
  const names = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  if (names.length === 0) throw usageError(`the list ${path} is empty`);
  return names;
}

/** The extension of a path in lower case, without the dot. */
export function extension(path: string): string {
  return path.match(/\.([^./]+)$/)?.[1].toLowerCase() ?? "";
}

/** The path without its extension. */
export function withoutExtension(path: string): string {
  return path.replace(/\.[^./]+$/, "");
}
