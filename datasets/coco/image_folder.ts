/**
 * The folder with the images of an annotation file.
 *
 * @module
 */
import { join } from "node:path";
import { usageError } from "../../core/errors.ts";
import { baseName, exists } from "../../core/files/paths.ts";
import { reasonOf } from "../../core/files/reason.ts";
import type { CocoImage } from "./annotations.ts";

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
    const names = fileName === "" ? [`${String(id).padStart(12, "0")}.jpg`] : [fileName, baseName(fileName)];
    return names.filter((name) => !/^[\\/]|^[A-Za-z]:|(^|[\\/])\.\.([\\/]|$)/.test(name))
      .map((name) => join(this.path, name))
      .find(exists);
  }
}
