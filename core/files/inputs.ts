/**
 * From the arguments of a command to the files it works on.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import { BneckError, inputError, usageError } from "../errors.ts";
import { FirstIndex, foldedHash } from "./first_index.ts";
import { InputFile, type InputFolder, joinPath, tidy } from "./input_file.ts";
import { nearestName } from "./nearest_name.ts";
import { isPattern, parsePattern } from "./pattern.ts";
import { reasonOf } from "./reason.ts";
import {
  type Found,
  hasImageExtension,
  identityOf,
  IMAGE_EXTENSIONS,
  searchFolder,
  searchPattern,
} from "./search.ts";

/** What the arguments of a command stand for. */
export interface Inputs {
  readonly files: readonly InputFile[];
  /** Parts of the input that cannot be read, to be reported as failed inputs. */
  readonly problems: readonly BneckError[];
  /** What the user may not expect, for example a folder without images; one line each. */
  readonly notes: readonly string[];
}

/** Options of {@linkcode expandInputs}. */
export interface InputOptions {
  /** The folder of the outputs: it is not searched for inputs, so that a second run does not find the results. */
  readonly output?: string;
  /** Where the list of `-` is read from; by default the standard input. */
  readonly stdin?: ReadableStream<Uint8Array>;
  /** Endings of the files to take from folders; by default {@linkcode IMAGE_EXTENSIONS}. */
  readonly extensions?: readonly string[];
}

/**
 * Finds the files that `args` name. Each argument is
 *
 * - a file, taken whatever its name;
 * - a folder: all images in it and below;
 * - a pattern (`'photos/**\/*.jpg'`), if nothing has exactly that name;
 * - `@list.txt`, a file with one of the above in each line (or separated by NUL, as `find -print0` does), relative
 *   to the current folder; a line that names nothing is one failed input, not the end;
 * - `-`, such a list on the standard input.
 *
 * The order of the arguments and of the lines of lists is kept; what a folder or pattern holds is in natural order.
 * A file that is found twice counts once, the first time.
 *
 * @throws {BneckError} (usage) if an argument names nothing, if there is no image at all, or if a folder to search is
 * the output folder
 */
export async function expandInputs(
  args: readonly string[],
  { output, stdin = Deno.stdin.readable, extensions = IMAGE_EXTENSIONS }: InputOptions = {},
): Promise<Inputs> {
  const leaveOut = output === undefined ? undefined : identityOf(output);
  const files: InputFile[] = [];
  const problems: BneckError[] = [];
  const notes: string[] = [];
  const folders = new Map<string, InputFolder>();
  /** Parts of the input that may overlap. */
  let parts = 0;

  /** The folder of the file before, as it was written: lists mostly go on in the same. */
  let before: { readonly written: string; readonly folder: InputFolder } | undefined;

  function addFile(path: string): void {
    const slash = path.lastIndexOf("/");
    if (before?.written.length !== slash + 1 || !path.startsWith(before.written)) {
      const written = path.slice(0, slash + 1);
      before = { written, folder: folderOf(written) };
    }
    files.push(new InputFile(before.folder, path.slice(slash + 1)));
  }

  function folderOf(written: string): InputFolder {
    const parent = tidy(written === "" ? "." : written);
    let folder = folders.get(parent);
    if (folder === undefined) folders.set(parent, folder = { path: parent, root: parent, relative: "" });
    return folder;
  }

  function addFound(found: Found, argument: string): void {
    for (const file of found.files) files.push(file);
    for (const problem of found.problems) problems.push(problem);
    if (found.leftOut) notes.push(`left out ${output}, the output folder, which is inside ${argument}`);
    if (found.files.length === 0 && found.problems.length === 0) {
      notes.push(nothingIn(argument, found, extensions));
    }
  }

  function addFolderOrPattern(argument: string, info: Deno.FileInfo | undefined): void {
    if (info?.isDirectory) {
      if (leaveOut !== undefined && identityOf(argument) === leaveOut) throw outputIsInput(argument, output!);
      addFound(searchFolder(tidy(argument), { extensions, leaveOut }), argument);
      return;
    }
    parts++; // What a pattern matches may overlap.
    const pattern = parsePattern(argument);
    if (statIfThere(pattern.base) === undefined) throw cannotFind(pattern.base);
    addFound(searchPattern(pattern, { extensions, leaveOut }), argument);
  }

  function addLine(line: string): void {
    // One look at the disk per line is too slow for long lists, so the name decides where it can.
    if (hasImageExtension(line, extensions) && !isPattern(line)) {
      addFile(line);
      return;
    }
    const info = statIfThere(line);
    if (info?.isDirectory || (info === undefined && isPattern(line))) addFolderOrPattern(line, info);
    else addFile(line);
  }

  function addLines(text: string): void {
    for (const line of linesOf(text)) {
      parts++;
      try {
        addLine(line);
      } catch (error) {
        if (!(error instanceof BneckError)) throw error;
        problems.push(inputError(error.message, error));
      }
    }
  }

  for (const argument of args) {
    if (argument === "-") {
      addLines(await new Response(stdin).text());
    } else if (argument.startsWith("@")) {
      addLines(await readList(argument.slice(1)));
    } else {
      parts++;
      const info = statIfThere(argument);
      if (info === undefined && !isPattern(argument)) throw cannotFind(argument);
      if (info === undefined || info.isDirectory) addFolderOrPattern(argument, info);
      else addFile(argument);
    }
  }
  if (files.length === 0 && problems.length === 0) {
    throw usageError(notes.length > 0 ? notes.join("\n") : "no inputs: the list is empty");
  }
  return { files: parts > 1 ? withoutDuplicates(files) : files, problems, notes };
}

