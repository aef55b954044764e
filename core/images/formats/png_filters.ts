/** The row filters of PNG (section 9 of its specification): bytes as differences from their neighbours. */
import { deflateSync, type ZlibOptions } from "node:zlib";
import { SpareBytes } from "../../bytes.ts";

/** All bits of four bytes except the highest of each: sums of these cannot carry into the next byte. */
const LOW_BITS = 0x7f7f7f7f;

/**
 * Undoes the filters of rows of `rowBytes` bytes, each preceded by a byte that names its filter, and writes them to `out`
 * without those bytes. `distance` is the number of bytes from a pixel to its left neighbour.
 *
 * @throws {RangeError} if a row names an unknown filter
 */
export function unfilterRows(
  filtered: Uint8Array,
  out: Uint8Array,
  rows: number,
  rowBytes: number,
  distance: number,
): void {
  const words = rowBytes % 4 === 0 ? new Int32Array(out.buffer) : undefined;
  for (let row = 0, from = 0, start = 0; row < rows; row++, from += rowBytes + 1, start += rowBytes) {
    const filter = filtered[from];
    if (filter > 4) throw new RangeError(`row ${row} has filter ${filter}`);
    out.set(filtered.subarray(from + 1, from + 1 + rowBytes), start);
    const end = start + rowBytes;
    if (row === 0) {
      // The row above the first counts as zero.
      if (filter === 1 || filter === 4) addLeft(out, start, end, distance);
      else if (filter === 3) addHalfLeft(out, start, end, distance);
    } else if (filter === 1) addLeft(out, start, end, distance);
    else if (filter === 2 && words) addAboveWords(words, start >> 2, end >> 2, rowBytes >> 2);
    else if (filter === 2) addAbove(out, start, end, rowBytes);
    else if (filter === 3) addAverage(out, start, end, rowBytes, distance);
    else if (filter === 4) addPaeth(out, start, end, rowBytes, distance);
  }
}

function addLeft(out: Uint8Array, start: number, end: number, distance: number): void {
  for (let i = start + distance; i < end; i++) out[i] += out[i - distance];
}

function addHalfLeft(out: Uint8Array, start: number, end: number, distance: number): void {
  for (let i = start + distance; i < end; i++) out[i] += out[i - distance] >> 1;
}

function addAbove(out: Uint8Array, start: number, end: number, rowBytes: number): void {
  for (let i = start; i < end; i++) out[i] += out[i - rowBytes];
}

/** Four bytes at a time, with no carry between them. */
function addAboveWords(words: Int32Array, start: number, end: number, rowWords: number): void {
  for (let i = start; i < end; i++) {
    const difference = words[i];
    const above = words[i - rowWords];
    words[i] = ((difference & LOW_BITS) + (above & LOW_BITS)) ^ ((difference ^ above) & ~LOW_BITS);
  }
}

function addAverage(out: Uint8Array, start: number, end: number, rowBytes: number, distance: number): void {
  const first = Math.min(start + distance, end);
  for (let i = start; i < first; i++) out[i] += out[i - rowBytes] >> 1;
  for (let i = first; i < end; i++) out[i] += (out[i - distance] + out[i - rowBytes]) >> 1;
}

function addPaeth(out: Uint8Array, start: number, end: number, rowBytes: number, distance: number): void {
  const first = Math.min(start + distance, end);
  for (let i = start; i < first; i++) out[i] += out[i - rowBytes];
  for (let i = first; i < end; i++) {
    const left = out[i - distance];
    const above = out[i - rowBytes];
    const corner = out[i - rowBytes - distance];
    // How far left + above - corner is from each of the three; the nearest predicts.
    const toLeft = Math.abs(above - corner);
    const toAbove = Math.abs(left - corner);
    const toCorner = Math.abs(left + above - 2 * corner);
    out[i] += toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
  }
}

/** Filtered rows last until they are compressed. */
const FILTERED = new SpareBytes();

/** Rows as they are, each with filter 0 before it; for {@linkcode deflateRows}. */
export function rowsUnfiltered(bytes: Uint8Array, rowBytes: number, rows: number): Uint8Array<ArrayBuffer> {
  const filtered = FILTERED.take(rows * (rowBytes + 1));
  for (let row = 0; row < rows; row++) {
    const to = row * (rowBytes + 1);
    filtered[to] = 0;
    filtered.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), to + 1);
  }
  return filtered;
}

/** Compresses filtered rows, which are not to be read afterwards. */
export function deflateRows(filtered: Uint8Array<ArrayBuffer>, options: ZlibOptions): Uint8Array {
  try {
    return deflateSync(filtered, options);
  } finally {
    FILTERED.giveBack(filtered);
  }
}

/**
 * Every row as its difference from the row above ("Up"), preceded by the byte that names this filter; for
 * {@linkcode deflateRows}.
 */
export function filterRowsUp(bytes: Uint8Array, rowBytes: number, rows: number): Uint8Array<ArrayBuffer> {
  const filtered = FILTERED.take(rows * (rowBytes + 1));
  filtered[0] = 0;
  filtered.set(bytes.subarray(0, rowBytes), 1);
  const difference = new Uint8Array(rowBytes);
  const aligned = rowBytes % 4 === 0 && bytes.byteOffset % 4 === 0;
  const words = aligned ? new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) : undefined;
  const differenceWords = aligned ? new Int32Array(difference.buffer) : undefined;
  for (let row = 1; row < rows; row++) {
    if (words && differenceWords) subtractAboveWords(words, row * rowBytes / 4, differenceWords);
    else subtractAbove(bytes, row * rowBytes, difference);
    const to = row * (rowBytes + 1);
    filtered[to] = 2;
    filtered.set(difference, to + 1);
  }
  return filtered;
}

function subtractAbove(bytes: Uint8Array, start: number, difference: Uint8Array): void {
  const above = start - difference.length;
  for (let i = 0; i < difference.length; i++) difference[i] = bytes[start + i] - bytes[above + i];
}

/** Four bytes at a time, with no borrow between them. */
function subtractAboveWords(words: Int32Array, start: number, difference: Int32Array): void {
  const above = start - difference.length;
  for (let i = 0; i < difference.length; i++) {
    const value = words[start + i];
    const other = words[above + i];
    difference[i] = ((value | ~LOW_BITS) - (other & LOW_BITS)) ^ ((value ^ ~other) & ~LOW_BITS);
  }
}
