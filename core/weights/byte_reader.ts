/** A bounds-checked cursor over the bytes of a file. */
import { unreadable } from "./hostile_file.ts";

const latin1 = new TextDecoder("latin1");

/**
 * Reads little-endian numbers and runs of bytes from `position` on. Reading past the end throws a `BneckError` that names
 * the file.
 */
export class ByteReader {
  position = 0;
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array, readonly name: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The number of bytes after `position`. */
  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /**
   * Moves to `position`.
   *
   * @throws {BneckError} if it is past the end
   */
  seek(position: number): void {
    if (!(position >= 0 && position <= this.bytes.length)) {
      throw unreadable(this.name, `it points to byte ${position} but has only ${this.bytes.length}`);
    }
    this.position = position;
  }

  u8(): number {
    return this.bytes[this.#advance(1)];
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /**
   * An unsigned 64-bit number that is a size or an offset.
   *
   * @throws {BneckError} above 2^53 − 1, where it cannot be one
   */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > Number.MAX_SAFE_INTEGER) throw unreadable(this.name, `it claims a size of ${value} bytes`);
    return Number(value);
  }

  /** A big-endian double, as in pickles. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  /**
   * The Latin-1 text up to the next line feed, which is consumed too.
   *
   * @throws {BneckError} if there is none
   */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw unreadable(this.name, `the line at byte ${this.position} is not terminated`);
    const text = latin1.decode(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }

  #advance(length: number): number {
    const start = this.position;
    if (!(length >= 0 && length <= this.remaining)) {
      throw unreadable(
        this.name,
        `it is truncated or damaged (${length} bytes expected at byte ${start} of ${this.bytes.length})`,
      );
    }
    this.position = start + length;
    return start;
  }
}
