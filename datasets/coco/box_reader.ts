import type { JsonCursor } from "./json/json_cursor.ts";

/** Reads the `bbox` fields of a file one after another. */
export class BoxReader {
  /** The box that was read last: x, y, width, height. */
  readonly box = new Float64Array(4);
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
   * @param needed if false, anything that is no list is passed over and has no numbers
   * @throws {BneckError} It is not a list of numbers.
   */
  read(needed = true): number {
    const { cursor } = this;
    if (!needed && !cursor.atList()) {
      cursor.skip();
      return 0;
    }
    if (!cursor.atList()) {
      cursor.fieldError("bbox", `is ${cursor.describe()}, not [x, y, width, height]`);
    }
    return cursor.list(this.#readSide);
  }
}
