/** Damaging picture files: small pictures in every form that the formats have, and what can befall them. */
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { testImage } from "../support/test_image.ts";
import { claimSize, type Size } from "./claimed_size.ts";

/** A whole file. */
export interface PictureFile {
  readonly extension: string;
  readonly bytes: Uint8Array;
}

/** What can befall a file. */
export const DAMAGES = ["cut", "flipped", "numbers", "spliced", "huge"] as const;

/** One of them. */
export type Damage = typeof DAMAGES[number];

/** Small files of all formats that are read, some forms of each. */
export async function healthyFiles(): Promise<PictureFile[]> {
  const { width, height, data } = testImage(120, 90);
  const picture = () => sharp(data, { raw: { width, height, channels: 3 } });
  const files: [extension: string, file: ReturnType<typeof sharp>][] = [
    ["jpg", picture().jpeg()],
    ["png", picture().png()],
    ["webp", picture().webp()],
    ["tiff", picture().tiff({ compression: "lzw" })],
    ["jpg", picture().jpeg({ progressive: true }).withExif({ IFD0: { Orientation: "6" } })],
    ["png", picture().png({ palette: true })],
    ["webp", picture().webp({ lossless: true })],
    ["tiff", picture().tiff({ compression: "deflate", predictor: "horizontal" })],
    ["jpg", picture().toColourspace("cmyk").jpeg()],
    ["png", picture().ensureAlpha(0.5).png({ progressive: true })],
    ["webp", picture().ensureAlpha(0.5).webp()],
    ["tiff", picture().tiff({ compression: "jpeg", tile: true, tileWidth: 64, tileHeight: 64 })],
    ["gif", picture().gif()],
    ["gif", picture().gif({ progressive: true, colours: 4 })],
    ["gif", picture().ensureAlpha(0.5).gif({ dither: 0 })],
    ["avif", picture().avif({ effort: 0 })],
    ["avif", picture().avif({ effort: 0, bitdepth: 10, chromaSubsampling: "4:4:4" })],
    ["avif", picture().ensureAlpha(0.5).avif({ effort: 0 })],
  ];
  const written = await Promise.all(
    files.map(async ([extension, file]) => ({ extension, bytes: new Uint8Array(await file.toBuffer()) })),
  );
  const bitmaps = [8, 24, 32].map((bits) => ({ extension: "bmp", bytes: bitmap(width, height, bits, data) }));
  const runs = ([4, 8] as const).map((bits) => ({
    extension: "bmp",
    bytes: runBitmap(width, height, bits, data),
  }));
  return [...written, ...bitmaps, ...runs];
}

