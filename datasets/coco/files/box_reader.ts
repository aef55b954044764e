/**
 * Reads `bbox` fields.
 *
 * @module
 */
import type { Hint } from "../../../core/errors.ts";
import type { JsonCursor } from "../json/json_cursor.ts";

/** What a negative box size can be read with. */
export const COMPAT_HINT: Hint = {
  option: "pycocotoolsCompat",
  advice: "correct the box, or count with it as pycocotools does",
};

/** Reads the `bbox` fields of a file one after another. */
export class BoxReader {
  /** The box that was read last: x, y, width, height. */
  readonly box = new Float64Array(4);
  /** What was passed over in the place of the last box, as errors say it. */
  passedOver: string | undefined;
  readonly #readSide: (place: number) => void;

  constructor(readonly cursor: JsonCursor) {
    this.#readSide = (place) => {
      const value = cursor.number("bbox");
      if (place < 4) this.box[place] = value;
    };
  }

  /**
   * Reads one; returns how many numbers it has.
   *
   * @param needed if false, anything that is not a list is passed over and has no numbers
   * @throws {BneckError} It is not a list of numbers.
   */
  read(needed = true): number {
    const { cursor } = this;
    this.passedOver = undefined;
    if (!needed && !cursor.atList()) {
      this.passedOver = cursor.describe();
      cursor.skip();
      return 0;
    }
    if (!cursor.atList()) {
      cursor.fieldError("bbox", `is ${cursor.describe()}, not [x, y, width, height]`);
    }
    return cursor.list(this.#readSide);
  }
}

/** What is wrong with a box that has not four numbers. */
export function wrongBox(found: boolean, sides: number): string {
  if (!found) return "is missing";
  return sides === 0 ? "is an empty list, not [x, y, width, height]" : `has ${sides} numbers, not 4`;
}
