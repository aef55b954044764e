/** One COCO results file for the detections of all images, in the form that COCO's evaluation reads. */
import type { CocoCategory, CocoImage } from "../../datasets/coco/annotations.ts";
import { idAsJsonText } from "../../datasets/coco/ids.ts";
import { resultBox, resultScore } from "../../datasets/coco/result_digits.ts";
import type { Detections } from "../../heads/mod.ts";
import { GrowingFile } from "./growing_file.ts";

/** Writes results as they come, so that memory does not grow with the number of images. */
export class CocoResultsFile {
  readonly #file: GrowingFile;
  #separator = "[";

  /** @param categoryIds of each class; objects of a class without one are left out. */
  constructor(path: string, readonly categoryIds: readonly (CocoCategory["id"] | undefined)[]) {
    this.#file = new GrowingFile(path);
  }

  /**
   * Adds the objects of an image; boxes become `[x, y, width, height]`, masks `segmentation`. An object without a mask
   * gets none: COCO's evaluation takes its box instead.
   */
  async add(
    imageId: CocoImage["id"],
    detections: Detections,
    masks?: { readonly height: number; readonly width: number; readonly counts: readonly (string | null)[] },
  ): Promise<void> {
    let text = "";
    for (let row = 0; row < detections.count; row++) {
      const counts = masks?.counts[row];
      const categoryId = this.categoryIds[detections.classes[row]];
      if (categoryId === undefined) continue;
      const result = {
        bbox: resultBox(detections.boxes.subarray(row * 4, row * 4 + 4)),
        score: resultScore(detections.scores[row]),
        ...(masks && counts ? { segmentation: { size: [masks.height, masks.width], counts } } : {}),
      };
      const ids = `"image_id":${idAsJsonText(imageId)},"category_id":${idAsJsonText(categoryId)}`;
      text += `${this.#separator}\n{${ids},${JSON.stringify(result).slice(1)}`;
      this.#separator = ",";
    }
    if (text) await this.#file.write(text);
  }

  /**
   * Completes the file.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(): Promise<void> {
    await this.#file.write(this.#separator === "[" ? "[]\n" : "\n]\n");
    await this.#file.close();
  }
}
