/** Pixels in memory: the two forms that everything else works on. */

/** An upright 8-bit RGB image, rows from top to bottom: `[height, width, 3]`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** One class id per pixel, rows from top to bottom: `[height, width]`. */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint16Array;
}
