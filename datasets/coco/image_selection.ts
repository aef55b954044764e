/**
 * Which images of an annotation file are evaluated.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { readUserText } from "../../core/files/read_user_file.ts";
import { type SetPart, takePart } from "../evaluation_set.ts";
import type { Annotations, CocoImage } from "./files/annotations.ts";
import { imageMatcher } from "./image_files.ts";

/** Which images are selected. */
export interface ImageSelection extends SetPart {
  /** The images to select from, see {@linkcode readImageList}. @default {all} */
  readonly listed?: readonly CocoImage[];
}

/** The images of an evaluation. */
export interface SelectedImages {
  /** Those of all shards, `undefined` for all images of the annotations. */
  readonly evaluated: readonly CocoImage[] | undefined;
  /** Those of this shard. */
  readonly here: readonly CocoImage[];
}

/**
 * Selects images, in the order of their ids. Shards are taken last, of what the other options leave, so that together
 * they are the evaluation without a shard.
 *
 * @param isThere leaves out images for which it is false
 * @throws {BneckError} (usage) No image is left.
 */
export function selectImages(
  truth: Annotations,
  { listed = truth.images, limit, shard }: ImageSelection,
  isThere: (image: CocoImage) => boolean = () => true,
): SelectedImages {
  const evaluated = takePart(listed.filter(isThere), { limit });
  if (evaluated.length === 0) throw usageError(`there are no images to score: ${whyNone(truth, listed)}`);
  return {
    evaluated: evaluated.length === truth.images.length ? undefined : evaluated,
    here: takePart(evaluated, { shard }),
  };
}

function whyNone({ name, images }: Annotations, listed: readonly CocoImage[]): string {
  if (images.length === 0) return `${name} lists none`;
  return listed.length === 0 ? "the list is empty" : "none of them is in the folder";
}

/**
 * The images that a file lists, one id or file name per line; blank lines and those that begin with # are skipped.
 *
 * @throws {BneckError} (usage) The file cannot be read, or names an image that the annotations do not list or that is ambiguous.
 */
export async function readImageList(truth: Annotations, path: string): Promise<CocoImage[]> {
  const text = await readUserText(path, { what: "the list" });
  const find = imageMatcher(truth);
  const byId = new Map(truth.images.map((image) => [String(image.id), image]));
  const chosen = new Set<CocoImage>();
  text.split(/\r?\n/).forEach((line, index) => {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) return;
    const image = byId.get(word) ?? find(word);
    if (image === undefined) {
      throw usageError(
        `${path}, line ${index + 1}: ${truth.name} lists no image with the id or file name ${word}`,
      );
    }
    chosen.add(image);
  });
  return truth.images.filter((image) => chosen.has(image));
}
