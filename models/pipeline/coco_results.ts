/** One COCO results file for what was found in all images, in the form that COCO's evaluation reads. */
import type { CocoCategory, CocoImage } from "../../datasets/coco/files/annotations.ts";
import { idAsJsonText } from "../../datasets/coco/ids.ts";
import { GrowingFile } from "./growing_file.ts";
import type { SavedObject } from "./job.ts";

/** Writes results as they come, so that memory does not grow with the number of images. */
export class CocoResultsFile {
  readonly #file: GrowingFile;
  #separator = "[";

  /** @param categoryIds of each class; objects of a class without one are left out. */
  constructor(path: string, readonly categoryIds: readonly (CocoCategory["id"] | undefined)[]) {
    this.#file = new GrowingFile(path);
  }

  /**
   * Adds the objects of an image. An object without a mask gets no `segmentation`: COCO's evaluation takes its box
   * instead.
   */
  async add(imageId: CocoImage["id"], objects: readonly SavedObject[]): Promise<void> {
    let text = "";
    for (const { label, box, score, mask } of objects) {
      const categoryId = this.categoryIds[label];
      if (categoryId === undefined) continue;
      const result = { bbox: box, score, ...(mask ? { segmentation: mask.segmentation } : {}) };
      const ids = `"image_id":${idAsJsonText(imageId)},"category_id":${idAsJsonText(categoryId)}`;
      text += `${this.#separator}\n{${ids},${JSON.stringify(result).slice(1)}`;
      this.#separator = ",";
    }
    if (text) await this.#file.write(text);
  }

  /**
   * Ends the file, which is marked as partial if it is not `complete`.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(complete = true): Promise<void> {
    await this.#file.write(this.#separator === "[" ? "[]\n" : "\n]\n");
    await this.#file.close(complete);
  }
}
