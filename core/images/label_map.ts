/**
 * Label maps in every format that keeps ids exactly: PNG, TIFF, BMP and lossless WebP, as ids, as three equal channels,
 * or coded by the colours of classes.
 *
 * @module
 */
import { decodeBmp } from "./formats/bmp.ts";
import { type ImageFormat, imageFormat, unsupportedFormat } from "./formats/file_format.ts";
import { cannotRead, type DecodeOptions, DEFAULT_MAX_PIXELS, type LabelMap, readImageFile } from "./image.ts";
import { idsOfColors, type LabelColors, type Samples } from "./label_colors.ts";
import { decodeLabelMap } from "./label_png.ts";
import { refuseNegative, sharpSamples } from "./label_samples.ts";
import { readTiffHeader, Tag } from "./formats/tiff_header.ts";
import { LOSSY_COMPRESSIONS, PALETTE, tiffLayout } from "./formats/tiff_layout.ts";

/** How label maps are read. */
export interface LabelMapOptions extends DecodeOptions {
  /** What colours mean; without it colour images are refused, unless their channels are equal. */
  readonly colors?: LabelColors;
  /** Whether a PNG must hold ids, and one with three channels is refused even if they are equal. @default {false} */
  readonly idsOnly?: boolean;
}

const FORMATS = "a PNG, TIFF, BMP or lossless WebP";

/**
 * Reads a label map; `path` names it in errors.
 *
 * @throws {BneckError} if the file cannot be read, is in a format that does not keep ids exactly, is damaged, has more
 * than `maxPixels` pixels, is transparent, or has colours that belong to no class (named with their pixels)
 */
export async function readLabelMap(path: string, options: LabelMapOptions = {}): Promise<LabelMap> {
  const bytes = await readImageFile(path);
  const format = imageFormat(bytes);
  if (format === "PNG") {
    // The colour type, see png_chunks.ts: greyscale or indexed.
    const oneChannel = bytes[COLOR_TYPE] === 0 || bytes[COLOR_TYPE] === 3;
    if (oneChannel || options.idsOnly || bytes.length <= COLOR_TYPE) {
      return decodeLabelMap(bytes, path, options);
    }
  }
  const samples = await readSamples(bytes, path, format, options.maxPixels ?? DEFAULT_MAX_PIXELS);
  return idsOfColors(samples, path, options.colors);
}

/** The place of the colour type in a PNG file. */
const COLOR_TYPE = 25;

async function readSamples(
  bytes: Uint8Array,
  name: string,
  format: ImageFormat | undefined,
  maxPixels: number,
): Promise<Samples> {
  if (format === "BMP") return bmpSamples(bytes, name, maxPixels);
  if (format === "JPEG") throw lossy(name, "JPEG");
  if (format === undefined || format === "GIF") {
    const kind = format ?? unsupportedFormat(bytes) ?? "a file of another kind";
    throw cannotRead(name, `a label map must be ${FORMATS}, not ${kind}`);
  }
  if (format === "WebP" && !isLosslessWebp(bytes)) throw lossy(name, "lossy WebP");
  if (format !== "TIFF") return { ...await sharpSamples(bytes, name, maxPixels), paletted: false };
  return await tiffSamples(bytes, name, maxPixels);
}

/** Of one page, whose samples may be of any type that holds ids. */
async function tiffSamples(bytes: Uint8Array, name: string, maxPixels: number): Promise<Samples> {
  const header = readTiffHeader(bytes);
  if (header === undefined) throw cannotRead(name, "the TIFF file is damaged");
  const { entries, pages } = header;
  const [compression = 1] = entries.get(Tag.compression) ?? [];
  if (LOSSY_COMPRESSIONS.includes(compression)) throw lossy(name, "a TIFF with lossy compression");
  const layout = tiffLayout(header, true);
  if ("kind" in layout) throw cannotRead(name, `${layout.kind} is not supported; save label maps as PNG`);
  if (pages > 1) {
    throw cannotRead(name, `it has ${pages} pages, and a label map is one image; save each page as a file`);
  }
  const [bits] = entries.get(Tag.bitsPerSample) ?? [1];
  // The decoder makes 0 of negative numbers of 16 bits; as unsigned ones they are too large for ids.
  const decoded = bits === 16 ? withBytes(bytes, header.signed, UNSIGNED) : bytes;
  const samples = await sharpSamples(decoded, name, maxPixels, bits);
  if (decoded !== bytes) refuseNegative(samples.data, name);
  return { ...samples, paletted: entries.get(Tag.photometric)?.[0] === PALETTE };
}

/** The value of SampleFormat for unsigned integers. */
const UNSIGNED = 1;

/** A copy with `value` at these places; the bytes themselves where there are none. */
function withBytes(bytes: Uint8Array, places: readonly number[], value: number): Uint8Array {
  if (places.length === 0) return bytes;
  const copy = bytes.slice();
  for (const place of places) copy[place] = value;
  return copy;
}

function lossy(name: string, kind: string): Error {
  return cannotRead(
    name,
    `${kind} cannot hold labels, since its compression changes the values of pixels; save label maps as PNG`,
  );
}

/** Of an indexed BMP the indices, as of an indexed PNG. */
function bmpSamples(bytes: Uint8Array, name: string, maxPixels: number): Samples {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= 30 ? view.getUint32(14, true) : 0;
  const bits = headerLength === 0 ? 0 : view.getUint16(headerLength === 12 ? 24 : 28, true);
  if (bits !== 1 && bits !== 4 && bits !== 8) {
    return { ...decodeBmp(bytes, name, maxPixels), paletted: false };
  }
  const indexed = bytes.slice();
  const entryBytes = headerLength === 12 ? 3 : 4;
  const end = Math.min(view.getUint32(10, true), bytes.length);
  // With a grey ramp as palette, colours are indices.
  for (let at = 14 + headerLength, id = 0; id < 2 ** bits && at + 3 <= end; at += entryBytes, id++) {
    indexed.fill(id, at, at + 3);
  }
  const { width, height, channels, data } = decodeBmp(indexed, name, maxPixels);
  const ids = new Uint8Array(width * height);
  for (let i = 0; i < ids.length; i++) ids[i] = data[i * channels];
  return { width, height, channels: 1, data: ids, paletted: false };
}

/** Whether the image itself is lossless: a VP8L chunk, behind the extended header or at once. */
function isLosslessWebp(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length;) {
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    if (type === "VP8L") return true;
    if (type === "VP8 " || type === "ANMF") return false;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + length % 2;
  }
  return false;
}
