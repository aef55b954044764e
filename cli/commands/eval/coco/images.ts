/** Which images are scored, and where their files are. */
import { join } from "node:path";
import { usageError } from "../../../../core/errors.ts";
import { exists, reasonOf, type Shard, takeShard } from "../../../../core/files/mod.ts";
import type { Annotations, CocoImage } from "../../../../datasets/coco/mod.ts";

/** What of the flags decides. */
export interface ImageSelection {
  readonly imagesSubset?: string;
  readonly limit?: number;
  readonly shard?: Shard;
}

/** The images of an evaluation. */
export interface SelectedImages {
  /** Those of all shards, `undefined` for all of the annotations. */
  readonly evaluated: readonly CocoImage[] | undefined;
  /** Those that are scored here. */
  readonly here: readonly CocoImage[];
}

/**
 * The images that flags select, in the order of their ids. Shards are taken last, of what the other flags leave, so
 * that together they are the evaluation without `--shard`.
 *
 * @param isThere leaves out images for which it is false
 * @throws {BneckError} (usage) The list names unknown images, or nothing is left.
 */
export function selectImages(
  truth: Annotations,
  { imagesSubset, limit, shard }: ImageSelection,
  isThere: (image: CocoImage) => boolean = () => true,
): SelectedImages {
  const listed = imagesSubset === undefined ? truth.images : imagesOfList(truth, imagesSubset);
  const found = listed.filter(isThere);
  const evaluated = limit === undefined ? found : found.slice(0, limit);
  if (evaluated.length === 0) throw usageError(`there are no images to score: ${whyNone(truth, listed)}`);
  return {
    evaluated: evaluated.length === truth.images.length ? undefined : evaluated,
    here: shard === undefined ? evaluated : takeShard(evaluated, shard),
  };
}

function whyNone({ name, images }: Annotations, listed: readonly CocoImage[]): string {
  if (images.length === 0) return `${name} lists none`;
  return listed.length === 0 ? "the list is empty" : "none of them is in the folder";
}

/** The images that a file lists, an id or a file name a line; blank lines and those that begin with # are skipped. */
function imagesOfList(truth: Annotations, path: string): CocoImage[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw usageError(`cannot read the list ${path}: ${reasonOf(error)}`, error);
  }
  const byName = new Map<string, CocoImage>();
  for (const image of truth.images) byName.set(baseName(image.fileName), image);
  for (const image of truth.images) byName.set(image.fileName, image);
  const byId = new Map(truth.images.map((image) => [String(image.id), image]));
  const chosen = new Set<CocoImage>();
  text.split(/\r?\n/).forEach((line, index) => {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) return;
    const image = byId.get(word) ?? byName.get(word) ?? byName.get(baseName(word));
    if (image === undefined) {
      throw usageError(
        `${path}, line ${index + 1}: ${truth.name} lists no image with the id or file name ${word}`,
      );
    }
    chosen.add(image);
  });
  return truth.images.filter((image) => chosen.has(image));
}

/** Finds the files of images in a folder. */
export class ImageFolder {
  /** @throws {BneckError} (usage) It is not a folder. */
  constructor(readonly path: string) {
    try {
      if (!Deno.statSync(path).isDirectory) throw new Error("it is a file, not a folder");
    } catch (error) {
      throw usageError(`cannot read ${path}: ${reasonOf(error)}`, error);
    }
  }

  /**
   * The path of an image's file, or `undefined` where the folder has none: below the folder as the annotations name
   * it, or directly in it. A name that leads out of the folder is not followed.
   */
  find({ id, fileName }: CocoImage): string | undefined {
    const names = fileName === "" ? [`${String(id).padStart(12, "0")}.jpg`] : [fileName, baseName(fileName)];
    return names.filter((name) => !/^[\\/]|^[A-Za-z]:|(^|[\\/])\.\.([\\/]|$)/.test(name))
      .map((name) => join(this.path, name))
      .find(exists);
  }

  /** @throws {BneckError} (usage) Some are missing; the first is named. */
  findAll(images: readonly CocoImage[]): string[] {
    const paths = images.map((image) => this.find(image));
    const missing = images.filter((_, i) => paths[i] === undefined);
    if (missing.length > 0) {
      const [first] = missing;
      throw usageError(
        `${missing.length} of ${images.length} images are not in ${this.path}, so nothing was run; the first is ` +
          `${first.fileName || `that of id ${first.id}`}; --skip-missing leaves them out`,
      );
    }
    return paths as string[];
  }
}

function baseName(path: string): string {
  return path.slice(path.search(/[^\\/]*$/));
}
