/**
 * Finding images in folders.
 *
 * @module
 */
import { type BneckError, inputError, usageError } from "../errors.ts";
import { InputFile, type InputFolder } from "./input_file.ts";
import { sortNaturally } from "./natural_order.ts";
import { fileIdentity, joinPath } from "./paths.ts";
import type { Pattern, Segment } from "./pattern.ts";
import { unreadableFormat } from "./passed_over.ts";
import { reasonOf } from "./reason.ts";

/** Extensions of JPEG files. */
export const JPEG_EXTENSIONS: readonly string[] = ["jpg", "jpeg", "jpe", "jfif"];

/** Extensions by which a file in a folder counts as an image; files with others must be named one by one. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  ...JPEG_EXTENSIONS,
  "png",
  "webp",
  "avif",
  "gif",
  "tif",
  "tiff",
  "bmp",
];

/** The extensions of label maps, in lower case. */
export const LABEL_EXTENSIONS: readonly string[] = ["png", "tif", "tiff", "bmp", "webp"];

/** Whether the name has one of the extensions, in upper or lower case. */
export function hasImageExtension(name: string, extensions: readonly string[] = IMAGE_EXTENSIONS): boolean {
  const dot = name.lastIndexOf(".");
  return dot >= 0 && extensions.includes(name.slice(dot + 1).toLowerCase());
}

/** What a search found. */
export interface Found {
  /** In natural order. */
  readonly files: InputFile[];
  /** Folders below the first that cannot be read. */
  readonly problems: BneckError[];
  /** The number of files that were seen but did not match. */
  readonly others: number;
  /** Those of them that are images or videos of formats that cannot be read. */
  readonly unreadable: readonly InputFile[];
  /** The names of files that were passed over as results of earlier runs. */
  readonly results: readonly string[];
  /** Whether the search came across the folder to leave out. */
  readonly leftOut: boolean;
}

/** What a search looks for. */
export interface SearchOptions {
  readonly extensions: readonly string[];
  /** The {@linkcode fileIdentity} of a folder that is not searched. */
  readonly leaveOut?: string;
  /** Names of files that are passed over as results of earlier runs. */
  readonly results?: RegExp;
}

/**
 * Finds the images in the folder `path` and below. Hidden files and folders are skipped. Symbolic links are followed,
 * except to a folder that contains the link.
 *
 * @throws {BneckError} (usage) if the folder cannot be read
 */
export function searchFolder(path: string, options: SearchOptions): Found {
  return new Search([], true, options).from(path);
}

/**
 * Finds what a pattern matches; the pattern's base is the root. A folder that matches is searched. A file without an
 * image's extension counts only if the pattern names an extension (`*.scan`).
 *
 * @throws {BneckError} (usage) if the folder that the pattern begins with cannot be read
 */
export function searchPattern(pattern: Pattern, options: SearchOptions): Found {
  const searches = pattern.ways.map((way) =>
    new Search(way, !pattern.namesExtension, options, pattern.foldersOnly).from(pattern.base)
  );
  return {
    unreadable: searches.flatMap(({ unreadable }) => unreadable),
    files: searches.flatMap(({ files }) => files),
    problems: searches.flatMap(({ problems }) => problems),
    others: searches.reduce((sum, { others }) => sum + others, 0),
    results: searches.flatMap(({ results }) => results),
    leftOut: searches.some(({ leftOut }) => leftOut),
  };
}

/**
 * One pass over folders, as a nondeterministic automaton over path segments: `places` are the positions in the pattern
 * that the path so far can have reached. At the end of the pattern, a folder is searched in full.
 */
class Search implements Found {
  readonly files: InputFile[] = [];
  readonly problems: BneckError[] = [];
  readonly results: string[] = [];
  others = 0;
  readonly unreadable: InputFile[] = [];
  leftOut = false;

  constructor(
    private readonly segments: readonly Segment[],
    private readonly onlyImages: boolean,
    private readonly options: SearchOptions,
    private readonly foldersOnly = false,
  ) {}

  from(path: string): Found {
    const places: number[] = [];
    this.#reach(0, places);
    this.#enter({ path, root: path, relative: "" }, places, []);
    return this;
  }

