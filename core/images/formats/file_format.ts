/** The format of an image by its first bytes, whatever its name. */
import { startsWith } from "../../bytes.ts";
import { brandsOf, isAvif } from "./iso_boxes.ts";

/** The formats that can be read. */
export type ImageFormat = "JPEG" | "PNG" | "WebP" | "AVIF" | "GIF" | "TIFF" | "BMP";

/** The formats that can be read, as a phrase for messages. */
export const READABLE_FORMATS = "JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP";

/** The format of a file that can be read, or `undefined` for everything else. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  // A JPEG truncated after its first marker has two bytes left: enough to name its format.
  if (startsWith(bytes, bytes.length < 3 ? [0xff, 0xd8] : [0xff, 0xd8, 0xff])) return "JPEG";
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "PNG";
  if (textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === "WEBP") return "WebP";
  if (["GIF87a", "GIF89a"].includes(textAt(bytes, 0, 6))) return "GIF";
  // 42 is TIFF, 43 BigTIFF. Canon's RAW files begin as TIFFs do.
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(textAt(bytes, 0, 4))) {
    return startsWith(bytes, "CR\x02\0", 8) ? undefined : "TIFF";
  }
  // "BM" alone could begin any text; the length of the second header decides.
  if (textAt(bytes, 0, 2) === "BM" && BMP_HEADER_LENGTHS.includes(textAt(bytes, 14, 4))) return "BMP";
  if (isAvif(brandsOf(bytes))) return "AVIF";
  return undefined;
}

/** The name of a well-known image, video or document format that is not supported, for a helpful message. */
export function unsupportedFormat(bytes: Uint8Array): string | undefined {
  const [brand] = brandsOf(bytes);
  if (brand !== undefined) {
    if (HEIF_BRANDS.includes(brand)) return "HEIC";
    if (brand === "crx ") return "Canon RAW";
    return brand === "jp2 " ? "JPEG 2000" : brand === "qt  " ? "QuickTime video" : "MP4 video";
  }
  for (const [format, offset, start] of OTHER_FORMATS) {
    if (startsWith(bytes, start, offset)) return format;
  }
  const netpbm = /^P([1-7fF])[\s#]/.exec(textAt(bytes, 0, 3));
  if (netpbm) return NETPBM[netpbm[1]];
  if (/^(\ufeff|\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype svg|svg)/i.test(textAt(bytes, 0, 256))) {
    if (/<svg[\s>]/i.test(textAt(bytes, 0, 4096))) return "SVG";
  }
  return looksLikeTga(bytes) ? "TGA" : undefined;
}

const BMP_HEADER_LENGTHS = [12, 40, 52, 56, 64, 108, 124].map((length) =>
  String.fromCharCode(length, 0, 0, 0)
);

const HEIF_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"];

/** Format, place, and what stands there, as Latin-1. */
const OTHER_FORMATS: readonly (readonly [format: string, offset: number, start: string])[] = [
  ["PDF", 0, "%PDF"],
  ["JPEG XL", 0, "\xff\x0a"],
  ["JPEG XL", 0, "\0\0\0\x0cJXL "],
  ["JPEG 2000", 0, "\0\0\0\x0cjP  "],
  ["JPEG 2000", 0, "\xff\x4f\xff\x51"],
  ["JPEG XR", 0, "II\xbc\x01"],
  ["Photoshop", 0, "8BPS"],
  ["GIMP", 0, "gimp xcf"],
  ["OpenEXR", 0, "\x76\x2f\x31\x01"],
  ["Radiance HDR", 0, "#?RADIANCE"],
  ["DDS", 0, "DDS "],
  ["QOI", 0, "qoif"],
  ["ICO", 0, "\0\0\x01\0"],
  ["ICNS", 0, "icns"],
  ["DICOM", 128, "DICM"],
  ["FITS", 0, "SIMPLE  ="],
  ["NumPy", 0, "\x93NUMPY"],
  ["Canon RAW", 8, "CR\x02\0"],
  ["Canon RAW", 6, "HEAPCCDR"],
  ["Fujifilm RAW", 0, "FUJIFILMCCD-RAW"],
  ["Olympus RAW", 0, "IIRO"],
  ["Olympus RAW", 0, "IIRS"],
  ["Olympus RAW", 0, "MMOR"],
  ["Panasonic RAW", 0, "IIU\0"],
  ["Sigma RAW", 0, "FOVb"],
  ["Minolta RAW", 0, "\0MRM"],
  ["AVI video", 8, "AVI "],
  ["Matroska or WebM video", 0, "\x1a\x45\xdf\xa3"],
  ["MPEG video", 0, "\0\0\x01\xba"],
  ["MPEG video", 0, "\0\0\x01\xb3"],
  ["Windows Media video", 0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"],
  ["Flash video", 0, "FLV\x01"],
  ["gzip", 0, "\x1f\x8b"],
  ["zip", 0, "PK\x03\x04"],
];

/** The Netpbm formats by the digit after the "P". */
const NETPBM: Readonly<Record<string, string>> = {
  1: "PBM",
  2: "PGM",
  3: "PPM",
  4: "PBM",
  5: "PGM",
  6: "PPM",
  7: "PAM",
  f: "PFM",
  F: "PFM",
};

/** Whether the file is plausible as a TGA, which has no signature at its start. */
function looksLikeTga(bytes: Uint8Array): boolean {
  if (bytes.length < 18) return false;
  if (textAt(bytes, bytes.length - 18, 16) === "TRUEVISION-XFILE") return true;
  const [idLength, hasMap, type] = bytes;
  const mapEntryBits = bytes[7], bits = bytes[16], descriptor = bytes[17];
  const [width, height] = [bytes[12] | bytes[13] << 8, bytes[14] | bytes[15] << 8];
  const isMapped = type === 1 || type === 9;
  return hasMap === (isMapped ? 1 : 0) && [1, 2, 3, 9, 10, 11].includes(type) && width > 0 && height > 0 &&
    (isMapped ? [15, 16, 24, 32].includes(mapEntryBits) && bits === 8 : [8, 15, 16, 24, 32].includes(bits)) &&
    (descriptor & 0xc0) === 0 && 18 + idLength < bytes.length;
}

/** Up to `length` bytes from `offset` as Latin-1, fewer where the file ends. */
function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
