/** The format of an image by its first bytes, whatever its name. */
import { startsWith } from "../bytes.ts";

/** The formats that can be read. */
export type ImageFormat = "JPEG" | "PNG" | "WebP" | "GIF" | "TIFF" | "BMP";

/** The formats that can be read, as a phrase for messages. */
export const READABLE_FORMATS = "JPEG, PNG, WebP, GIF, TIFF or BMP";

/** The format of a file that can be read, or `undefined` for everything else. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  // A JPEG truncated after its first marker has two bytes left: enough to name its format.
  if (startsWith(bytes, bytes.length < 3 ? [0xff, 0xd8] : [0xff, 0xd8, 0xff])) return "JPEG";
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "PNG";
  if (textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === "WEBP") return "WebP";
  if (["GIF87a", "GIF89a"].includes(textAt(bytes, 0, 6))) return "GIF";
  // 42 is TIFF, 43 BigTIFF.
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(textAt(bytes, 0, 4))) return "TIFF";
  // "BM" alone could begin any text; the length of the second header decides.
  if (textAt(bytes, 0, 2) === "BM" && BMP_HEADER_LENGTHS.includes(textAt(bytes, 14, 4))) return "BMP";
  return undefined;
}

/** The name of a well-known image or document format that is not supported, for a helpful message. */
export function unsupportedFormat(bytes: Uint8Array): string | undefined {
  if (textAt(bytes, 4, 4) === "ftyp") {
    const brand = textAt(bytes, 8, 4);
    if (brand === "avif" || brand === "avis") return "AVIF";
    if (["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].includes(brand)) return "HEIF";
  }
  for (const [format, start] of OTHER_FORMATS) if (startsWith(bytes, start)) return format;
  if (/^(\ufeff|\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype svg|svg)/i.test(textAt(bytes, 0, 256))) {
    if (/<svg[\s>]/i.test(textAt(bytes, 0, 4096))) return "SVG";
  }
  return undefined;
}

const BMP_HEADER_LENGTHS = [12, 40, 52, 56, 64, 108, 124].map((length) =>
  String.fromCharCode(length, 0, 0, 0)
);

const OTHER_FORMATS: readonly (readonly [string, readonly number[]])[] = [
  ["PDF", [0x25, 0x50, 0x44, 0x46]],
  ["JPEG XL", [0xff, 0x0a]],
  ["JPEG XL", [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]],
  ["JPEG 2000", [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]],
  ["JPEG 2000", [0xff, 0x4f, 0xff, 0x51]],
  ["Photoshop", [0x38, 0x42, 0x50, 0x53]],
  ["OpenEXR", [0x76, 0x2f, 0x31, 0x01]],
  ["gzip", [0x1f, 0x8b]],
];

/** Up to `length` bytes from `offset` as Latin-1, fewer where the file ends. */
function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
