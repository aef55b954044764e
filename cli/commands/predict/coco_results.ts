/** `--save coco`: one results file for all images, in the form that COCO's evaluation reads. */
import { usageError } from "../../../core/errors.ts";
import { exists, type InputFile, type Shard, writeFileAtomic } from "../../../core/files/mod.ts";
import { readAnnotations } from "../../../datasets/coco/annotations.ts";
import { resultBox, resultScore } from "../../../datasets/coco/result_digits.ts";
import type { DetectionLabel } from "../../../models/network.ts";
import type { Detections } from "../../../heads/detections.ts";

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
  const idOf = (input: InputFile) => listed ? listed.get(input.name) : numericStem(input.name);
  const nameless = inputs.find((input) => idOf(input) === undefined);
  if (nameless) {
    throw usageError(
      listed
        ? `--save coco: ${annotations} lists no image named ${nameless.name}`
        : `--save coco: ${nameless.name} is no number that could be an image id; ` +
          "name the annotations file that lists the images with --annotations",
    );
  }
  return (input) => idOf(input)!;
}

/**
 * The path of the results file. That of a shard names the shard, so that several can write to one folder.
 *
 * @throws {BneckError} (usage) if the file exists and may not be replaced, or if it would not hold all images.
 */
export function resultsPath(
  { out, overwrite, skipExisting, shard }: {
    readonly out: string;
    readonly overwrite: boolean;
    readonly skipExisting: boolean;
    readonly shard?: Shard;
  },
): string {
  if (skipExisting) {
    throw usageError(
      "--skip-existing leaves images out, but --save coco writes one file for all: " +
        "run it without --skip-existing, or save json in place of coco",
    );
  }
  const part = shard === undefined ? "" : `.${shard.number}-of-${shard.count}`;
  const path = `${out}/detections${part}.coco.json`;
  if (!overwrite && exists(path)) throw usageError(`${path} exists already; --overwrite replaces it`);
  return path;
}

/** Writes results as they come, so that memory does not grow with the number of images. */
export class CocoResultsFile {
  readonly #stream = new TransformStream<string, string>();
  readonly #writer = this.#stream.writable.getWriter();
  readonly #written: Promise<void>;
  #separator = "[";

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

  /** Completes the file. */
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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
