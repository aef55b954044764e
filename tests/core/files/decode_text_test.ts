import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText } from "../../../core/files/decode_text.ts";

/** `text` in UTF-16, its low bytes first unless `bigEndian`. */
function utf16(text: string, bigEndian = false): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !bigEndian);
  return bytes;
}

const LIST = "photos/été.jpg\r\nphotos/b.png\r\n";

Deno.test("UTF-8 and UTF-16 are decoded with and without a byte order mark, which is dropped", () => {
  for (const text of [LIST, `\ufeff${LIST}`]) {
    assert.equal(decodeText(new TextEncoder().encode(text)), LIST);
    assert.equal(decodeText(utf16(text)), LIST);
    assert.equal(decodeText(utf16(text, true)), LIST);
  }
});

Deno.test("names that NUL separates stay UTF-8", () => {
  for (const names of ["a.jpg\0b.jpg\0", "a\0b\0c\0d\0", "x/a.jpg\0", ""]) {
    assert.equal(decodeText(new TextEncoder().encode(names)), names);
  }
});

Deno.test("any text of UTF-8 without NUL is decoded as it stands", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    fc.pre(!text.includes("\0") && !text.startsWith("\ufeff"));
    assert.equal(decodeText(new TextEncoder().encode(text)), text);
  }));
});
