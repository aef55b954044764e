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
   * @throws {BneckError} It is not a list of numbers.
   */
  read(): number {
    const { cursor } = this;
    if (!cursor.atList()) {
      cursor.fieldError("bbox", `is ${cursor.describe()}, not [x, y, width, height]`);
    }
    return cursor.list(this.#readSide);
  }
}
