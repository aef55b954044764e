/**
 * The images of a folder and of all folders below it.
 *
 * @module
 */
import { type BneckError, inputError, usageError } from "../errors.ts";
import { InputFile, type InputFolder, joinPath } from "./input_file.ts";
import { sortNaturally } from "./natural_order.ts";
import { reasonOf } from "./reason.ts";

/** Endings that mark a file in a folder as an image; others must be named one by one. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  "jpg",
  "jpeg",
  "jpe",
  "jfif",
  "png",
  "webp",
  "gif",
  "tif",
  "tiff",
  "bmp",
];

/** Whether the name ends as one of an image does, in capital or small letters. */
export function hasImageExtension(name: string, extensions: readonly string[] = IMAGE_EXTENSIONS): boolean {
  const dot = name.lastIndexOf(".");
  return dot >= 0 && extensions.includes(name.slice(dot + 1).toLowerCase());
}

/** A file or folder, whatever its path: device and inode. */
export type Identity = string;

/** The identity of what is at `path`, through symbolic links; undefined if there is nothing. */
export function identityOf(path: string): Identity | undefined {
  try {
    const { dev, ino } = Deno.statSync(path === "" ? "." : path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** What {@linkcode walk} found. */
export interface WalkResult {
  /** In natural order. */
  readonly files: InputFile[];
  /** Folders below the first that cannot be read. */
  readonly problems: BneckError[];
  /** Files that do not look like images. */
  readonly others: number;
  /** Whether the folder to leave out was met. */
  readonly leftOut: boolean;
}

/**
 * Finds the images in a folder and below. Hidden files and folders are skipped, and so is the folder `leaveOut`.
 * Symbolic links are followed, but never into a folder that the walk is in.
 *
 * @throws {BneckError} (usage) if the folder cannot be read
 */
export function walk(start: InputFolder, extensions: readonly string[], leaveOut?: Identity): WalkResult {
  const files: InputFile[] = [];
  const problems: BneckError[] = [];
  let others = 0;
  let leftOut = false;

  function enter(folder: InputFolder, above: readonly Identity[]): void {
    const identity = identityOf(folder.path);
    if (identity !== undefined && above.includes(identity)) return;
    if (identity !== undefined && identity === leaveOut) {
      leftOut = true;
      return;
    }
    let names: string[] = [];
    const folders = new Set<string>();
    try {
      for (const entry of Deno.readDirSync(folder.path === "" ? "." : folder.path)) {
        if (entry.name.startsWith(".")) continue;
        const kind = entry.isSymlink ? kindBehindLink(joinPath(folder.path, entry.name)) : entry;
        if (kind.isDirectory) {
          folders.add(entry.name);
          names.push(entry.name);
        } else if (kind.isFile && hasImageExtension(entry.name, extensions)) {
          names.push(entry.name);
        } else {
          others++;
        }
      }
    } catch (error) {
      const message = `cannot read ${folder.path === "" ? "." : folder.path}: ${reasonOf(error)}`;
      if (above.length === 0) throw usageError(message, error);
      problems.push(inputError(message, error));
      names = names.filter((name) => !folders.has(name));
      folders.clear();
    }
    const path = identity === undefined ? above : [...above, identity];
    for (const name of sortNaturally(names)) {
      if (!folders.has(name)) {
        files.push(new InputFile(folder, name));
        continue;
      }
      enter(subfolder(folder, name), path);
    }
  }

  enter(start, []);
  return { files, problems, others, leftOut };
}

/** The folder `name` (or `a/b`) within `folder`. */
export function subfolder(folder: InputFolder, name: string): InputFolder {
  return {
    path: joinPath(folder.path, name),
    root: folder.root,
    relative: joinPath(folder.relative, name),
  };
}

/** What a symbolic link leads to. A broken one counts as a file, so that it is reported and not passed over. */
function kindBehindLink(path: string): { readonly isFile: boolean; readonly isDirectory: boolean } {
  try {
    return Deno.statSync(path);
  } catch {
    return { isFile: true, isDirectory: false };
  }
}
