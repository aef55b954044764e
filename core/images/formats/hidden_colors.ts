/**
 * Colours under an alpha of zero that a decoder does not give: files whose alpha is zero everywhere, changed so that it
 * does. Copies throughout.
 */
import { startsWith } from "../../bytes.ts";
import type { Pixels } from "../pixels.ts";
import { readTiffHeader } from "./tiff_header.ts";

/** Whether there is an alpha channel, and it is zero everywhere. */
export function isTransparent({ channels, data }: Pixels): boolean {
  if (channels !== 4) return false;
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) return false;
  return true;
}

/**
 * The TIFF with its alpha declared as unassociated, or `undefined` if it is that already: colours that are multiplied with
 * their alpha are divided by it, and by zero to black.
 */
export function withUnassociatedAlpha(bytes: Uint8Array): Uint8Array | undefined {
  const places = readTiffHeader(bytes)?.associatedAlpha ?? [];
  if (places.length === 0) return undefined;
  const copy = bytes.slice();
  for (const place of places) copy[place] = 2;
  return copy;
}

/** The GIF without a transparent colour in its first frame, or `undefined` if it has none. */
export function withoutTransparentColor(bytes: Uint8Array): Uint8Array | undefined {
  const colorTable = (packed: number) => packed & 0x80 ? 3 << (packed & 7) + 1 : 0;
  for (let at = 13 + colorTable(bytes[10]); at + 8 <= bytes.length && bytes[at] === 0x21;) {
    // A graphic control extension: its length, flags of which the lowest is transparency, a delay, the entry.
    if (startsWith(bytes, [0xf9, 4], at + 1) && bytes[at + 3] & 1) {
      const copy = bytes.slice();
      copy[at + 3] &= 0xfe;
      return copy;
    }
    at += 2;
    while (bytes[at] > 0) at += 1 + bytes[at];
    at++;
  }
  return undefined;
}
