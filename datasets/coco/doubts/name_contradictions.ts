/**
 * Results that say which file they are of, and give the id of another image.
 *
 * @module
 */
import { baseName } from "../../../core/files/paths.ts";
import type { Annotations } from "../files/annotations.ts";
import { quotedId } from "../ids.ts";

/** Collects the file names of results. */
export class NameContradictions {
  readonly #truth: Annotations;
  #names: ReadonlySet<string> | undefined;
  #count = 0;
  #first = "";

  constructor(truth: Annotations) {
    this.#truth = truth;
  }

  /**
   * Takes a result of `image`, an index in the annotations' images, that names `fileName`. Only the end of a name is
   * compared, without its extension, and leading zeros do not count.
   */
  add(image: number, fileName: string): void {
    const known = this.#truth.images[image];
    if (known.fileName === "" || stem(known.fileName) === stem(fileName)) return;
    this.#names ??= new Set(this.#truth.images.map((other) => stem(other.fileName)));
    if (this.#count++ > 0) return;
    const elsewhere = this.#names.has(stem(fileName)) ? ", which the annotations list under another id" : "";
    this.#first =
      `the first is of image ${quotedId(known.id)}, whose file is ${JSON.stringify(known.fileName)}, ` +
      `but names ${JSON.stringify(fileName)}${elsewhere}`;
  }

  /** A sentence if there were any; `name` is that of the results. */
  warnings(name: string): string[] {
    if (this.#count === 0) return [];
    return [
      `${name}: ${
        this.#count === 1 ? "1 detection has" : `${this.#count} detections have`
      } a "file_name" that ` +
      `contradicts the image_id: ${this.#first}; the ids may be numbers taken from file names`,
    ];
  }
}

/** The name of a file without its folders, extension and leading zeros. */
export function stem(fileName: string): string {
  return baseName(fileName).replace(/\.[^.]*$/, "").replace(/^0+(?=.)/, "");
}
