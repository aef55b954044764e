/** What is wrong with an image that could not be decoded, in one line. */
import { BneckError } from "../../errors.ts";
import type { ImageFormat } from "./file_format.ts";
import { cannotRead } from "../image.ts";
import { boxesAreCutOff } from "./iso_boxes.ts";
import { endsEarly, jpegFrame } from "./jpeg_header.ts";
import { readPngChunks } from "./png_chunks.ts";

/**
 * The error for an image of `format` that sharp rejected with `cause`. libvips reports several lines, repeats them, and
 * says nothing useful about most PNGs; where the file's own structure tells more, that is used.
 *
 * @param truncated whether the file was to be read as far as it goes
 */
export function explainDamage(
  bytes: Uint8Array,
  name: string,
  format: ImageFormat,
  cause: unknown,
  truncated: boolean,
): BneckError {
  if (cause instanceof BneckError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/out of memory/i.test(message)) {
    return cannotRead(name, "there is not enough memory to decode it", cause);
  }
  const known = format === "PNG" ? pngDamage(bytes, name) : undefined;
  if (known) return known;
  if (CUT_OFF.test(message) || isCutOff(bytes, format)) {
    // Without a frame header there is nothing to decode.
    const readable = format === "JPEG" && !truncated && jpegFrame(bytes) !== undefined;
    const hint = readable ? { option: "truncated", advice: "read it as far as it goes" } : undefined;
    return cannotRead(name, `the ${format} file is truncated`, cause, hint);
  }
  const detail = message.split("\n").map(withoutPrefixes).filter((line) => line && !EMPTY_PHRASES.test(line))
    .at(-1);
  return cannotRead(name, `the ${format} file is damaged${detail ? ` (${detail})` : ""}`, cause);
}

const CUT_OFF =
  /premature end of JPEG image|Unexpected end of GIF|Not enough data at|Read error at scanline|Unexpected end of file|Cannot read full meta box/i;
const EMPTY_PHRASES =
  /^(unknown error|libpng read error|bad seek to \d+|\(\d+\.\d+\)|unsupported image format|.*contains unsupported image format)$/i;

function withoutPrefixes(line: string): string {
  return line.trim().replace(/^(Input buffer has corrupt header:\s*)?([A-Za-z0-9_]+:\s+)?/, "").trim();
}

function pngDamage(bytes: Uint8Array, name: string): BneckError | undefined {
  try {
    readPngChunks(bytes, name);
  } catch (error) {
    if (error instanceof BneckError) return error;
    throw error;
  }
  return undefined;
}

/** Whether the file's header announces more bytes than there are. */
function isCutOff(bytes: Uint8Array, format: ImageFormat): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === "WebP") return bytes.length < 12 || view.getUint32(4, true) + 8 > bytes.length;
  if (format === "JPEG") return endsEarly(bytes);
  if (format === "TIFF") {
    const littleEndian = bytes[0] === 0x49;
    return bytes.length < 8 || view.getUint32(4, littleEndian) + 2 > bytes.length;
  }
  return format === "AVIF" && boxesAreCutOff(bytes);
}
