/**
 * Windows bitmaps. sharp's prebuilt library has no BMP loader, and npm `fast-bmp` returns palette indices as grey
 * values, rejects ordinary 32-bit files and cannot read rows stored from top to bottom.
 */
import { checkRunsCanFill, decodeRuns } from "./bmp_runs.ts";
import { cannotRead, checkPixels } from "../image.ts";
import type { Pixels } from "../pixels.ts";

interface Header {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  /** The bits of red, green, blue and alpha in a pixel of 16 or 32 bits; 0 for a missing channel. */
  readonly masks: readonly [number, number, number, number];
  /** `[entries, 4]`: blue, green, red and an unused byte. */
  readonly palette: Uint8Array;
  /** Where the rows begin, and the bytes of each. */
  readonly offset: number;
  readonly stride: number;
  /** Whether the rows are run lengths (RLE4, RLE8), which have no stride. */
  readonly runs: boolean;
}

/**
 * Decodes a BMP: 1, 4 or 8 bits with a palette, run-length encoded or not, 16, 24 or 32 bits, with or without bit masks,
 * stored in either direction.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the file is damaged, truncated, of an unsupported kind or has more than `maxPixels` pixels
 */
export function decodeBmp(bytes: Uint8Array, name: string, maxPixels: number): Pixels {
  let header = readHeader(bytes, name, maxPixels);
  if (header.runs) {
    // Palette indices, as an image of 8 bits without padding.
    bytes = decodeRuns(bytes.subarray(header.offset), header, name);
    header = { ...header, bits: 8, offset: 0, stride: header.width };
  }
  const { width, height, bits, masks } = header;
  const channels = masks[3] ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = header.offset + (header.topDown ? y : height - 1 - y) * header.stride;
    const row = bytes.subarray(start, start + header.stride);
    const out = data.subarray(y * width * channels, (y + 1) * width * channels);
    if (bits <= 8) paletteRow(row, out, width, bits, header.palette);
    else if (bits === 24) blueGreenRedRow(row, out);
    else maskedRow(row, out, width, bits, masks, channels);
  }
  return { width, height, channels, data };
}

/** Compressions that are not read; at other depths than 8 and 4 bits also the first two. */
const OTHER_COMPRESSIONS: Readonly<Record<number, string>> = {
  1: "run-length encoding (RLE8)",
  2: "run-length encoding (RLE4)",
  3: "Huffman coding or bit masks",
  4: "JPEG data or RLE24",
  5: "PNG data",
};

function readHeader(bytes: Uint8Array, name: string, maxPixels: number): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (end: number) => {
    if (end > bytes.length) {
      throw cannotRead(name, `the BMP file is truncated (${bytes.length} of ${end} bytes)`);
    }
  };
  need(26);
  const length = view.getUint32(14, true);
  need(14 + length);
  const core = length === 12;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  checkPixels({ width, height }, name, maxPixels);
  const bits = view.getUint16(core ? 24 : 28, true);
  const compression = core ? 0 : view.getUint32(30, true);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) {
    throw cannotRead(name, `BMP with ${bits} bits per pixel is not supported`);
  }
  const masked = (compression === 3 || compression === 6) && bits !== 24 && bits >= 16;
  const runs = (compression === 1 && bits === 8) || (compression === 2 && bits === 4);
  if (compression !== 0 && !masked && !runs) {
    const kind = OTHER_COMPRESSIONS[compression] ?? `compression ${compression}`;
    const ofBits = compression <= 2 ? ` at ${bits} bits` : "";
    throw cannotRead(name, `a BMP with ${kind}${ofBits} is not supported; save it uncompressed or as PNG`);
  }

  let masks: [number, number, number, number] = bits === 16
    ? [0x7c00, 0x3e0, 0x1f, 0]
    : [0xff0000, 0xff00, 0xff, 0];
  // The masks follow a header of 40 bytes and are part of the longer ones, which have an alpha mask too.
  const maskEnd = length >= 56 || compression === 6 ? 70 : 66;
  if (masked) {
    need(maskEnd);
    masks = [54, 58, 62, 66].map((at) => at < maskEnd ? view.getUint32(at, true) : 0) as typeof masks;
    if (masks.some((mask) => !isRunOfBits(mask))) {
      throw cannotRead(name, "the BMP header has invalid bit masks");
    }
  }

  const offset = view.getUint32(10, true);
  const palette = new Uint8Array(bits <= 8 ? 4 << bits : 0);
  const entryBytes = core ? 3 : 4;
  // A palette may be shorter than the bits allow; it always ends before the rows.
  const entries = Math.min(palette.length / 4, Math.floor((offset - 14 - length) / entryBytes));
  for (let i = 0; i < entries; i++) {
    const start = 14 + length + i * entryBytes;
    palette.set(bytes.subarray(start, start + 3), i * 4);
  }
  const stride = Math.ceil(width * bits / 32) * 4;
  // The padding of the last row is sometimes left out.
  need(runs ? offset + 2 : offset + stride * (height - 1) + Math.ceil(width * bits / 8));
  if (runs) checkRunsCanFill(bytes.length - offset, { width, height }, name);
  return { width, height, topDown: signedHeight < 0, bits, masks, palette, offset, stride, runs };
}

function paletteRow(
  row: Uint8Array,
  out: Uint8Array,
  width: number,
  bits: number,
  palette: Uint8Array,
): void {
  const perByte = 8 / bits;
  const last = (1 << bits) - 1;
  for (let x = 0, at = 0; x < width; x++) {
    const shift = 8 - bits * (x % perByte + 1);
    const entry = ((row[Math.floor(x / perByte)] >> shift) & last) * 4;
    out[at++] = palette[entry + 2];
    out[at++] = palette[entry + 1];
    out[at++] = palette[entry];
  }
}

function blueGreenRedRow(row: Uint8Array, out: Uint8Array): void {
  for (let at = 0; at < out.length; at += 3) {
    out[at] = row[at + 2];
    out[at + 1] = row[at + 1];
    out[at + 2] = row[at];
  }
}

function maskedRow(
  row: Uint8Array,
  out: Uint8Array,
  width: number,
  bits: number,
  masks: Header["masks"],
  channels: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    const mask = masks[channel];
    const shift = mask ? 31 - Math.clz32(mask & -mask) : 0;
    const largest = mask >>> shift || 1;
    for (let x = 0, at = channel; x < width; x++, at += channels) {
      const pixel = bits === 16
        ? row[2 * x] | row[2 * x + 1] << 8
        : row[4 * x] | row[4 * x + 1] << 8 | row[4 * x + 2] << 16 | row[4 * x + 3] << 24;
      out[at] = Math.floor(((pixel & mask) >>> shift) * 255 / largest);
    }
  }
}

/** Whether the set bits, if any, are adjacent. */
function isRunOfBits(mask: number): boolean {
  const shifted = mask === 0 ? 0 : mask >>> (31 - Math.clz32(mask & -mask));
  return (shifted & (shifted + 1)) === 0;
}
