/** The outer structure of PNG files. */
import { crc32 } from "node:zlib";
import { startsWith } from "../../bytes.ts";
import { cannotRead, checkPixels } from "../image.ts";

/** The eight bytes at the start of every PNG. */
const PNG_SIGNATURE: Uint8Array = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Deflate cannot compress further than this, so a shorter stream cannot contain the image its header announces. */
export const MAX_DEFLATE_RATIO = 1032;

/** Rows of so few bytes are no danger to memory; the decoder says more precisely what is wrong with them. */
const SMALL_BYTES = 2 ** 20;

/** One chunk; `data` is a view of the file. */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** The contents of the IHDR chunk. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits per sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** 0 greyscale, 2 RGB, 3 indexed, 4 greyscale with alpha, 6 RGB with alpha. */
  readonly colorType: number;
  readonly interlaced: boolean;
}

const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * The chunks up to IEND, their checksums verified.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the file ends too early, or a checksum is wrong
 */
export function readPngChunks(bytes: Uint8Array, name: string): PngChunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: PngChunk[] = [];
  for (let at = PNG_SIGNATURE.length; chunks.at(-1)?.type !== "IEND";) {
    if (at + 12 > bytes.length) throw cannotRead(name, "the PNG file is truncated");
    const end = at + 8 + view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw cannotRead(name, `the PNG file is damaged at byte ${at}`);
    if (end + 4 > bytes.length) throw cannotRead(name, `the PNG file is truncated in its ${type} chunk`);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw cannotRead(name, `the PNG file is damaged (wrong checksum in its ${type} chunk)`);
    }
    chunks.push({ type, data: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

/** The frames of an animated PNG; 1 for any other. */
export function countPngFrames(bytes: Uint8Array): number {
  const at = chunkBeforePixels(bytes, "acTL");
  return at === undefined
    ? 1
    : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at + 8);
}

/** Whether a PNG without an alpha channel has transparent colors. */
export function hasTransparentColor(bytes: Uint8Array): boolean {
  return chunkBeforePixels(bytes, "tRNS") !== undefined;
}

/** Where the chunk of a type begins, if it stands before the pixels; no checksums are verified. */
function chunkBeforePixels(bytes: Uint8Array, type: string): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PNG_SIGNATURE.length; at + 12 <= bytes.length;) {
    if (startsWith(bytes, "IDAT", at + 4)) return undefined;
    if (startsWith(bytes, type, at + 4)) return at;
    at += 12 + view.getUint32(at);
  }
  return undefined;
}

/** Samples of a pixel, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * Refuses what the header announces, before memory for it is taken, if it is too large or the file too short for it. A
 * file that does not begin with a valid header passes.
 *
 * @param bytes of a PNG
 * @throws {BneckError} if there are more than `maxPixels` pixels, or the file cannot contain them
 */
export function checkPngSize(bytes: Uint8Array, name: string, maxPixels: number): void {
  if (bytes.length < 29 || !startsWith(bytes, "IHDR", 12)) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, depth, colorType] = [view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]];
  if (!DEPTHS[colorType]?.includes(depth) || width === 0 || height === 0) return;
  checkPixels({ width, height }, name, maxPixels);
  const rowBytes = Math.ceil(width * depth * SAMPLES[colorType] / 8);
  if (height * (rowBytes + 1) <= Math.max(SMALL_BYTES, bytes.length * MAX_DEFLATE_RATIO)) return;
  readPngChunks(bytes, name); // Says what is wrong, if it is more than that.
  throw cannotRead(name, "most of the PNG file's data is missing");
}

/**
 * The header, which must be the first chunk.
 *
 * @param name names the file in errors
 * @throws {BneckError} if it is missing or invalid
 */
export function readPngHeader(chunks: readonly PngChunk[], name: string): PngHeader {
  const { type, data } = chunks[0];
  if (type !== "IHDR" || data.length !== 13) {
    throw cannotRead(name, "the PNG file does not start with a header");
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [depth, colorType, compression, filter, interlace] = data.subarray(8);
  if (!DEPTHS[colorType]?.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) {
    throw cannotRead(name, "the PNG header is invalid");
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colorType,
    interlaced: interlace === 1,
  };
}

/** The IHDR chunk of an image that is not interlaced. */
export function pngHeaderChunk({ width, height, depth, colorType }: Omit<PngHeader, "interlaced">): PngChunk {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([depth, colorType], 8);
  return { type: "IHDR", data };
}

/** A complete PNG file of the given chunks and a final IEND. */
export function writePng(chunks: readonly PngChunk[]): Uint8Array {
  const all = [...chunks, { type: "IEND", data: new Uint8Array(0) }];
  const file = new Uint8Array(
    all.reduce((length, { data }) => length + data.length + 12, PNG_SIGNATURE.length),
  );
  const view = new DataView(file.buffer);
  file.set(PNG_SIGNATURE);
  let at = PNG_SIGNATURE.length;
  for (const { type, data } of all) {
    const end = at + 8 + data.length;
    view.setUint32(at, data.length);
    for (let i = 0; i < 4; i++) file[at + 4 + i] = type.charCodeAt(i);
    file.set(data, at + 8);
    view.setUint32(end, crc32(file.subarray(at + 4, end)));
    at = end + 4;
  }
  return file;
}
