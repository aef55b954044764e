/** One COCO results file for the detections of all images, in the form that COCO's evaluation reads. */
import { usageError } from "../../core/errors.ts";
import { baseName, type InputFile, writeFileAtomic } from "../../core/files/mod.ts";
import { readAnnotations } from "../../datasets/coco/annotations.ts";
import { resultBox, resultScore } from "../../datasets/coco/result_digits.ts";
import type { Detections } from "../../heads/mod.ts";
import type { DetectionLabel } from "../network.ts";

/** The COCO image id of an input. */
export type ImageIds = (input: InputFile) => number;

/**
 * Image ids from an annotations file, or from file names that are numbers (`000000397133.jpg`).
 *
 * @throws {BneckError} (usage) at once if an input has no id.
 */
export function imageIds(inputs: readonly InputFile[], annotations: string | undefined): ImageIds {
  const listed = annotations === undefined
    ? undefined
    : new Map(readAnnotations(annotations).images.map(({ fileName, id }) => [baseName(fileName), id]));
  const idOf = ({ name }: InputFile) => listed ? listed.get(name) : numericStem(name);
  const unknown = inputs.find((input) => idOf(input) === undefined);
  if (unknown && listed) throw usageError(`${annotations} lists no image named ${unknown.name}`);
  if (unknown) {
    throw usageError(
      `${unknown.name} has no COCO image id: its name is not a number`,
      undefined,
      { option: "annotations", advice: "name the annotations file that lists the images" },
    );
  }
  return (input) => idOf(input)!;
}

/** Writes results as they come, so that memory does not grow with the number of images. */
export class CocoResultsFile {
  readonly #stream = new TransformStream<string, string>();
  readonly #writer = this.#stream.writable.getWriter();
  readonly #written: Promise<void>;
  #separator = "[";

  /** @param labels the classes of the detections, with their category ids. */
  constructor(readonly path: string, readonly labels: readonly DetectionLabel[]) {
    this.#written = writeFileAtomic(path, this.#stream.readable);
    // The error is thrown by whoever writes next.
    this.#written.catch(() => {});
  }

  /** Adds the objects of an image; boxes become `[x, y, width, height]`. */
  async add(imageId: number, detections: Detections): Promise<void> {
    let text = "";
    for (let row = 0; row < detections.count; row++) {
      const result = {
        image_id: imageId,
        category_id: this.labels[detections.classes[row]].categoryId,
        bbox: resultBox(detections.boxes.subarray(row * 4, row * 4 + 4)),
        score: resultScore(detections.scores[row]),
      };
      text += `${this.#separator}\n${JSON.stringify(result)}`;
      this.#separator = ",";
    }
    if (text) await this.#write(text);
  }

  /**
   * Completes the file.
   *
   * @throws {BneckError} when it could not be written.
   */
  async close(): Promise<void> {
    await this.#write(this.#separator === "[" ? "[]\n" : "\n]\n");
    await this.#writer.close();
    await this.#written;
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#writer.write(text);
    } catch (error) {
      await this.#written;
      throw error;
    }
  }
}

function numericStem(name: string): number | undefined {
  const digits = name.match(/^(?:COCO_(?:train|val|test)\d{4}_)?0*(\d{1,15})\.[^.]+$/)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
