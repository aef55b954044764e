/**
 * The images that a pattern such as `photos/*.jpg` matches.
 *
 * @module
 */
import { glob, isDynamicPattern } from "tinyglobby";
import { InputFile, type InputFolder } from "./input_file.ts";
import { compareNaturally } from "./natural_order.ts";
import { hasImageExtension, type Identity, identityOf, subfolder, walk, type WalkResult } from "./walk.ts";

/** Whether the text has the special characters of a pattern. */
export function isPattern(text: string): boolean {
  return isDynamicPattern(text);
}

/** A pattern taken apart: the folder that it begins with, and the rest. */
export interface Pattern {
  /** Empty for the current folder. */
  readonly base: string;
  readonly rest: string;
}

/** `photos/day-*\/*.jpg` as `photos` and `day-*\/*.jpg`. */
export function parsePattern(text: string): Pattern {
  const parts = text.split("/");
  const first = parts.findIndex((part) => isDynamicPattern(part) || part.includes("\\"));
  const base = parts.slice(0, first).join("/");
  return { base: base === "" && first > 0 ? "/" : base, rest: parts.slice(first).join("/") };
}

/**
 * Finds what a pattern matches, in natural order, the pattern's base being the root. As with the shell's expansion,
 * a folder that matches is walked. Of the files that match, those without an image's extension count only if the
 * pattern names an extension (`*.scan`). Hidden files and the folder `leaveOut` are skipped.
 */
export async function matchPattern(
  { base, rest }: Pattern,
  extensions: readonly string[],
  leaveOut?: Identity,
): Promise<WalkResult> {
  const onlyDirectories = rest.endsWith("/");
  const matches = await glob(rest.replace(/\/+$/, ""), {
    cwd: base === "" ? "." : base,
    // `**` matches whatever is in the folders that it matches.
    onlyFiles: rest.includes("**") && !onlyDirectories,
    onlyDirectories,
    expandDirectories: false,
  });
  const root: InputFolder = { path: base, root: base, relative: "" };
  const folders = new Map<string, FolderOnTheWay>([["", {
    folder: root,
    identities: [identityOf(base) ?? base],
  }]]);
  const namesExtension = /\.(\w+|\{[\w,]+\})$/.test(rest);
  const found = {
    files: [] as InputFile[],
    problems: [] as WalkResult["problems"],
    others: 0,
    leftOut: false,
  };

  for (const match of matches.sort(compareNaturally)) {
    const isFolder = match.endsWith("/");
    const path = isFolder ? match.slice(0, -1) : match;
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    const { folder, identities } = onTheWay(path.slice(0, Math.max(slash, 0)), folders);
    if (new Set(identities).size < identities.length) continue; // A symbolic link has led back to a folder above.
    if (leaveOut !== undefined && identities.indexOf(leaveOut) > 0) {
      found.leftOut = true;
    } else if (isFolder) {
      const { files, problems, others, leftOut } = walk(subfolder(folder, name), extensions, leaveOut);
      for (const file of files) found.files.push(file);
      found.problems.push(...problems);
      found.others += others;
      found.leftOut ||= leftOut;
    } else if (namesExtension || hasImageExtension(name, extensions)) {
      found.files.push(new InputFile(folder, name));
    } else {
      found.others++;
    }
  }
  return found;
}

/** A folder and the identities of it and of all above it up to the base. */
interface FolderOnTheWay {
  readonly folder: InputFolder;
  readonly identities: readonly Identity[];
}

function onTheWay(relative: string, known: Map<string, FolderOnTheWay>): FolderOnTheWay {
  const folder = known.get(relative);
  if (folder !== undefined) return folder;
  const slash = relative.lastIndexOf("/");
  const above = onTheWay(relative.slice(0, Math.max(slash, 0)), known);
  const below = subfolder(above.folder, relative.slice(slash + 1));
  const entry = { folder: below, identities: [...above.identities, identityOf(below.path) ?? below.path] };
  known.set(relative, entry);
  return entry;
}
