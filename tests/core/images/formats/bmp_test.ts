import assert from "node:assert/strict";
import fc from "fast-check";
import { decode as decodeFastBmp, encode as encodeFastBmp } from "fast-bmp";
import { BneckError } from "../../../../core/errors.ts";
import { decodeImage } from "../../../../core/images/decode.ts";
import { gradient } from "../pictures.ts";

interface BmpParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  readonly headerLength?: number;
  /** Everything between the 40 bytes of the header and the rows: masks, rest of a longer header, palette. */
  readonly between?: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

function bmpFile(
  { width, height, bits, compression = 0, headerLength = 40, between = [], rows }: BmpParts,
): Uint8Array {
  const file = new Uint8Array(54 + between.length + rows.flat().length);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(2, file.length, true);
  view.setUint32(10, 54 + between.length, true);
  view.setUint32(14, headerLength, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, compression, true);
  file.set([...between, ...rows.flat()], 54);
  return file;
}

/** Little-endian bytes of 32-bit words. */
const words = (...values: number[]) =>
  values.flatMap((value) => [value, value >>> 8, value >>> 16, value >>> 24]);

async function pixelsOf(file: Uint8Array): Promise<number[]> {
  return [...(await decodeImage(file, "picture.bmp")).data];
}

async function refusal(file: Uint8Array): Promise<string> {
  const error = await decodeImage(file, "picture.bmp").then(
    () => assert.fail("was decoded"),
    (error) => error,
  );
  assert.ok(error instanceof BneckError, `${error}`);
  return error.message.replace("cannot read picture.bmp: ", "");
}

Deno.test("24-bit bitmaps equal what fast-bmp wrote and reads", async () => {
  for (const [width, height] of [[1, 1], [5, 4], [6, 3], [7, 2], [8, 8]]) {
    const { data } = gradient(width, height);
    const file = encodeFastBmp({ width, height, data, bitsPerPixel: 24, components: 3, channels: 3 });
    assert.deepEqual(await pixelsOf(file), [...data]);
    assert.deepEqual([...decodeFastBmp(file).data as Uint8Array], [...data]);
  }
});

Deno.test("rows stored from top to bottom are read in that order", async () => {
  const rows = [[1, 2, 3, 0], [4, 5, 6, 0]];
  assert.deepEqual(await pixelsOf(bmpFile({ width: 1, height: 2, bits: 24, rows })), [6, 5, 4, 3, 2, 1]);
  assert.deepEqual(await pixelsOf(bmpFile({ width: 1, height: -2, bits: 24, rows })), [3, 2, 1, 6, 5, 4]);
});

Deno.test("palettes of 1, 4 and 8 bits give their colours", async () => {
  const palette = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]];
  const between = palette.flatMap(([red, green, blue]) => [blue, green, red, 0]);
  const cases = [
    { bits: 1, rows: [[0b01100000, 0, 0, 0]], ids: [0, 1, 1] },
    { bits: 4, rows: [[0x31, 0x20, 0, 0]], ids: [3, 1, 2] },
    { bits: 8, rows: [[2, 0, 3, 0]], ids: [2, 0, 3] },
  ];
  for (const { bits, rows, ids } of cases) {
    const file = bmpFile({ width: 3, height: 1, bits, rows, between });
    assert.deepEqual(await pixelsOf(file), ids.flatMap((id) => palette[id]), `${bits} bits`);
  }
});

Deno.test("the old 12-byte header, with palette entries of three bytes, is read", async () => {
  const file = Uint8Array.of(
    ...[0x42, 0x4d, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 12, 0, 0, 0, 2, 0, 1, 0, 1, 0, 1, 0],
    ...[30, 20, 10, 3, 2, 1],
    ...[0b01000000, 0, 0, 0],
  );
  assert.deepEqual(await pixelsOf(file), [10, 20, 30, 1, 2, 3]);
});

Deno.test("16-bit pixels are 5-5-5 unless masks say otherwise", async () => {
  const plain = bmpFile({ width: 2, height: 1, bits: 16, rows: [[0xff, 0x7f, 0x00, 0x7c]] });
  assert.deepEqual(await pixelsOf(plain), [255, 255, 255, 255, 0, 0]);
  const masks = words(0xf800, 0x07e0, 0x001f);
  const masked = bmpFile({
    width: 2,
    height: 1,
    bits: 16,
    compression: 3,
    between: masks,
    rows: [[0xe0, 0x07, 0x1f, 0x04]],
  });
  assert.deepEqual(await pixelsOf(masked), [0, 255, 0, 0, Math.floor(32 * 255 / 63), 255]);
});

