/**
 * Typed arrays that grow: one column of a table whose length is not known beforehand.
 *
 * @module
 */

type Numbers =
  | Float64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** A growing column of numbers. `values` is longer than `length` and changes identity when it grows. */
export class Column<Values extends Numbers> {
  values: Values;
  length = 0;

  /** `create` makes the typed array, for example `(size) => new Float64Array(size)`. */
  constructor(private readonly create: (size: number) => Values, capacity = 1024) {
    this.values = create(capacity);
  }

  /** Adds one value. */
  push(value: number): void {
    if (this.length === this.values.length) this.reserve(1);
    this.values[this.length++] = value;
  }

  /** Makes room for `more` values after the last. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.values.length) return;
    const larger = this.create(Math.max(needed, 2 * this.values.length));
    larger.set(this.values);
    this.values = larger;
  }

  /** The values, without the room for more. */
  finish(): Values {
    return this.values.slice(0, this.length) as Values;
  }
}

/** A growing column of doubles. */
export const float64Column = (): Column<Float64Array<ArrayBuffer>> =>
  new Column((size) => new Float64Array(size));

/** A growing column of offsets. */
export const uint32Column = (): Column<Uint32Array<ArrayBuffer>> =>
  new Column((size) => new Uint32Array(size));

/** A growing column of bytes. */
export const byteColumn = (): Column<Uint8Array<ArrayBuffer>> => new Column((size) => new Uint8Array(size));
