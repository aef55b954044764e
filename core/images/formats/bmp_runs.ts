/** Run-length encoded rows of Windows bitmaps (BI_RLE4, BI_RLE8 of the Windows SDK). */
import { cannotRead } from "../image.ts";

/** What the header says of the rows. */
export interface RunSize {
  readonly width: number;
  readonly height: number;
  /** Bits of a palette index: 4 or 8. */
  readonly bits: number;
}

/** Pixels of a pair of bytes, at most. */
const MAX_RUN = 255;

/** Images of so few pixels are never refused for the shortness of their data. */
const SMALL = 2 ** 20;

/**
 * Refuses a size that the data cannot fill, before memory for it is taken. Pixels may be left out, but no encoder leaves
 * out most of a large image.
 *
 * @throws {BneckError} if a large image has almost no data
 */
export function checkRunsCanFill(
  dataBytes: number,
  { width, height }: Omit<RunSize, "bits">,
  name: string,
): void {
  if (width * height <= Math.max(SMALL, dataBytes / 2 * MAX_RUN)) return;
  throw cannotRead(
    name,
    `most of the BMP file's data is missing (${dataBytes} bytes for ${width}×${height} pixels)`,
  );
}

/**
 * The palette indices `[height, width]` in the order in which rows are stored. Pixels that are left out have index 0;
 * what reaches beyond the end of a row or of the image is dropped, as viewers do.
 *
 * @throws {BneckError} if the data ends before the image does
 */
export function decodeRuns(data: Uint8Array, { width, height, bits }: RunSize, name: string): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, 0];
  const put = (index: number) => {
    if (x < width) indices[y * width + x] = index;
    x++;
  };
  while (y < height) {
    if (at + 2 > data.length) {
      // Some writers end with the last pixel.
      if (y === height - 1 && x >= width) break;
      throw cannotRead(name, `the BMP file is truncated (row ${y + 1} of ${height})`);
    }
    const [count, value] = [data[at], data[at + 1]];
    at += 2;
    if (count > 0) {
      if (bits === 8) { for (let i = 0; i < count; i++) put(value); }
      else for (let i = 0; i < count; i++) put(i % 2 === 0 ? value >> 4 : value & 15);
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (at + 2 > data.length) {
        throw cannotRead(name, `the BMP file is truncated (row ${y + 1} of ${height})`);
      }
      [x, y] = [x + data[at], y + data[at + 1]];
      at += 2;
    } else {
      const bytes = bits === 8 ? value : Math.ceil(value / 2);
      if (at + bytes > data.length) {
        throw cannotRead(name, `the BMP file is truncated (row ${y + 1} of ${height})`);
      }
      for (let i = 0; i < value; i++) {
        const byte = data[at + (bits === 8 ? i : i >> 1)];
        put(bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
      }
      at += bytes + bytes % 2; // Padded to whole words.
    }
  }
  return indices;
}
