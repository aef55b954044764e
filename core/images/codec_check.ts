/**
 * Which image formats can be read and written on this machine.
 *
 * @module
 */
import { decodeImage } from "./decode.ts";
import { loadSharp } from "./load_sharp.ts";

/** The state of one image format. */
export interface CodecFinding {
  readonly format: string;
  /** What decodes it: an npm package, or bneck itself. */
  readonly by: string;
  readonly ok: boolean;
  readonly error?: string;
}

const SIDE = 16;
const RED = [200, 40, 40] as const;
/** JPEG, WebP and AVIF change colours a little. */
const TOLERANCE = 8;

const CODECS = [
  { format: "JPEG", by: "sharp", encode: encodeWithSharp("jpeg") },
  { format: "PNG", by: "sharp", encode: encodeWithSharp("png") },
  { format: "WebP", by: "sharp", encode: encodeWithSharp("webp") },
  { format: "AVIF", by: "sharp", encode: encodeWithSharp("avif") },
  { format: "GIF", by: "sharp", encode: encodeWithSharp("gif") },
  { format: "TIFF", by: "sharp", encode: encodeWithSharp("tiff") },
  { format: "BMP", by: "bneck", encode: encodeBmp },
] as const;

/** Encodes a small red image in every format and reads it back. */
export function checkCodecs(): Promise<CodecFinding[]> {
  return Promise.all(CODECS.map(async ({ format, by, encode }) => {
    try {
      const { width, height, data } = await decodeImage(await encode(), `the test ${format}`);
      const red = data.every((value, index) => Math.abs(value - RED[index % 3]) <= TOLERANCE);
      if (width === SIDE && height === SIDE && red) return { format, by, ok: true };
      return { format, by, ok: false, error: "the test image was decoded incorrectly" };
    } catch (error) {
      return { format, by, ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }));
}

function encodeWithSharp(
  format: "jpeg" | "png" | "webp" | "avif" | "gif" | "tiff",
): () => Promise<Uint8Array> {
  return async () => {
    const sharp = await loadSharp();
    const [r, g, b] = RED;
    return sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: { r, g, b } } }).toFormat(
      format,
    )
      .toBuffer();
  };
}

/** 24 bits; the order of rows does not matter for a plain red. */
function encodeBmp(): Uint8Array {
  const header = 54;
  const bytes = new Uint8Array(header + SIDE * SIDE * 3);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, header, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, SIDE, true);
  view.setInt32(22, SIDE, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let at = header; at < bytes.length; at += 3) bytes.set(RED.toReversed(), at);
  return bytes;
}
