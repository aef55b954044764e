/**
 * The files of a data set's folder.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";

/** The files under a folder, with their paths from there. */
export interface FileListing {
  readonly folder: string;
  /** With `/` between folders, sorted by code unit as Python's `sorted`. */
  readonly paths: readonly string[];
}

/**
 * Lists the files under `folder`, links followed, hidden ones and those of other extensions left out.
 *
 * @param extensions in lower case without the dot, or all
 * @throws {BneckError} The folder does not exist or cannot be read.
 */
export async function listFiles(folder: string, extensions?: readonly string[]): Promise<FileListing> {
  const paths: string[] = [];
  // `real` holds the true places of the folders on the way: a link back to one of them is not followed.
  const visit = async (inside: string, real: readonly string[]): Promise<void> => {
    for await (const entry of Deno.readDir(`${folder}/${inside}`)) {
      if (entry.name.startsWith(".")) continue;
      const path = inside + entry.name;
      const { isDirectory } = entry.isSymlink ? await Deno.stat(`${folder}/${path}`) : entry;
      if (isDirectory) {
        const place = entry.isSymlink
          ? await Deno.realPath(`${folder}/${path}`)
          : `${real.at(-1)}/${entry.name}`;
        if (!real.includes(place)) await visit(`${path}/`, [...real, place]);
      } else if (extensions?.includes(extension(path)) ?? true) paths.push(path);
    }
  };
  try {
    await visit("", [await Deno.realPath(folder)]);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound && !await exists(folder)) {
      throw usageError(`cannot read the folder ${folder}: it does not exist`);
    }
    throw usageError(`cannot read the folder ${folder}: ${(cause as Error).message}`, cause);
  }
  return { folder, paths: paths.sort((a, b) => a < b ? -1 : 1) };
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

/** The extension of a path in lower case, without the dot. */
export function extension(path: string): string {
  return path.match(/\.([^./]+)$/)?.[1].toLowerCase() ?? "";
}

/** The path without its extension. */
export function withoutExtension(path: string): string {
  return path.replace(/\.[^./]+$/, "");
}
