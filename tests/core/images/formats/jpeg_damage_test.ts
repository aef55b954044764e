import assert from "node:assert/strict";
import { decodeImage, readImage } from "../../../../core/images/decode.ts";
import { isWhole, jpegScan } from "../../../../core/images/formats/jpeg_scan.ts";
import { testImage } from "../../../support/test_image.ts";
import { raw } from "../pictures.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

interface Kind {
  readonly progressive?: boolean;
  readonly chromaSubsampling?: string;
  readonly optimiseCoding?: boolean;
  readonly grey?: boolean;
  readonly quality?: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "4:2:0": {},
  "4:4:4": { chromaSubsampling: "4:4:4" },
  grey: { grey: true },
  "own tables": { optimiseCoding: true, quality: 95 },
  progressive: { progressive: true },
};

async function jpegOf(data: Uint8Array, width: number, height: number, { grey, ...kind }: Kind) {
  const picture = raw(data, width, height, 3);
  return new Uint8Array(
    await (grey ? picture.greyscale() : picture).jpeg({ quality: 85, optimiseCoding: false, ...kind })
      .toBuffer(),
  );
}

/** The file with bytes from a share of its coded data on replaced. */
function overwritten(
  jpeg: Uint8Array,
  share: number,
  length: number,
  value: (i: number) => number,
): Uint8Array {
  const copy = jpeg.slice();
  const { data } = jpegScan(jpeg)!;
  const start = Math.floor(data + (jpeg.length - data) * share);
  for (let i = 0; i < length; i++) copy[start + i] = value(i);
  return copy;
}

const notesOf = async (jpeg: Uint8Array) => (await decodeImage(jpeg, "photo.jpg")).notes;

for (const [name, kind] of Object.entries(KINDS)) {
  Deno.test(`a JPEG (${name}) that was overwritten in the middle decodes, and is noted as damaged`, async () => {
    const { width, height, data } = await readImage(STREET_PHOTO);
    const jpeg = await jpegOf(data, width, height, kind);
    assert.equal(await notesOf(jpeg), undefined);
    let noted = 0, all = 0;
    for (const share of [0.2, 0.4, 0.6, 0.8]) {
      for (const length of [64, 512, 1500]) {
        for (const value of [0, 0xff]) {
          all++;
          const notes = await notesOf(overwritten(jpeg, share, length, () => value)).catch(() => "refused");
          if (notes !== undefined) noted++;
        }
      }
    }
    // That as many blocks are decoded as before happens.
    assert.ok(noted >= all * 0.75, `${noted} of ${all}`);
  });
}

Deno.test("sound files are never noted, however flat the image and whatever follows it", async () => {
  for (const size of [[1, 1], [7, 9], [16, 16], [17, 33], [640, 480]] as const) {
    for (const kind of [...Object.values(KINDS), { optimiseCoding: true, quality: 30 }]) {
      const [width, height] = size;
      for (const level of [0, 128, 255]) {
        const flat = new Uint8Array(width * height * 3).fill(level);
        for (let i = 0; i < flat.length / 50; i++) flat[i] = i;
        const jpeg = await jpegOf(flat, width, height, kind);
        assert.equal(await notesOf(jpeg), undefined);
        const scan = jpegScan(jpeg)!;
        assert.equal(isWhole(jpeg, scan), kind.progressive ? undefined : true);
        assert.equal(await notesOf(Uint8Array.of(...jpeg, ...new Uint8Array(600))), undefined);
        if (scan.blocks === undefined) continue; // Between scans libjpeg complains of what only fills up.
        assert.equal(
          await notesOf(Uint8Array.of(...jpeg.subarray(0, -2), ...new Uint8Array(40), 0xff, 0xd9)),
          undefined,
        );
      }
    }
  }
});

Deno.test("images that are damaged at the same time are all noted", async () => {
  const { width, height, data } = await readImage(STREET_PHOTO);
  const jpeg = overwritten(await jpegOf(data, width, height, {}), 0.4, 512, () => 0xff);
  assert.notEqual(await notesOf(jpeg), undefined);
  const notes = await Promise.all(Array.from({ length: 60 }, () => notesOf(jpeg)));
  assert.equal(notes.filter((found) => found !== undefined).length, notes.length);
});

Deno.test("what is unusual in the header alone is not damage", async () => {
  const { width, height, data } = testImage(64, 48);
  const jpeg = await jpegOf(data, width, height, {});
  const frame = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xc0);
  const stray = Uint8Array.of(...jpeg.subarray(0, frame), 0x12, 0x34, ...jpeg.subarray(frame));
  assert.equal(await notesOf(stray), undefined);
});

Deno.test("no bytes make the walk through a scan fail or go on forever", async () => {
  const { width, height, data } = testImage(64, 48);
  const jpeg = await jpegOf(data, width, height, {});
  for (let seed = 1; seed < 3000; seed++) {
    const copy = jpeg.slice(0, seed % 7 === 0 ? seed % jpeg.length : jpeg.length);
    for (let k = 0, state = seed; k < 3; k++) {
      state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) >>> 0;
      copy[state % copy.length] = state >>> 24;
    }
    const scan = jpegScan(copy);
    if (scan) isWhole(copy, scan);
  }
});
