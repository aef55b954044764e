/**
 * Label maps as PNG files with exact ids. npm `fast-png` does this too, but takes three to ten times as long (its
 * deflate is JavaScript, and it writes byte by byte), leaves ids below 8 bits packed, misreads them when interlaced,
 * and inflates without a limit. The tests compare this code with it where it is right.
 */
import { constants, inflateSync } from "node:zlib";
import { concatenate } from "../bytes.ts";
import { imageFormat } from "./formats/file_format.ts";
import { cannotRead, checkPixels, type DecodeOptions, DEFAULT_MAX_PIXELS, type LabelMap } from "./image.ts";
import { extendPalette, type Palette } from "./palette.ts";
import {
  MAX_DEFLATE_RATIO,
  type PngChunk,
  pngHeaderChunk,
  readPngChunks,
  readPngHeader,
  writePng,
} from "./formats/png_chunks.ts";
import { deflateRows, filterRowsUp, rowsUnfiltered } from "./formats/png_filters.ts";
import { filteredLength, readSamples } from "./formats/png_samples.ts";

/**
 * The ids `[height, width]` of a label PNG, exactly as stored: palette indices of an indexed PNG (whatever its colours),
 * grey values of a greyscale one. 1 to 8 bits give a `Uint8Array`, 16 bits a `Uint16Array`.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the file is not a PNG, is a colour image, is damaged, or has more than `maxPixels` pixels
 */
export function decodeLabelMap(
  bytes: Uint8Array,
  name: string,
  { maxPixels = DEFAULT_MAX_PIXELS }: DecodeOptions = {},
): LabelMap {
  if (bytes.length === 0) throw cannotRead(name, "the file is empty");
  const format = imageFormat(bytes);
  if (format !== "PNG") {
    throw cannotRead(name, `a label map must be a PNG, not ${format ?? "a file of another kind"}`);
  }
  const chunks = readPngChunks(bytes, name);
  const header = readPngHeader(chunks, name);
  checkPixels(header, name, maxPixels);
  const { width, height, colorType } = header;
  if (colorType !== 0 && colorType !== 3) {
    const kind = colorType === 4 ? "a greyscale image with alpha" : "a colour image";
    throw cannotRead(
      name,
      `it is ${kind}, not a label map; an indexed or greyscale PNG with one id per pixel is needed`,
    );
  }
  const filtered = inflate(chunks, filteredLength(header), name);
  try {
    return { width, height, data: readSamples(filtered, header) };
  } catch (error) {
    throw cannotRead(name, "the PNG data is damaged", error);
  }
}

/**
 * The palette of an indexed PNG, `null` of other PNGs; nothing is decompressed.
 *
 * @throws {BneckError} if the file is not a PNG or is damaged
 */
export function labelPalette(bytes: Uint8Array, name: string): Palette | null {
  if (imageFormat(bytes) !== "PNG") throw cannotRead(name, "it is not a PNG");
  const chunks = readPngChunks(bytes, name);
  const data = chunks.find(({ type }) => type === "PLTE")?.data;
  if (data === undefined || readPngHeader(chunks, name).colorType !== 3) return null;
  return Array.from({ length: Math.floor(data.length / 3) }, (_, id) => {
    const [red, green, blue] = data.subarray(3 * id);
    return [red, green, blue];
  });
}

function inflate(chunks: readonly PngChunk[], length: number, name: string): Uint8Array {
  const parts = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  const compressed = parts.length === 1 ? parts[0] : concatenate(parts);
  if (length > compressed.length * MAX_DEFLATE_RATIO) {
    throw cannotRead(name, "most of the PNG file's data is missing");
  }
  let filtered: Uint8Array;
  try {
    // A single output chunk with room to spare: no growing, no concatenation.
    filtered = inflateSync(compressed, { chunkSize: length + 64, maxOutputLength: length + 64 });
  } catch (error) {
    throw cannotRead(name, "the PNG data is damaged or truncated", error);
  }
  if (filtered.length < length) throw cannotRead(name, "some rows of the PNG file are missing");
  return filtered;
}

/**
 * A PNG with exactly these ids: indexed with 8 bits, its palette extended with {@linkcode classColor} to 256 entries so
 * that every id has a colour; greyscale with 16 bits if an id exceeds 255.
 *
 * @example
 * ```ts
 * import { decodeLabelMap, encodeLabelPng } from "./label_png.ts";
 * const labels = { width: 2, height: 1, data: Uint8Array.of(0, 7) };
 * const png = encodeLabelPng(labels, [[0, 0, 0], [128, 64, 128]]);
 * console.log(decodeLabelMap(png, "labels.png").data); // Uint8Array(2) [ 0, 7 ]
 * ```
 */
export function encodeLabelPng(labels: LabelMap, palette: Palette = []): Uint8Array {
  const { width, height } = labels;
  if (labels.data instanceof Uint16Array && labels.data.some((id) => id > 255)) {
    const filtered = filterRowsUp(bigEndian(labels.data), width * 2, height);
    const idat = deflateRows(filtered, { level: 2 });
    return writePng([pngHeaderChunk({ width, height, depth: 16, colorType: 0 }), {
      type: "IDAT",
      data: idat,
    }]);
  }
  return writePng([
    pngHeaderChunk({ width, height, depth: 8, colorType: 3 }),
    { type: "PLTE", data: Uint8Array.from(extendPalette(palette, 256).flat()) },
    compressedBytes(labels),
  ]);
}

/** A greyscale PNG of values up to 255, for programs that read the colours of a palette and not its indices. */
export function encodeGreyPng(values: LabelMap): Uint8Array {
  const { width, height } = values;
  return writePng([pngHeaderChunk({ width, height, depth: 8, colorType: 0 }), compressedBytes(values)]);
}

function compressedBytes({ width, height, data }: LabelMap): PngChunk {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const filtered = hasLongRuns(bytes, width, height)
    ? rowsUnfiltered(bytes, width, height)
    : filterRowsUp(bytes, width, height);
  // Either way nearly everything is runs of one value, so nothing else is worth looking for.
  const settings = { level: 1, strategy: constants.Z_RLE, chunkSize: 1 << 17 };
  return { type: "IDAT", data: deflateRows(filtered, settings) };
}

/** Rows that are looked at, evenly spread. */
const SAMPLED_ROWS = 32;

/**
 * Whether most neighbours in a row are equal, as classes are, and levels of grey are not: then the differences from the
 * row above would compress as well, but take four times as long.
 */
function hasLongRuns(ids: Uint8Array, width: number, height: number): boolean {
  const rows = Math.min(height, SAMPLED_ROWS);
  let changes = 0;
  for (let k = 0; k < rows; k++) {
    const start = Math.floor(k * height / rows) * width;
    for (let i = start + 1; i < start + width; i++) if (ids[i] !== ids[i - 1]) changes++;
  }
  return changes * 16 < rows * width;
}

function bigEndian(values: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    bytes[2 * i] = values[i] >> 8;
    bytes[2 * i + 1] = values[i];
  }
  return bytes;
}
