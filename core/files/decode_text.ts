/** Bytes of a text that a sign of UTF-16 is looked for in. */
const SAMPLE_BYTES = 4096;

/**
 * The text of a user's file, without a byte order mark. UTF-8 is expected; UTF-16, which Windows' tools write, is
 * recognised by its byte order mark, or without one by the zeros that every second byte of mostly Latin text is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeText } from "./decode_text.ts";
 * const utf16 = new Uint8Array(new Uint16Array([0xfeff, ..."a.jpg"].map((c) => typeof c === "string" ? c.charCodeAt(0) : c)).buffer);
 * assert.equal(decodeText(utf16), "a.jpg");
 * ```
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes.length % 2 === 1) return "utf-8";
  const sample = Math.min(bytes.length, SAMPLE_BYTES) & ~1;
  const zeros = [0, 0];
  let separates = false;
  for (let i = 0; i < sample; i++) {
    if (bytes[i] === 0) zeros[i & 1]++;
    // Names of one character that NUL separates look the same, but for what only longer names have.
    else separates ||= bytes[i] === 0x0a || bytes[i] === 0x2e || bytes[i] === 0x2f;
  }
  const [even, odd] = zeros.map((count) => count / (sample / 2));
  if (!separates || Math.max(even, odd) < 0.5 || Math.min(even, odd) > 0.05) return "utf-8";
  return odd > even ? "utf-16le" : "utf-16be";
}
