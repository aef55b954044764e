/**
 * The columns of detections while they grow.
 *
 * @module
 */
import type { CocoDetections } from "./detections.ts";

/** Collects detections row by row; see {@linkcode CocoDetections} for the columns. */
export class DetectionRows {
  length = 0;
  #capacity = 256;
  #image = new Int32Array(this.#capacity);
  #category = new Int32Array(this.#capacity);
  #box = new Float64Array(4 * this.#capacity);
  #score = new Float64Array(this.#capacity);

  /** Adds a detection: indices of image and category, box and score. */
  push(
    image: number,
    category: number,
    x: number,
    y: number,
    width: number,
    height: number,
    score: number,
  ): void {
    if (this.length === this.#capacity) this.reserve(2 * this.#capacity);
    const row = this.length++;
    this.#image[row] = image;
    this.#category[row] = category;
    this.#box[4 * row] = x;
    this.#box[4 * row + 1] = y;
    this.#box[4 * row + 2] = width;
    this.#box[4 * row + 3] = height;
    this.#score[row] = score;
  }

  /** Makes room for `capacity` rows in all. */
  reserve(capacity: number): void {
    if (capacity <= this.#capacity) return;
    const grow = <Values extends Float64Array | Int32Array>(values: Values, larger: Values) => {
      larger.set(values);
      return larger;
    };
    this.#capacity = capacity;
    this.#image = grow(this.#image, new Int32Array(capacity));
    this.#category = grow(this.#category, new Int32Array(capacity));
    this.#box = grow(this.#box, new Float64Array(4 * capacity));
    this.#score = grow(this.#score, new Float64Array(capacity));
  }

  /** The columns, as views that leave the spare room behind. */
  finish(): Pick<CocoDetections, "image" | "category" | "box" | "score"> {
    const { length } = this;
    return {
      image: this.#image.subarray(0, length),
      category: this.#category.subarray(0, length),
      box: this.#box.subarray(0, 4 * length),
      score: this.#score.subarray(0, length),
    };
  }
}
