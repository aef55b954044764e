/**
 * From the arguments of a command to the files it works on.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import { BneckError, inputError, usageError } from "../errors.ts";
import { FirstIndex, foldedHash } from "./first_index.ts";
import { InputFile, type InputFolder } from "./input_file.ts";
import { nearestName } from "./nearest_name.ts";
import { fileIdentity, joinPath, tidy } from "./paths.ts";
import { isPattern, parsePattern } from "./pattern.ts";
import { passedOverLine } from "./passed_over.ts";
import { decodeText, isBinary, MAX_STRING_BYTES, NOT_TEXT, readUserText } from "./read_user_file.ts";
import { reasonOf } from "./reason.ts";
import { isVideo, VIDEO_EXTENSIONS } from "../video/ffmpeg.ts";
import { type Found, hasImageExtension, IMAGE_EXTENSIONS, searchFolder, searchPattern } from "./search.ts";

/** What the arguments of a command stand for. */
export interface Inputs {
  readonly files: readonly InputFile[];
  /** Inputs that cannot be read, each to be reported as failed. */
  readonly problems: readonly BneckError[];
  /** Warnings, such as a folder without images; one line each. */
  readonly notes: readonly string[];
  /** How many videos in folders were passed over, though the caller can read them. */
  readonly passedVideos: number;
}

/** Options of {@linkcode expandInputs}. */
export interface InputOptions {
  /** The output folder. It is not searched, so that a second run does not take the results of the first for inputs. */
  readonly output?: string;
  /** Where the list `-` is read from. @default {Deno.stdin.readable} */
  readonly stdin?: ReadableStream<Uint8Array>;
  /** Extensions of the files to take from folders. @default {IMAGE_EXTENSIONS} */
  readonly extensions?: readonly string[];
  /**
   * Videos in folders: taken like images, or counted, for a caller that takes those that are named.
   * @default {passed over, as files of an unsupported format}
   */
  readonly videos?: "taken" | "counted";
  /**
   * Names of files that runs leave. In folders and patterns they are not taken for inputs, so that the results of an
   * earlier run in another folder are not processed again; a file or pattern that names them is taken at its word.
   */
  readonly results?: RegExp;
}

/**
 * Finds the files that `args` name. Each argument is
 *
 * - a file, whatever its name;
 * - a folder: all images in it and below;
 * - a pattern (`'photos/**\/*.jpg'`), if nothing has exactly that name;
 * - `@list.txt`, a file with one of the above in each line (or separated by NUL, as `find -print0` does), relative
 *   to the current folder; a line that matches nothing is one failed input, and the rest continues. A line that begins
 *   with `#` is a comment unless there is a file of that name, and a folder that contains the current one is refused;
 * - `-`, such a list on the standard input.
 *
 * Arguments and lines of lists keep their order; the files of a folder or pattern are in natural order. A file found
 * twice counts once, at its first place.
 *
 * @throws {BneckError} (usage) if an argument matches nothing, if there are no images at all, or if a folder to search
 * is the output folder
 */
