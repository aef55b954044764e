/**
 * Reads `keypoints` fields.
 *
 * @module
 */
import { float64Column } from "./columns.ts";
import type { JsonCursor } from "../json/json_cursor.ts";

/** Reads the keypoints of entries one after another, and keeps those that are committed. */
export class KeypointsReader {
  /** Whether the entry has keypoints. */
  found = false;
  /** x, y and visibility of each keypoint of the entry; 0 where it has none. */
  readonly points: Float64Array;
  readonly #column = float64Column();

  /** `count` is how many keypoints an entry has. */
  constructor(readonly count: number) {
    this.points = new Float64Array(3 * count);
  }

  /** Turns to the next entry. */
  begin(): void {
    this.found = false;
    this.points.fill(0);
  }

  /**
   * Reads the field here.
   *
   * @throws {BneckError} It is not a list of that many keypoints.
   */
  read(cursor: JsonCursor): void {
    const { points } = this;
    if (cursor.null()) return;
    if (!cursor.atList()) cursor.fieldError("keypoints", `is ${cursor.describe()}, not [x, y, v, …]`);
    const length = cursor.list((place) => {
      const value = cursor.number("keypoints");
      if (place < points.length) points[place] = value;
    });
    if (length === 0) return;
    if (length !== points.length) {
      cursor.fieldError(
        "keypoints",
        `has ${length} numbers, not ${points.length}, which is x, y and visibility of ${this.count} keypoints`,
        { option: "oksSigmas", advice: "give the sigma of each keypoint of this data" },
      );
    }
    this.found = true;
  }

  /** How many keypoints of the entry are labelled. */
  get labelled(): number {
    let count = 0;
    for (let k = 2; k < this.points.length; k += 3) if (this.points[k] > 0) count++;
    return count;
  }

  /** The box around all keypoints of the entry (`COCO.loadRes`): x, y, width, height. */
  boxInto(box: Float64Array): void {
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    for (let k = 0; k < this.points.length; k += 3) {
      left = Math.min(left, this.points[k]);
      right = Math.max(right, this.points[k]);
      top = Math.min(top, this.points[k + 1]);
      bottom = Math.max(bottom, this.points[k + 1]);
    }
    box[0] = left;
    box[1] = top;
    box[2] = right - left;
    box[3] = bottom - top;
  }

  /** Keeps the keypoints of the entry. */
  commit(): void {
    this.#column.reserve(this.points.length);
    for (let i = 0; i < this.points.length; i++) this.#column.push(this.points[i]);
  }

  /** The keypoints of all entries, `[entries, 3 · count]`. */
  finish(): Float64Array<ArrayBuffer> {
    return this.#column.finish();
  }
}
