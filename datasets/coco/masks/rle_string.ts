/**
 * The compressed form of COCO's run lengths: each count (from the third on, its difference to the count two
 * before) in groups of five bits, lowest first, as characters from "0" on; the sixth bit says that more
 * follow.
 *
 * @module
 */

const FIRST_CHARACTER = 48;
const MORE = 0x20;
const SIGN = 0x10;
/** Bits that a character of the code, less the first, does not have. */
const NO_GROUP = ~0x3f;

/** Six groups hold any count of a mask of up to {@linkcode MAX_PIXELS}; more are nonsense. */
const MAX_SHIFT = 25;

/** The largest mask in pixels (23,000 × 23,000), so that counts and their differences are small integers. */
export const MAX_PIXELS = 2 ** 29 - 1;

/** Whether a mask can have this size in pixels. */
export function isMaskSize(width: number, height: number): boolean {
  return Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 &&
    width * height <= MAX_PIXELS;
}

/** The compressed text of counts (`rleToString` of `maskApi.c`). */
export function compressCounts(counts: ArrayLike<number>): string {
  const bytes: number[] = [];
  pushCompressed(counts, (byte) => bytes.push(byte));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** Hands the bytes of the compressed text to `push`, one by one. */
export function pushCompressed(counts: ArrayLike<number>, push: (byte: number) => void): void {
  for (let i = 0; i < counts.length; i++) {
    let rest = i > 2 ? counts[i] - counts[i - 2] : counts[i];
    for (let more = true; more;) {
      const group = rest & 31;
      rest >>= 5;
      more = group & SIGN ? rest !== -1 : rest !== 0;
      push((more ? group | MORE : group) + FIRST_CHARACTER);
    }
  }
}

/** The counts of a compressed text (`rleFrString` of `maskApi.c`), or undefined where it is not one. */
export function decompressCounts(text: string): Uint32Array<ArrayBuffer> | undefined {
  const bytes = new TextEncoder().encode(text);
  const counts = new Uint32Array(bytes.length);
  const length = decompressInto(bytes, 0, bytes.length, counts, 0);
  return length < 0 ? undefined : counts.slice(0, length);
}

/**
 * Writes the counts of the compressed bytes `start … end` to `counts[at…]`, which must have room for as many
 * as there are bytes. Returns the number of counts, or -1 where the bytes are not compressed run lengths.
 */
export function decompressInto(
  bytes: Uint8Array,
  start: number,
  end: number,
  counts: Uint32Array,
  at: number,
): number {
  let length = 0;
  for (let p = start; p < end;) {
    let byte = bytes[p++] - FIRST_CHARACTER;
    if (byte & NO_GROUP) return -1;
    let value = byte & 31, shift = 5;
    while (byte & MORE) {
      if (p === end || shift > MAX_SHIFT) return -1;
      byte = bytes[p++] - FIRST_CHARACTER;
      if (byte & NO_GROUP) return -1;
      value |= (byte & 31) << shift;
      shift += 5;
    }
    if (byte & SIGN) value |= -1 << shift;
    if (length > 2) value = (value + counts[at + length - 2]) | 0;
    if (value < 0) return -1;
    counts[at + length++] = value;
  }
  return length;
}