export async function expandInputs(
  args: readonly string[],
  { output, stdin = Deno.stdin.readable, extensions: images = IMAGE_EXTENSIONS, videos, results }:
    InputOptions = {},
): Promise<Inputs> {
  const extensions = videos === "taken" ? [...images, ...VIDEO_EXTENSIONS] : images;
  const leaveOut = output === undefined ? undefined : fileIdentity(output);
  const files: InputFile[] = [];
  const problems: BneckError[] = [];
  const notes: string[] = [];
  const unreadable: InputFile[] = [];
  const folders = new Map<string, InputFolder>();
  /** Parts of the input that may overlap. */
  let parts = 0;

  /** The folder of the previous file, as written: consecutive lines of a list mostly share it. */
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
    for (const file of found.unreadable) unreadable.push(file);
    if (found.leftOut) notes.push(`skipped the output folder ${output}, which is inside ${argument}`);
    if (found.results.length > 0) notes.push(resultsOfRuns(found.results, argument));
    if (found.files.length === 0 && found.problems.length === 0) {
      notes.push(nothingIn(argument, found, images));
    }
  }

  function addFolderOrPattern(argument: string, info: Deno.FileInfo | undefined): void {
    if (info?.isDirectory) {
      if (leaveOut !== undefined && fileIdentity(argument) === leaveOut) {
        throw outputIsInput(argument, output!);
      }
      addFound(searchFolder(tidy(argument), { extensions, leaveOut, results }), argument);
      return;
    }
    parts++; // What a pattern matches may overlap.
    const pattern = parsePattern(argument);
    if (statIfThere(pattern.base) === undefined) throw cannotFind(pattern.base);
    // A pattern that names results, such as `*.overlay.jpg`, is taken at its word.
    const named = results?.test(argument.replaceAll("*", "x"));
    const passOver = named ? undefined : results;
    addFound(searchPattern(pattern, { extensions, leaveOut, results: passOver }), argument);
  }

  function addLine(line: string): void {
    // Asking the file system for every line is too slow for long lists, so the name decides where it can.
    if (hasImageExtension(line, extensions) && !isPattern(line)) {
      if (!line.startsWith("#") || statIfThere(line)) addFile(line);
      return;
    }
    const info = statIfThere(line);
    if (info === undefined && line.startsWith("#")) return;
    if (info?.isDirectory && containsCurrentFolder(line)) throw folderAbove(line);
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

  if (args.indexOf("-") !== args.lastIndexOf("-")) {
    throw usageError("the list on standard input can be read once: give - once");
  }
  for (const argument of args) {
    if (argument === "") {
      throw usageError('an input is empty, as an unset variable gives it; "." is this folder');
    }
    if (argument === "-") {
      const text = decodeText(new Uint8Array(await new Response(stdin).arrayBuffer()));
      addLines(asList(text, "on standard input"));
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
  const passed = withoutDuplicates(unreadable).map(({ name }) => name);
  const passedVideos = videos === "counted" ? passed.filter(isVideo).length : 0;
  const passedOver = passedOverLine(passedVideos > 0 ? passed.filter((name) => !isVideo(name)) : passed);
  if (passedOver !== undefined) notes.push(passedOver);
  if (files.length === 0 && problems.length === 0) {
    const message = notes.length > 0 ? notes.join("\n") : "no inputs: the list is empty";
    const advice = passedVideos === 1 ? "take the video" : `take the ${passedVideos} videos`;
    throw usageError(message, undefined, passedVideos > 0 ? { option: "videos", advice } : undefined);
  }
  return { files: parts > 1 ? withoutDuplicates(files) : files, problems, notes, passedVideos };
}

/** Whether a folder is the root or another folder above the current one. */
function containsCurrentFolder(path: string): boolean {
  const folder = Deno.realPathSync(path);
  const current = Deno.realPathSync(".");
  return folder !== current && current.startsWith(joinPath(tidy(folder), ""));
}

function folderAbove(line: string): BneckError {
  return usageError(
    `the list names ${line}, a folder that contains the current one, which is hardly meant: name it as an argument ` +
      "to search all of it",
  );
}

/** The lines that are not empty; in a text with NUL characters, those separate entries instead of line breaks. */
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

/** The files in their order, each once, whichever paths lead to them. */
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
  if (statIfThere(path) === undefined) {
    if (statIfThere(`@${path}`) !== undefined) {
      throw usageError(
        `cannot find ${path}: no such list; a file that is called @${path} is given as ./@${path}`,
      );
    }
    throw cannotFind(path, "list");
  }
  return asList(await readUserText(path, { what: "the list", maxBytes: MAX_STRING_BYTES }), path);
}

/** Refuses, in one line, what would fail once for each of its lines. */
function asList(text: string, where: string): string {
  const reason = isBinary(text) ? NOT_TEXT : isJson(text) ? "it is JSON, not a file in each line" : undefined;
  if (reason !== undefined) throw usageError(`cannot read the list ${where}: ${reason}`);
  return text;
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The error of a path that does not exist, with the nearest name that does. */
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

function resultsOfRuns(names: readonly string[], argument: string): string {
  const [files, they] = names.length === 1 ? ["1 file", "it"] : [`${names.length} files`, "them"];
  return `passed over ${files} in ${argument} named as results of an earlier run, such as ${
    names[0]
  }; name ${they} to ` +
    `process ${they}`;
}

function nothingIn(argument: string, { others, leftOut }: Found, extensions: readonly string[]): string {
  const rest = others === 0 ? "" : `; ${others} other ${others === 1 ? "file" : "files"}`;
  const left = leftOut ? "; the output folder was skipped" : "";
  const endings = extensions.map((extension) => `.${extension}`).join(" ");
  return isPattern(argument) && statIfThere(argument) === undefined
    ? `nothing matches ${argument}${rest}${left}`
    : `no images in ${argument} (files ending in ${endings})${rest}${left}`;
}

function outputIsInput(argument: string, output: string): BneckError {
  return usageError(
    `the output folder ${output} is also the input folder ${argument}, so the next run would take the results for ` +
      `inputs; choose another one, such as ${joinPath(tidy(output), "out")}`,
  );
}
