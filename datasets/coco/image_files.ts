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