/** The lines that are not empty; where there is a NUL, what lies between those. */
function* linesOf(text: string): Generator<string, void, undefined> {
  const byNul = text.includes("\0");
  for (let start = 0, end: number; start < text.length; start = end + 1) {
    end = text.indexOf(byNul ? "\0" : "\n", start);
    if (end < 0) end = text.length;
    const returns = !byNul && end < text.length && end > start && text[end - 1] === "\r";
    const line = text.slice(start, returns ? end - 1 : end);
    if (line !== "") yield line;
  }
}

/** The files in their order, each once, whatever the paths by which they were found. */
function withoutDuplicates(files: readonly InputFile[]): InputFile[] {
  const paths = new Map<InputFolder, { readonly path: string; readonly hash: number }>();
  const placeOf = ({ folder }: InputFile) => {
    let place = paths.get(folder);
    if (place === undefined) {
      const path = resolve(folder.path);
      paths.set(folder, place = { path, hash: foldedHash(path) });
    }
    return place;
  };
  const first = new FirstIndex(files.length, (a, b) => {
    return files[a].name === files[b].name && placeOf(files[a]).path === placeOf(files[b]).path;
  });
  return files.filter((file, i) => first.add(i, foldedHash(file.name, placeOf(file).hash)) === i);
}

function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path === "" ? "." : path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (missing) return undefined;
    if (error instanceof Error && "code" in error && error.code === "ENAMETOOLONG") return undefined;
    throw usageError(`cannot read ${path}: ${reasonOf(error)}`, error);
  }
}

async function readList(path: string): Promise<string> {
  if (statIfThere(path) === undefined) throw cannotFind(path, "list");
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw usageError(`cannot read the list ${path}: ${reasonOf(error)}`, error);
  }
}

/** The error of a path that leads nowhere, with the name that it may have been meant to have. */
function cannotFind(path: string, what = "file or folder"): BneckError {
  let missing = path;
  while (dirname(missing) !== missing && statIfThere(dirname(missing)) === undefined) {
    missing = dirname(missing);
  }
  const where = missing === path ? "" : ` (there is no ${missing})`;
  return usageError(`cannot find ${path}: no such ${what}${where}${similarPath(missing)}`);
}

function similarPath(missing: string): string {
  const parent = dirname(missing);
  try {
    const names = [...Deno.readDirSync(parent)].map(({ name }) => name).filter((name) =>
      !name.startsWith(".")
    );
    const nearest = nearestName(basename(missing), names);
    return nearest === undefined ? "" : `; did you mean ${joinPath(tidy(parent), nearest)}?`;
  } catch {
    return "";
  }
}

function nothingIn(argument: string, { others, leftOut }: Found, extensions: readonly string[]): string {
  const rest = others === 0 ? "" : `; ${others} other ${others === 1 ? "file" : "files"}`;
  const left = leftOut ? "; the output folder was left out" : "";
  const endings = extensions.map((extension) => `.${extension}`).join(" ");
  return isPattern(argument) && statIfThere(argument) === undefined
    ? `nothing matches ${argument}${rest}${left}`
    : `no images in ${argument} (files ending in ${endings})${rest}${left}`;
}

function outputIsInput(argument: string, output: string): BneckError {
  return usageError(
    `the output folder ${output} is the input folder ${argument} itself, where the next run would take the results for` +
      ` inputs; give another one, for example ${joinPath(tidy(output), "out")}`,
  );
}
