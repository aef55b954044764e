import assert from "node:assert/strict";
import { imageFormat, unsupportedFormat } from "../../../core/images/file_format.ts";

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

Deno.test("formats are told by their first bytes", () => {
  const starts: [string, string | undefined][] = [
    ["\xff\xd8\xff\xe0\0\x10JFIF", "JPEG"],
    ["\xff\xd8", "JPEG"],
    ["\xff\xd8\0\0", undefined],
    ["\x89PNG\r\n\x1a\n", "PNG"],
    ["\x89PNG\n\x1a\n\n", undefined],
    ["RIFF\x10\0\0\0WEBPVP8 ", "WebP"],
    ["RIFF\x10\0\0\0WAVEfmt ", undefined],
    ["GIF87a", "GIF"],
    ["GIF89a", "GIF"],
    ["GIF88a", undefined],
    ["II*\0", "TIFF"],
    ["MM\0*", "TIFF"],
    ["II+\0", "TIFF"],
    ["MM*\0", undefined],
    ["BM0123456789ab\x28\0\0\0", "BMP"],
    ["BMW and other cars", undefined],
    ["", undefined],
  ];
  for (const [start, format] of starts) {
    assert.equal(imageFormat(latin(start)), format, JSON.stringify(start));
  }
});

Deno.test("formats that are not read are known by name", () => {
  const starts: [string, string | undefined][] = [
    ["\0\0\0\x1cftypavif", "AVIF"],
    ["\0\0\0\x1cftypheic", "HEIF"],
    ["\0\0\0\x1cftypisom", undefined],
    ["%PDF-1.7", "PDF"],
    ["8BPS", "Photoshop"],
    ["<svg width='3'/>", "SVG"],
    ["\ufeff<svg>".replace("\ufeff", "\xef\xbb\xbf"), "SVG"],
    ["<?xml version='1.0'?>\n<!-- made by hand -->\n<svg xmlns='x'>", "SVG"],
    ["<?xml version='1.0'?><html>", undefined],
    ["\0\0\0\x0cJXL ", "JPEG XL"],
    ["\xff\x0a\0", "JPEG XL"],
    ["\0\0\0\x0cjP  ", "JPEG 2000"],
    ["plain", undefined],
  ];
  for (const [start, format] of starts) {
    assert.equal(unsupportedFormat(latin(start)), format, JSON.stringify(start));
  }
});
