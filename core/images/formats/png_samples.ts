/** From the inflated rows of a one-channel PNG to its exact samples: interlacing and bit depths. */
import { unfilterRows } from "./png_filters.ts";

/** The part of a PNG's header that determines where its samples are. */
export interface SampleLayout {
  readonly width: number;
  readonly height: number;
  /** Bits per sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly interlaced: boolean;
}

/** A grid of pixels that is stored as a separate image: `x = left + i · stepX`. */
interface Pass {
  readonly left: number;
  readonly top: number;
  readonly stepX: number;
  readonly stepY: number;
  /** Pixels in a row, and rows. */
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row, without the byte that names its filter. */
  readonly rowBytes: number;
}

const WHOLE = [[0, 0, 1, 1]] as const;
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passes({ width, height, depth, interlaced }: SampleLayout): Pass[] {
  return (interlaced ? ADAM7 : WHOLE).map(([left, top, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - left) / stepX));
    const rows = columns === 0 ? 0 : Math.max(0, Math.ceil((height - top) / stepY));
    return { left, top, stepX, stepY, columns, rows, rowBytes: Math.ceil(columns * depth / 8) };
  });
}

/** The bytes of all rows before compression, each with its filter byte. */
export function filteredLength(layout: SampleLayout): number {
  return passes(layout).reduce((length, { rows, rowBytes }) => length + rows * (rowBytes + 1), 0);
}

/**
 * The samples `[height, width]`: a `Uint16Array` for 16 bits, else a `Uint8Array`.
 *
 * @param filtered the inflated rows, {@linkcode filteredLength} bytes
 * @throws {RangeError} if a row names an unknown filter
 */
export function readSamples(filtered: Uint8Array, layout: SampleLayout): Uint8Array | Uint16Array {
  const { width, height, depth, interlaced } = layout;
  const samples8 = new Uint8Array(depth === 16 ? 0 : width * height);
  const samples16 = new Uint16Array(depth === 16 ? width * height : 0);
  const direct = depth === 8 && !interlaced;
  let start = 0;
  for (const pass of passes(layout)) {
    const bytes = direct ? samples8 : new Uint8Array(pass.rows * pass.rowBytes);
    unfilterRows(filtered.subarray(start), bytes, pass.rows, pass.rowBytes, depth === 16 ? 2 : 1);
    if (depth === 16) spread16(bytes, samples16, pass, width);
    else if (!direct) spread(bytes, samples8, pass, width, depth);
    start += pass.rows * (pass.rowBytes + 1);
  }
  return depth === 16 ? samples16 : samples8;
}

/** Unpacks the rows of a pass to the places of its pixels. */
function spread(bytes: Uint8Array, samples: Uint8Array, pass: Pass, width: number, depth: number): void {
  const { left, top, stepX, stepY, columns, rows, rowBytes } = pass;
  const last = (1 << depth) - 1;
  for (let row = 0; row < rows; row++) {
    const from = row * rowBytes;
    let to = (top + row * stepY) * width + left;
    for (let column = 0; column < columns; column++, to += stepX) {
      const bit = column * depth;
      samples[to] = (bytes[from + (bit >> 3)] >> (8 - depth - (bit & 7))) & last;
    }
  }
}

/** The same as {@linkcode spread} for 16 bits, high byte first. */
function spread16(bytes: Uint8Array, samples: Uint16Array, pass: Pass, width: number): void {
  const { left, top, stepX, stepY, columns, rows } = pass;
  for (let row = 0, from = 0; row < rows; row++) {
    let to = (top + row * stepY) * width + left;
    for (let column = 0; column < columns; column++, from += 2, to += stepX) {
      samples[to] = bytes[from] << 8 | bytes[from + 1];
    }
  }
}
