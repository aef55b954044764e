import assert from "node:assert/strict";
import sharp from "sharp";
import { decodeImage } from "../../../core/images/decode.ts";
import { ImageNotes } from "../../../core/images/notes.ts";
import { tiffFile } from "./tiff_file.ts";
import { gradient, largestDifference, pngChunk, pngOf, raw } from "./pictures.ts";

Deno.test("notes of many images become one line a kind, with the first image", () => {
  const notes = new ImageNotes();
  assert.deepEqual(notes.lines(), []);
  notes.add("plain.jpg");
  notes.add("scan.tif", [{ kind: "pages", count: 3 }]);
  notes.add("a.png", [{ kind: "transparent" }]);
  assert.deepEqual(notes.lines(), [
    "1 file has several pages or frames; only the first was used (scan.tif has 3)",
    "1 image is transparent everywhere (alpha 0); it was taken as opaque (a.png)",
  ]);
  notes.add("b.tif", [{ kind: "extra bands", count: 1 }, { kind: "pages", count: 2 }]);
  notes.add("b.png", [{ kind: "transparent" }]);
  notes.add("c.jpg", [{ kind: "truncated" }]);
  notes.add("d.jpg", [{ kind: "damaged" }]);
  assert.deepEqual(notes.lines(), [
    "2 files have several pages or frames; only the first was used (scan.tif has 3, …)",
    "2 images are transparent everywhere (alpha 0); they were taken as opaque (a.png, …)",
    "1 TIFF has extra bands that are not declared as alpha; they were left out (b.tif has 1)",
    "1 JPEG is truncated; what is missing is grey (c.jpg)",
    "1 JPEG is damaged within; parts of what it shows are wrong (d.jpg)",
  ]);
});

Deno.test("an image that is transparent everywhere keeps its colours, in every format", async () => {
  const { width, height, data } = gradient(24, 16);
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set(data.subarray(i * 3, i * 3 + 3), i * 4);
  const picture = () => raw(rgba, width, height, 4);
  const files = {
    "a.png": picture().png(),
    "16.png": picture().toColourspace("rgb16").png(),
    "a.webp": picture().webp({ lossless: true, exact: true }),
    "a.tif": picture().tiff({ compression: "lzw" }),
    "a.avif": picture().avif({ lossless: true }),
  };
  for (const [name, file] of Object.entries(files)) {
    const image = await decodeImage(await file.toBuffer(), name);
    assert.deepEqual(image.notes, [{ kind: "transparent" }], name);
    assert.ok(largestDifference(image.data, data) <= (name.endsWith("avif") ? 2 : 0), name);
  }
});

Deno.test("palettes that are transparent everywhere keep their colours", async () => {
  const palette = await pngOf({ width: 1, height: 1, data: Uint8Array.of(9, 8, 7) });
  const indexed = new Uint8Array(
    await sharp(palette).png({ palette: true, colours: 2 }).toBuffer(),
  );
  const transparent = insertBefore(indexed, "IDAT", pngChunk("tRNS", [0]));
  const image = await decodeImage(transparent, "palette.png");
  assert.deepEqual([[...image.data], image.notes], [[9, 8, 7], [{ kind: "transparent" }]]);
});

Deno.test("colours that decoders drop under an alpha of zero are kept: associated alpha, and GIF", async () => {
  for (const [bits, littleEndian] of [[8, true], [8, false], [16, true], [16, false]] as const) {
    for (const [extra, note] of [[[1], []], [[0, 1], [{ kind: "extra bands", count: 1 }]]] as const) {
      const sample = [10, 60, 110, ...extra.map((meaning) => meaning === 1 ? 0 : 99)];
      const data = [...sample, ...sample].map((value) => bits === 16 ? value * 257 : value);
      const page = { width: 2, height: 1, samples: sample.length, bits, photometric: 2, extra, data };
      const image = await decodeImage(tiffFile([page], littleEndian), "associated.tif");
      assert.deepEqual([...image.data], [10, 60, 110, 10, 60, 110]);
      assert.deepEqual(image.notes, [...note, { kind: "transparent" }]);
    }
  }
  // Two pixels, both of the transparent entry.
  const gif = Uint8Array.fromBase64(
    "R0lGODlhAgABAIEAAMgePAAA/wAAAAAAACH5BAEAAAEALAAAAAACAAEAAAgFAAMECAgAOw==",
  );
  const image = await decodeImage(gif, "transparent.gif");
  assert.deepEqual([[...image.data], image.notes], [[0, 0, 255, 0, 0, 255], [{ kind: "transparent" }]]);
});

Deno.test("one pixel that shows is enough for transparency to count", async () => {
  const rgba = Uint8Array.of(10, 20, 30, 0, 40, 50, 60, 255);
  const image = await decodeImage(await raw(rgba, 2, 1, 4).png().toBuffer(), "one.png");
  assert.deepEqual([...image.data], [255, 255, 255, 40, 50, 60]);
  assert.equal(image.notes, undefined);
});

Deno.test("frames after the first of animations are said", async () => {
  const frames = new Uint8Array(16 * 48 * 3).map((_, i) => Math.floor(i / (16 * 16 * 3)) * 90 + 30);
  const picture = () => sharp(frames, { raw: { width: 16, height: 48, channels: 3, pageHeight: 16 } });
  const files = {
    "a.gif": await picture().gif().toBuffer(),
    "a.webp": await picture().webp({ lossless: true }).toBuffer(),
    "a.png": insertBefore(await pngOf(gradient(4, 4)), "IDAT", pngChunk("acTL", [0, 0, 0, 3, 0, 0, 0, 0])),
  };
  for (const [name, file] of Object.entries(files)) {
    const { notes } = await decodeImage(new Uint8Array(file), name);
    assert.deepEqual(notes, [{ kind: "pages", count: 3 }], name);
  }
  const still = { gif: await raw(frames, 16, 48, 3).gif().toBuffer(), png: await pngOf(gradient(4, 4)) };
  for (const [name, file] of Object.entries(still)) {
    assert.equal((await decodeImage(new Uint8Array(file), name)).notes, undefined, name);
  }
});

function insertBefore(png: Uint8Array, type: string, chunk: Uint8Array): Uint8Array {
  const at = new TextDecoder("latin1").decode(png).indexOf(type) - 4;
  return Uint8Array.of(...png.subarray(0, at), ...chunk, ...png.subarray(at));
}
