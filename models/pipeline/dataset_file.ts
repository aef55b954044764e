/** The objects, or regions, of all images as a COCO data set of its own: `images`, `annotations` and `categories`. */
import { GrowingFile } from "./growing_file.ts";
import type { SavedObject } from "./job.ts";

/** An image of the data set, with whatever else is to be known of it. */
export interface DatasetImage {
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
  /** Of a frame: the path of the video, its number from 0, and its time in seconds. */
  readonly video?: string;
  readonly frame?: number;
  readonly seconds?: number;
}

/** A category as the file has it. */
export interface DatasetCategory {
  readonly id: number;
  readonly name: string;
}

/**
 * Writes a file that tools for labelling open and correct. Images and annotations are numbered from 1 in the order in
 * which they come, so that images need no numbers for names.
 */
export class CocoDatasetFile {
  readonly #file: GrowingFile;
  readonly #images: string[] = [];
  #annotations = 0;

  /** @param categories of each class; `undefined` for a class that no object has */
  constructor(path: string, readonly categories: readonly (DatasetCategory | undefined)[]) {
    this.#file = new GrowingFile(path);
  }

  /** Adds an image with its objects. */
  async add(image: DatasetImage, objects: readonly SavedObject[]): Promise<void> {
    this.#images.push(JSON.stringify({ id: this.#images.length + 1, ...image }));
    let text = "";
    for (const { label, box, score, mask } of objects) {
      const annotation = {
        id: this.#annotations + 1,
        image_id: this.#images.length,
        category_id: this.categories[label]!.id,
        bbox: box,
        area: mask?.area ?? box[2] * box[3],
        ...(mask ? { segmentation: mask.segmentation } : {}),
        iscrowd: 0,
        score,
      };
      text += `${this.#annotations++ === 0 ? '{"annotations": [' : ","}\n${JSON.stringify(annotation)}`;
    }
    if (text) await this.#file.write(text);
  }

  /**
   * Ends the file, which is marked as partial if it is not `complete`.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(complete = true): Promise<void> {
    const categories = this.categories.filter((category) => category !== undefined)
      .map(({ id, name }) => JSON.stringify({ id, name }));
    const lines = (items: readonly string[]) => items.map((item) => `\n${item}`).join(",");
    await this.#file.write(
      `${this.#annotations === 0 ? '{"annotations": [' : ""}\n],\n` +
        `"images": [${lines(this.#images)}\n],\n"categories": [${lines(categories)}\n]}\n`,
    );
    await this.#file.close(complete);
  }
}
