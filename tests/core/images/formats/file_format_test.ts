import assert from "node:assert/strict";
import { imageFormat, unsupportedFormat } from "../../../../core/images/formats/file_format.ts";

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
    ["\0\0\0\x1cftypavif\0\0\0\0mif1miaf", "AVIF"],
    ["\0\0\0\x18ftypavis\0\0\0\0avifmsf1", "AVIF"],
    ["\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF"],
    ["\0\0\0\x18ftypmif1\0\0\0\0mif1heic", undefined],
    ["\0\0\0\x18ftypheic\0\0\0\0mif1avif", undefined],
    ["II*\0\x10\0\0\0CR\x02\0", undefined],
    ["", undefined],
  ];
  for (const [start, format] of starts) {
    assert.equal(imageFormat(latin(start)), format, JSON.stringify(start));
  }
});

Deno.test("formats that are not read are known by name", () => {
  const starts: [string, string | undefined][] = [
    ["\0\0\0\x1cftypheic", "HEIC"],
    ["\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"],
    ["\0\0\0\x1cftypisom", "MP4 video"],
    ["\0\0\0\x14ftypqt  ", "QuickTime video"],
    ["\0\0\0\x18ftypcrx ", "Canon RAW"],
    ["RIFF\x10\0\0\0AVI LIST", "AVI video"],
    ["\x1a\x45\xdf\xa3", "Matroska or WebM video"],
    ["P6\n4 4\n255\n", "PPM"],
    ["P5 4 4 255\n", "PGM"],
    ["P4\n# made by hand\n", "PBM"],
    ["P1\n", "PBM"],
    ["P7\nWIDTH 4\n", "PAM"],
    ["PF\n", "PFM"],
    ["P6", undefined],
    ["P8\n", undefined],
    ["\0\0\x02\0\0\0\0\0\0\0\0\0\x04\0\x03\0\x18\0" + "\x09".repeat(36), "TGA"],
    ["\0\x01\x09\0\0\0\x01\x18\0\0\0\0\x04\0\x03\0\x08\0" + "\x09".repeat(36), "TGA"],
    ["\0\0\x07\0\0\0\0\0\0\0\0\0\x04\0\x03\0\x18\0" + "\x09".repeat(36), undefined],
    ["anything" + "x".repeat(20) + "TRUEVISION-XFILE.\0", "TGA"],
    ["II*\0\x10\0\0\0CR\x02\0", "Canon RAW"],
    ["FUJIFILMCCD-RAW 0201", "Fujifilm RAW"],
    ["IIU\0", "Panasonic RAW"],
    ["\0\0\x01\0\x01\0", "ICO"],
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