/** A BMP whose rows are as many of the bytes of `data` as they need; one of 8 bits has a palette of greys. */
function bitmap(width: number, height: number, bits: number, data: Uint8Array): Uint8Array {
  const paletteBytes = bits === 8 ? 4 * 256 : 0;
  const rowBytes = Math.ceil(width * bits / 32) * 4;
  const bytes = new Uint8Array(54 + paletteBytes + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54 + paletteBytes, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  for (let at = 54; at < 54 + paletteBytes; at++) bytes[at] = (at - 54) >> 2;
  for (let at = 54 + paletteBytes; at < bytes.length; at++) bytes[at] = data[at % data.length];
  return bytes;
}

/** A run-length encoded BMP: each row has a run, a jump and literal pixels, whose bytes are those of `data`. */
function runBitmap(width: number, height: number, bits: 4 | 8, data: Uint8Array): Uint8Array {
  const literal = width - 20;
  const rows = Array.from({ length: height }, (_, y) => {
    const stored = Array.from(data.subarray(y * width, y * width + Math.ceil(literal * bits / 8)));
    return [10, data[y], 0, 2, 10, 0, 0, literal, ...stored, ...(stored.length % 2 ? [0] : []), 0, 0];
  });
  const bytes = new Uint8Array([...bitmap(1, 0, 8, data), ...rows.flat(), 0, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint32(2, bytes.length, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, bits === 8 ? 1 : 2, true);
  return bytes;
}

/**
 * A copy of `files[index]` with a damage of the given kind and, by chance, more.
 *
 * @param files Those that segments may come from.
 */
export function damaged(
  files: readonly PictureFile[],
  index: number,
  damage: Damage,
  random: () => number,
): Uint8Array {
  const { bytes: original } = files[index];
  const others = files.map(({ bytes }) => bytes);
  let bytes = APPLY[damage](original, random, others);
  while (random() < 0.3) bytes = APPLY[oneOf(FURTHER_DAMAGES, random)](bytes, random, others);
  return original[0] === PNG_FIRST_BYTE && random() < 0.8 ? withMendedChecksums(bytes) : bytes;
}

type Apply = (bytes: Uint8Array, random: () => number, others: readonly Uint8Array[]) => Uint8Array;

const APPLY: Readonly<Record<Damage, Apply>> = {
  /** Ends too soon. */
  cut: (bytes, random) => bytes.slice(0, placeIn(bytes, random)),

  /** One to four bits are others. */
  flipped(bytes, random) {
    const copy = bytes.slice();
    if (copy.length === 0) return copy;
    for (let left = 1 + below(4, random); left > 0; left--) {
      copy[placeIn(copy, random)] ^= 1 << below(8, random);
    }
    return copy;
  },

  /** A number of one, two or four bytes has a value that breaks lengths and sizes. */
  numbers(bytes, random) {
    const copy = new Uint8Array(bytes);
    const view = new DataView(copy.buffer);
    const width = oneOf([1, 2, 4], random);
    if (copy.length < width) return copy;
    const at = Math.min(placeIn(copy, random), copy.length - width);
    const value = oneOf(NASTY_NUMBERS, random);
    const littleEndian = random() < 0.5;
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value, littleEndian);
    else view.setUint32(at, value, littleEndian);
    return copy;
  },

  /** A segment is left out, stands twice, or comes from another file, of whatever format. */
  spliced(bytes, random, others) {
    const at = placeIn(bytes, random);
    const end = at + below(random() < 0.5 ? 64 : bytes.length, random);
    const other = oneOf(others, random);
    const from = placeIn(other, random);
    const parts = oneOf([
      [bytes.subarray(0, at), bytes.subarray(end)],
      [bytes.subarray(0, end), bytes.subarray(at)],
      [bytes.subarray(0, at), other.subarray(from, from + end - at), bytes.subarray(end)],
      [bytes.subarray(0, at), other.subarray(from)],
    ], random);
    return Uint8Array.of(...parts.flatMap((part) => [...part]));
  },

  /** The header claims a size that is not the picture's. */
  huge: (bytes, random) => claimSize(bytes, oneOf(HUGE, random)),
};

/** A size is claimed only in a whole file. */
const FURTHER_DAMAGES = DAMAGES.filter((damage) => damage !== "huge");

const NASTY_NUMBERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];

/** The last two are within the limit of pixels. */
const HUGE: readonly Size[] = [
  { width: 65_535, height: 65_535 },
  { width: 65_500, height: 65_500 },
  { width: 16_383, height: 16_383 },
  { width: 65_535, height: 90 },
  { width: 4000, height: 4000 },
];

function below(bound: number, random: () => number): number {
  return Math.floor(random() * bound);
}

function oneOf<T>(values: readonly T[], random: () => number): T {
  return values[below(values.length, random)];
}

/** Half of the places are in the header. */
function placeIn(bytes: Uint8Array, random: () => number): number {
  return below(random() < 0.5 ? Math.min(200, bytes.length) : bytes.length, random);
}

const PNG_FIRST_BYTE = 0x89;

/** The PNG with a right checksum for each chunk, without which nothing behind the checksums would be tried. */
function withMendedChecksums(bytes: Uint8Array): Uint8Array {
  const png = new Uint8Array(bytes);
  const view = new DataView(png.buffer);
  for (let at = 8; at + 12 <= png.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) break;
    view.setUint32(end, crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
  return png;
}
