/**
 * Reading which image belongs to which class.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import { readUserText } from "../../core/files/read_user_file.ts";
import { IMAGE_EXTENSIONS } from "../../core/files/search.ts";
import { type FileListing, listFiles, withoutExtension } from "../list_files.ts";
import { firstTen } from "../messages.ts";
import type { ImageClass } from "./class_table.ts";
import { type LabelRow, parseLabelJson, parseLabelText } from "./label_file.ts";

/** One image and its class. */
export interface ImageSample {
  /** The path of the image. */
  readonly image: string;
  /** Its class, 0 to n - 1. */
  readonly index: number;
}

/** What a data set was found to hold. */
export interface ImageSamples {
  readonly samples: readonly ImageSample[];
  /** Images in the folder that no label names; nothing can be scored on them. */
  readonly unlabelled: readonly string[];
  /** How labels were turned into indices, where that was not stated. */
  readonly assumed: string | null;
}

/** Where a data set is. */
export interface ImageSamplesOptions {
  /** The folder of the images. */
  readonly images: string;
  /** A CSV or text file, or an `images.json`; without it the images' folders are their classes. */
  readonly labels?: string;
  /** The classes at the place of their index; needed where labels are wnids of a part of the classes. */
  readonly classes?: readonly ImageClass[];
}

/**
 * Reads a data set in any of three forms: a folder for each class; a CSV file (comma, tab, semicolon or
 * spaces, with or without a header; also Kaggle's `ImageId,PredictionString`); a JSON list of
 * `{ "file", "index" or "wnid" }`.
 *
 * Labels from 1 to 1000 are TensorFlow's, where 0 is background: they are taken as 0 to 999, and `assumed`
 * says so.
 *
 * @throws {BneckError} A file cannot be read, labels name images that are not there (the first ten are
 * named), or a class is unknown.
 */
export async function readImageSamples(options: ImageSamplesOptions): Promise<ImageSamples> {
  const listing = await listFiles(options.images, IMAGE_EXTENSIONS);
  if (listing.paths.length === 0) throw usageError(`there are no images in ${options.images}`);
  if (options.labels === undefined) return samplesByFolder(listing, options.classes);
  const text = await readUserText(options.labels, { what: "the labels" });
  const parse = /^\s*[[{]/.test(text) ? parseLabelJson : parseLabelText;
  return samplesByRows(parse(text, options.labels), listing, options.labels, options.classes);
}

/** Classes are the first folders of the paths. */
function samplesByFolder(listing: FileListing, classes: readonly ImageClass[] | undefined): ImageSamples {
  const loose = listing.paths.filter((path) => !path.includes("/"));
  const labelled = listing.paths.filter((path) => path.includes("/"));
  const folderOf = (path: string) => path.slice(0, path.indexOf("/"));
  const folders = [...new Set(labelled.map(folderOf))].sort();
  if (folders.length === 0) {
    throw usageError(
      `cannot tell the classes of the images in ${listing.folder}: put them into a folder for each class, or give a ` +
        "file of labels",
    );
  }
  const indexOf = classes === undefined
    ? new Map(folders.map((folder, index) => [folder, index]))
    : namesOf(classes);
  const unknown = folders.filter((folder) => !indexOf.has(folder));
  if (unknown.length > 0) {
    throw inputError(
      `${unknown.length} folders in ${listing.folder} do not have the name of a class; a table of the classes says which is which:${
        firstTen(unknown)
      }`,
    );
  }
  return {
    samples: labelled.map((path) => ({
      image: `${listing.folder}/${path}`,
      index: indexOf.get(folderOf(path))!,
    })),
    unlabelled: loose.map((path) => `${listing.folder}/${path}`),
    assumed: classes === undefined
      ? `the ${folders.length} folders in sorted order are the classes 0 to ${folders.length - 1}`
      : null,
  };
}

function samplesByRows(
  rows: readonly LabelRow[],
  listing: FileListing,
  where: string,
  classes: readonly ImageClass[] | undefined,
): ImageSamples {
  const files = new ImageFinder(listing);
  const names = classes === undefined ? null : namesOf(classes);
  const missing: string[] = [];
  const used = new Set<string>();
  const repeated: string[] = [];
  const found = rows.map(({ file, label, line }) => {
    const path = files.find(file);
    if (path === undefined) missing.push(file);
    else if (used.has(path)) repeated.push(file);
    else used.add(path);
    return { image: `${listing.folder}/${path}`, index: indexOfLabel(label, names, `${where}: ${line}`) };
  });
  if (missing.length > 0) {
    throw inputError(
      `${missing.length} of ${rows.length} images named in ${where} are not in ${listing.folder}, so nothing was ` +
        `scored:${firstTen(missing)}`,
    );
  }
  if (repeated.length > 0) {
    throw inputError(
      `${repeated.length} images are labelled more than once in ${where}:${firstTen(repeated)}`,
    );
  }
  const unlabelled = listing.paths.filter((path) => !used.has(path)).map((path) =>
    `${listing.folder}/${path}`
  );
  const labels = [...new Set(rows.map(({ label }) => label))];
  const fromOneToThousand = labels.every((label) => typeof label === "number" && label >= 1 && label <= 1000);
  if (fromOneToThousand && labels.includes(1000)) {
    return {
      samples: found.map(({ image, index }) => ({ image, index: index - 1 })),
      unlabelled,
      assumed: "the labels 1 to 1000 are TensorFlow's, with 0 for background: one was subtracted",
    };
  }
  return { samples: found, unlabelled, assumed: null };
}

function indexOfLabel(
  label: number | string,
  names: ReadonlyMap<string, number> | null,
  where: string,
): number {
  if (typeof label === "number") return label;
  const index = names?.get(label);
  if (index !== undefined) return index;
  throw usageError(
    names === null
      ? `${where} gives the class as "${label}"; a table of the classes is needed to tell its index`
      : `${where} gives the class as "${label}", which is not in the table of the classes; its first is "${names.keys().next().value}"`,
  );
}

/** Index by wnid, and by label where no other class has it. */
function namesOf(classes: readonly ImageClass[]): ReadonlyMap<string, number> {
  const byLabel = Map.groupBy(classes.keys(), (index) => classes[index].label);
  const unique = [...byLabel].filter(([, indices]) => indices.length === 1);
  return new Map([
    ...unique.map(([label, [index]]) => [label, index] as const),
    ...classes.map(({ wnid }, index) => [wnid, index] as const),
  ]);
}

/** Finds images by what labels call them: a path, its end, or the name alone, with or without extension. */
class ImageFinder {
  readonly #paths: ReadonlySet<string>;
  readonly #byName: ReadonlyMap<string, readonly string[]>;
  readonly #byStem: ReadonlyMap<string, readonly string[]>;

  constructor({ paths }: FileListing) {
    const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
    this.#paths = new Set(paths);
    this.#byName = Map.groupBy(paths, name);
    this.#byStem = Map.groupBy(paths, (path) => withoutExtension(name(path)));
  }

  /** @throws {BneckError} Several images fit. */
  find(called: string): string | undefined {
    const path = called.replace(/^\.?\//, "");
    if (this.#paths.has(path)) return path;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const fit = this.#byName.get(name) ?? this.#byStem.get(name) ?? [];
    if (fit.length > 1) throw inputError(`the label of ${called} matches several images:${firstTen(fit)}`);
    return fit[0];
  }
}
