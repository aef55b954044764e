/**
 * Which files are the images of an annotation file, and which image a file is.
 *
 * @module
 */
import { join } from "node:path";
import { usageError } from "../../core/errors.ts";
import { baseName, exists } from "../../core/files/paths.ts";
import { reasonOf } from "../../core/files/reason.ts";
import type { Annotations, CocoImage } from "./files/annotations.ts";

/** Finds the files of images in a folder. */
export class ImageFolder {
  /** @throws {BneckError} (usage) It is not a folder or cannot be read. */
  constructor(readonly path: string) {
    try {
      if (!Deno.statSync(path).isDirectory) throw new Error("it is a file, not a folder");
    } catch (error) {
      throw usageError(`cannot read ${path}: ${reasonOf(error)}`, error);
    }
  }

  /**
   * The path of an image's file, or `undefined` if the folder does not have it: below the folder as the annotations name
   * it, or directly in it. A name that leads out of the folder is not followed. An image without a name is looked for as
   * COCO names its files: `000000000042.jpg`.
   */
  find({ id, fileName }: Pick<CocoImage, "id" | "fileName">): string | undefined {
    const name = fileName === "" ? `${String(id).padStart(12, "0")}.jpg` : fileName;
    const plain = name.replaceAll("\\", "/");
    return [name, plain, baseName(plain)]
      .flatMap((name) => [name, name.normalize("NFC"), name.normalize("NFD")])
      .filter((name) => !/^[\\/]|^[A-Za-z]:|(^|[\\/])\.\.([\\/]|$)/.test(name))
      .map((name) => join(this.path, name))
      .find(exists);
  }
}

/**
 * Sees that no file stands for two images, as one does whose name two folders of the annotations have.
 *
 * @throws {BneckError} (usage) It does; the first such file is named.
 */
export function refuseSharedFiles(
  images: readonly { readonly fileName: string; readonly image: string | null }[],
): void {
  const names = new Map<string, string>();
  for (const { fileName, image } of images) {
    if (image === null) continue;
    const other = names.get(image);
    if (other !== undefined && other !== fileName) {
      throw usageError(
        `${image} would stand for both ${other} and ${fileName}: keep the folders that the annotations name`,
      );
    }
    names.set(image, fileName);
  }
}

/** Paths that an error names. */
const MAX_NAMED = 3;

/**
 * A function that finds the image of a path: of the images whose names end alike, the one that shares the most folders
 * with it. `\` separates folders as `/` does, and accents compare alike however they are composed.
 *
 * The function returns `undefined` where no image has the path's name.
 *
 * @throws {BneckError} (usage) when it is called: several images fit equally well; they are named.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { imageMatcher } from "./image_files.ts";
 * const images = [{ id: 1, fileName: "a\\0001.jpg" }, { id: 2, fileName: "b\\0001.jpg" }];
 * const find = imageMatcher({ name: "gt.json", images });
 * assert.equal(find("photos/b/0001.jpg")?.id, 2);
 * assert.equal(find("photos/0002.jpg"), undefined);
 * assert.throws(() => find("0001.jpg"), /0001\.jpg could be a\\0001\.jpg or b\\0001\.jpg of gt\.json/);
 * ```
 */
export function imageMatcher<Image extends Pick<CocoImage, "id" | "fileName">>(
  { name, images }: Pick<Annotations, "name"> & { readonly images: readonly Image[] },
): (path: string) => Image | undefined {
  const byName = new Map<string, Image[]>();
  for (const image of images) {
    if (image.fileName === "") continue;
    const key = baseName(normalizedPath(image.fileName));
    const alike = byName.get(key);
    if (alike === undefined) byName.set(key, [image]);
    else alike.push(image);
  }
  return (path) => {
    const wanted = normalizedPath(path);
    const alike = byName.get(baseName(wanted)) ?? [];
    if (alike.length <= 1) return alike[0];
    const shared = alike.map(({ fileName }) => sharedEnd(wanted, normalizedPath(fileName)));
    const most = Math.max(...shared);
    const best = alike.filter((_, i) => shared[i] === most);
    if (best.length === 1) return best[0];
    const names = best.slice(0, MAX_NAMED).map(({ fileName }) => fileName);
    const others = best.length > MAX_NAMED ? ` (and ${best.length - MAX_NAMED} more)` : "";
    throw usageError(
      `${path} could be ${
        names.join(" or ")
      }${others} of ${name}: name it with its folders, as the annotations do`,
    );
  };
}

/** A path with `/` between its folders, accents composed, and without `.` at its beginning. */
function normalizedPath(path: string): string {
  return path.replaceAll("\\", "/").replace(/^(?:\.?\/)+/, "").normalize("NFC");
}

/** How many folders and names at the end of two paths are the same. */
function sharedEnd(a: string, b: string): number {
  const [left, right] = [a.split("/").reverse(), b.split("/").reverse()];
  let count = 0;
  while (count < left.length && count < right.length && left[count] === right[count]) count++;
  return count;
}