  #enter(folder: InputFolder, places: readonly number[], above: readonly string[]): void {
    const identity = fileIdentity(folder.path) ?? folder.path;
    if (above.includes(identity)) return; // A symbolic link has led back to a folder above.
    if (above.length > 0 && identity === this.options.leaveOut) {
      this.leftOut = true;
      return;
    }
    let listing: Listing;
    try {
      listing = listFolder(folder.path);
    } catch (error) {
      const message = `cannot read ${folder.path === "" ? "." : folder.path}: ${reasonOf(error)}`;
      if (above.length === 0) throw usageError(message, error);
      this.problems.push(inputError(message, error));
      return;
    }
    const path = [...above, identity];
    const { folders } = listing;
    for (const name of sortNaturally(listing.names)) {
      // A million lookups take 0.3 s, even in an empty set.
      if (folders.size > 0 && folders.has(name)) {
        const next = this.#placesIn(name, places);
        if (next.length > 0) this.#enter(subfolder(folder, name), next, path);
      } else if (this.#takes(name, places)) {
        if (this.options.results?.test(name)) this.results.push(name);
        else this.files.push(new InputFile(folder, name));
      } else {
        this.others++;
        if (this.#isUnreadable(name, places) && !this.options.results?.test(name)) {
          this.unreadable.push(new InputFile(folder, name));
        }
      }
    }
  }

  /** The places reached in the folder `name` of a folder with `places`. */
  #placesIn(name: string, places: readonly number[]): number[] {
    const hidden = name.startsWith(".");
    const next: number[] = [];
    for (const place of places) {
      const segment = this.segments[place];
      if (segment === undefined || segment === "**") {
        if (!hidden) this.#reach(place, next);
      } else if (segment.test(name)) {
        this.#reach(place + 1, next);
      }
    }
    return next;
  }

  /** Whether only its format keeps the file `name` of a folder with `places` from being found. */
  #isUnreadable(name: string, places: readonly number[]): boolean {
    if (this.foldersOnly || name.startsWith(".") || unreadableFormat(name) === undefined) return false;
    return places.some((place) => {
      const segment = this.segments[place];
      if (segment === undefined) return true;
      return segment !== "**" && place + 1 === this.segments.length && segment.test(name);
    });
  }

  /** Whether the file `name` of a folder with `places` is found. */
  #takes(name: string, places: readonly number[]): boolean {
    const isImage = hasImageExtension(name, this.options.extensions);
    for (const place of places) {
      const segment = this.segments[place];
      if (segment === undefined) {
        if (isImage && !name.startsWith(".")) return true;
      } else if (segment !== "**" && place + 1 === this.segments.length && !this.foldersOnly) {
        if ((isImage || !this.onlyImages) && segment.test(name)) return true;
      }
    }
    return false;
  }

  /** Adds a place to `places`, and the next one too where `**` stands for no folder at all. */
  #reach(place: number, places: number[]): void {
    if (!places.includes(place)) places.push(place);
    if (this.segments[place] === "**") this.#reach(place + 1, places);
  }
}

interface Listing {
  /** Files and folders. */
  readonly names: string[];
  readonly folders: ReadonlySet<string>;
}

/** What is in a folder, without pipes, sockets and devices: opening one may block forever. */
function listFolder(path: string): Listing {
  const names: string[] = [];
  const folders = new Set<string>();
  for (const entry of Deno.readDirSync(path === "" ? "." : path)) {
    const kind = entry.isSymlink ? kindBehindLink(joinPath(path, entry.name)) : entry;
    if (kind.isDirectory) folders.add(entry.name);
    if (kind.isDirectory || kind.isFile) names.push(entry.name);
  }
  return { names, folders };
}

/** What a symbolic link leads to. A broken one counts as a file, so that it is reported rather than skipped. */
export function kindBehindLink(path: string): { readonly isFile: boolean; readonly isDirectory: boolean } {
  try {
    return Deno.statSync(path);
  } catch {
    return { isFile: true, isDirectory: false };
  }
}

function subfolder(folder: InputFolder, name: string): InputFolder {
  return {
    path: joinPath(folder.path, name),
    root: folder.root,
    relative: joinPath(folder.relative, name),
  };
}