Deno.test("32-bit pixels have no alpha unless a mask says so", async () => {
  const plain = bmpFile({ width: 1, height: 1, bits: 32, rows: [[3, 2, 1, 0]] });
  assert.deepEqual(await pixelsOf(plain), [1, 2, 3]);
  const masks = words(0xff000000, 0x00ff0000, 0x0000ff00, 0x000000ff, ...Array(13).fill(0));
  const parts = { width: 2, height: 1, bits: 32, compression: 3, headerLength: 108, between: masks };
  assert.deepEqual(await pixelsOf(bmpFile({ ...parts, rows: [[255, 30, 20, 10, 0, 3, 2, 1]] })), [
    10,
    20,
    30,
    255,
    255,
    255,
  ]);
  assert.deepEqual(await pixelsOf(bmpFile({ ...parts, rows: [[0, 30, 20, 10, 0, 3, 2, 1]] })), [
    10,
    20,
    30,
    1,
    2,
    3,
  ]);
});

Deno.test("bitmaps that cannot be read are refused with the reason", async () => {
  const parts = { width: 4, height: 2, bits: 24, rows: [Array(12).fill(0), Array(12).fill(0)] };
  const whole = bmpFile(parts);
  assert.equal(await refusal(whole.subarray(0, 70)), "the BMP file is truncated (70 of 78 bytes)");
  assert.equal(await refusal(whole.subarray(0, 20)), "the BMP file is truncated (20 of 26 bytes)");
  assert.equal(await refusal(bmpFile({ ...parts, bits: 5 })), "BMP with 5 bits per pixel is not supported");
  const kinds: [bits: number, compression: number, kind: string][] = [
    [24, 1, "run-length encoding (RLE8) at 24 bits"],
    [8, 2, "run-length encoding (RLE4) at 8 bits"],
    [24, 4, "JPEG data or RLE24"],
    [24, 5, "PNG data"],
    [24, 77, "compression 77"],
  ];
  for (const [bits, compression, kind] of kinds) {
    assert.equal(
      await refusal(bmpFile({ ...parts, bits, compression })),
      `a BMP with ${kind} is not supported; save it uncompressed or as PNG`,
    );
  }
  assert.equal(await refusal(bmpFile({ ...parts, width: -4 })), "its header gives a size of -4×2 pixels");
  assert.match(
    await refusal(bmpFile({ ...parts, width: 60_000, height: 60_000 })),
    /3600000000 pixels/,
  );
  const masks = words(0b101, 0x07e0, 0x001f);
  assert.equal(
    await refusal(bmpFile({ ...parts, bits: 16, compression: 3, between: masks })),
    "the BMP header has invalid bit masks",
  );
});

Deno.test("mutated bitmaps give an image or an error of ours", async () => {
  const palette = words(1, 2, 3, 4);
  const files = [
    bmpFile({ width: 3, height: 3, bits: 24, rows: Array(3).fill(Array(12).fill(7)) }),
    bmpFile({ width: 9, height: 3, bits: 1, between: palette, rows: Array(3).fill([1, 2, 3, 4]) }),
    bmpFile({
      width: 2,
      height: 3,
      bits: 32,
      compression: 3,
      between: words(255, 65280, 16711680),
      rows: Array(3).fill(Array(8).fill(7)),
    }),
  ];
  const mutation = fc.tuple(
    fc.nat(2),
    fc.array(fc.tuple(fc.integer({ min: 10, max: 90 }), fc.nat(255)), { maxLength: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(mutation, async ([file, changes]) => {
      const bytes = files[file].slice();
      for (const [place, value] of changes) if (place < bytes.length) bytes[place] = value;
      try {
        const image = await decodeImage(bytes, "mutant.bmp", { maxPixels: 1e6 });
        assert.equal(image.data.length, image.width * image.height * 3);
      } catch (error) {
        assert.ok(error instanceof BneckError, `${error}`);
      }
    }),
    { numRuns: 500 },
  );
});
