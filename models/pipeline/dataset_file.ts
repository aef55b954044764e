/** The objects of all images as a COCO data set of its own: `images`, `annotations` and `categories`. */
import { resultBox, resultScore } from "../../datasets/coco/result_digits.ts";
import { decompressCounts } from "../../datasets/coco/masks/rle_string.ts";
import { rleArea } from "../../datasets/coco/masks/rle.ts";
import type { DetectionLabel } from "../network.ts";
import { GrowingFile } from "./growing_file.ts";
import type { ImageReport } from "./job.ts";

/**
 * Writes a file that tools for labelling open and correct. Images and annotations are numbered from 1 in the order in
 * which they come, so that images need no numbers for names; categories have the ids of the model's data set.
 */
export class CocoDatasetFile {
  readonly #file: GrowingFile;
  readonly #images: string[] = [];
  #annotations = 0;

  constructor(path: string, readonly labels: readonly DetectionLabel[]) {
    this.#file = new GrowingFile(path);
  }

  /** Adds an image with its objects; those with masks have them as compressed run lengths. */
  async add(fileName: string, { width, height, detect, masks }: ImageReport): Promise<void> {
    this.#images.push(JSON.stringify({ id: this.#images.length + 1, file_name: fileName, width, height }));
    if (!detect) return;
    let text = "";
    for (let row = 0; row < detect.count; row++) {
      const bbox = resultBox(detect.boxes.subarray(row * 4, row * 4 + 4));
      const counts = masks?.[row];
      const annotation = {
        id: this.#annotations + 1,
        image_id: this.#images.length,
        category_id: this.labels[detect.classes[row]].categoryId,
        bbox,
        area: counts ? rleArea(decompressCounts(counts)!) : bbox[2] * bbox[3],
        ...(counts ? { segmentation: { size: [height, width], counts } } : {}),
        iscrowd: 0,
        score: resultScore(detect.scores[row]),
      };
      text += `${this.#annotations++ === 0 ? '{"annotations": [' : ","}\n${JSON.stringify(annotation)}`;
    }
    if (text) await this.#file.write(text);
  }

  /**
   * Completes the file.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(): Promise<void> {
    const categories = this.labels.map(({ name, categoryId }) => JSON.stringify({ id: categoryId, name }));
    const lines = (items: readonly string[]) => items.map((item) => `\n${item}`).join(",");
    await this.#file.write(
      `${this.#annotations === 0 ? '{"annotations": [' : ""}\n],\n` +
        `"images": [${lines(this.#images)}\n],\n"categories": [${lines(categories)}\n]}\n`,
    );
    await this.#file.close();
  }
}
