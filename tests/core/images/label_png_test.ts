import assert from "node:assert/strict";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { decode as decodeFastPng, encode as encodeFastPng } from "fast-png";
import sharp from "sharp";
import { BneckError } from "../../../core/errors.ts";
import type { LabelMap } from "../../../core/images/image.ts";
import { readLabelMap } from "../../../core/images/label_map.ts";
import { decodeLabelMap, encodeLabelPng } from "../../../core/images/label_png.ts";
import { classColor } from "../../../core/images/palette.ts";
import { writePng } from "../../../core/images/formats/png_chunks.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { gradient, jpegOf, pngOf, raw, withPngSize } from "./pictures.ts";

/** Patches of equal ids, as label maps have them, with a few odd pixels. */
function patches(width: number, height: number, ids: number): LabelMap {
  const values = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return i % 97 === 0 ? i % ids : (Math.floor(x / 5) * 7 + Math.floor(y / 3) * 3) % ids;
  });
  return { width, height, data: ids > 256 ? Uint16Array.from(values) : Uint8Array.from(values) };
}

/** A PNG with rows as given: each a filter byte and packed samples. */
function pngOfRows(
  { width, height, depth, colorType, interlaced = false }: {
    width: number;
    height: number;
    depth: number;
    colorType: number;
    interlaced?: boolean;
  },
  rows: Uint8Array,
): Uint8Array {
  const ihdr = new Uint8Array(13);
  new DataView(ihdr.buffer).setUint32(0, width);
  new DataView(ihdr.buffer).setUint32(4, height);
  ihdr.set([depth, colorType, 0, 0, interlaced ? 1 : 0], 8);
  const palette = { type: "PLTE", data: new Uint8Array(3 << Math.min(depth, 8)).fill(9) };
  return writePng([
    { type: "IHDR", data: ihdr },
    ...(colorType === 3 ? [palette] : []),
    { type: "IDAT", data: new Uint8Array(deflateSync(rows)) },
  ]);
}

/** Packs samples of `depth` bits into rows, each after filter byte 0, in the order of the pixels given for each row. */
function packRows(rows: readonly (readonly number[])[], depth: number): number[] {
  return rows.flatMap((row) => {
    const bits = row.map((value) => value.toString(2).padStart(depth, "0")).join("");
    return [0, ...(bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, "0"), 2))];
  });
}

function refusal(bytes: Uint8Array, options?: { maxPixels?: number }): string {
  try {
    decodeLabelMap(bytes, "labels.png", options);
  } catch (error) {
    assert.ok(error instanceof BneckError, `${error}`);
    assert.equal(error.exitStatus, 1);
    return error.message.replace("cannot read labels.png: ", "");
  }
  assert.fail("was decoded");
}

Deno.test("ids of any size survive a round trip, and fast-png and sharp read the same", async () => {
  const sizes = fc.record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 40 }),
    largest: fc.constantFrom(0, 1, 18, 255, 256, 26_003, 65_535),
    seed: fc.nat(1e6),
    wide: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ width, height, largest, seed, wide }) => {
      const values = Array.from(
        { length: width * height },
        (_, i) => Math.imul(i + 1, seed + 1) % (largest + 1),
      );
      const data = wide || largest > 255 ? Uint16Array.from(values) : Uint8Array.from(values);
      const png = encodeLabelPng({ width, height, data });
      const back = decodeLabelMap(png, "round-trip.png");
      assert.deepEqual([back.width, back.height], [width, height]);
      assert.deepEqual([...back.data], [...data]);
      assert.deepEqual([...decodeFastPng(png).data], [...data]);
      const colours = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([colours.info.width, colours.info.height], [width, height]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("the palette of a label PNG gives every id its colour", async () => {
  const labels = { width: 3, height: 1, data: Uint8Array.of(0, 1, 200) };
  const png = encodeLabelPng(labels, [[10, 20, 30], [128, 64, 128]]);
  const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([...data], [10, 20, 30, 128, 64, 128, ...classColor(200)]);
  assert.equal(decodeFastPng(png).palette?.length, 256);
});

Deno.test("a Uint16 map of small ids becomes an indexed PNG, larger ids a 16-bit greyscale one", () => {
  const type = (data: Uint16Array) => [...encodeLabelPng({ width: 2, height: 1, data }).subarray(24, 26)];
  assert.deepEqual(type(Uint16Array.of(0, 255)), [8, 3]);
  assert.deepEqual(type(Uint16Array.of(0, 256)), [16, 0]);
});

Deno.test("indices are read, not the colours they stand for", async () => {
  const { width, height, data } = patches(33, 20, 5);
  const file = encodeFastPng({
    width,
    height,
    data,
    channels: 1,
    depth: 8,
    palette: Array(5).fill([7, 7, 7]),
  });
  assert.deepEqual([...decodeLabelMap(file, "same-colours.png").data], [...data]);
  const indexed = await raw(data as Uint8Array, width, height, 1).png({ palette: true, dither: 0 })
    .toBuffer();
  assert.equal(indexed[25], 3);
  assert.ok(decodeLabelMap(indexed, "sharp.png").data.every((id) => id < 5));
});

for (const depth of [1, 2, 4, 8, 16]) {
  for (const interlaced of [false, true]) {
    Deno.test(`${depth}-bit ${interlaced ? "interlaced" : "plain"} samples are read exactly`, () => {
      for (const [width, height] of [[1, 1], [3, 5], [4, 4], [8, 8], [13, 9], [17, 3], [2, 11]]) {
        const ids = Array.from({ length: width * height }, (_, i) => (i * 7919) % 2 ** depth);
        const lattices = interlaced
          ? [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]
          : [[0, 0, 1, 1]];
        const rows = lattices.flatMap(([left, top, stepX, stepY]) => {
          const pass = [];
          for (let y = top; y < height; y += stepY) {
            const row = [];
            for (let x = left; x < width; x += stepX) row.push(ids[y * width + x]);
            if (row.length > 0) pass.push(row);
          }
          return pass;
        });
        for (const colorType of depth === 16 ? [0] : [0, 3]) {
          const header = { width, height, depth, colorType, interlaced };
          const png = pngOfRows(header, Uint8Array.from(packRows(rows, depth)));
          assert.deepEqual([...decodeLabelMap(png, "depths.png").data], ids, `${width}×${height}`);
        }
      }
    });
  }
}

Deno.test("greyscale PNGs of other writers, with every row filter, are read exactly", async () => {
  const noise = new Uint8Array(61 * 47);
  for (let i = 0, state = 1; i < noise.length; i++) {
    state = Math.imul(state, 1103515245) + 12345;
    noise[i] = (i % 61 < 20 ? i : i % 61 < 40 ? Math.floor(i / 61) * 5 : state >>> 16) & 255;
  }
  const { data: smooth } = gradient(61, 47);
  for (const data of [noise, smooth.filter((_, i) => i % 3 === 0), patches(61, 47, 12).data as Uint8Array]) {
    for (const progressive of [false, true]) {
      const png = await raw(data, 61, 47, 1).toColourspace("b-w").png({
        adaptiveFiltering: true,
        progressive,
      })
        .toBuffer();
      assert.deepEqual([...png.subarray(24, 26)], [8, 0]);
      assert.deepEqual([...decodeLabelMap(png, "adaptive.png").data], [...data]);
    }
  }
});

testWithShared(
  "data/cityscapes-synthetic",
  "16-bit instance maps and 8-bit label maps match fast-png",
  async () => {
    const folder = shared("data/cityscapes-synthetic/base/gtFine/val");
    let read = 0;
    for (const city of Deno.readDirSync(folder)) {
      for (const { name } of Deno.readDirSync(`${folder}/${city.name}`)) {
        const path = `${folder}/${city.name}/${name}`;
        const labels = await readLabelMap(path);
        const expected = decodeFastPng(Deno.readFileSync(path));
        assert.equal(labels.data instanceof Uint16Array, expected.depth === 16, name);
        assert.deepEqual(Array.from(labels.data), Array.from(expected.data), name);
        read++;
      }
    }
    assert.ok(read >= 2);
  },
);

Deno.test("colour images are refused, whatever their colours", async () => {
  const grey = new Uint8Array(8 * 8 * 3).fill(4);
  const refused =
    "it is a colour image, not a label map; an indexed or greyscale PNG with one id per pixel is needed";
  assert.equal(refusal(await pngOf({ width: 8, height: 8, data: grey })), refused);
  assert.equal(refusal(await raw(new Uint8Array(64 * 4), 8, 8, 4).png().toBuffer()), refused);
  const withAlpha = await raw(new Uint8Array(128), 8, 8, 2).toColourspace("b-w").png().toBuffer();
  assert.match(refusal(withAlpha), /^it is a greyscale image with alpha, not a label map/);
});

Deno.test("other files are refused by what they are", async () => {
  assert.equal(refusal(await jpegOf(gradient(8, 8))), "a label map must be a PNG, not JPEG");
  assert.equal(
    refusal(new TextEncoder().encode("id,name")),
    "a label map must be a PNG, not a file of another kind",
  );
  assert.equal(refusal(new Uint8Array(0)), "the file is empty");
});

Deno.test("too many pixels and sizes that the data cannot hold are refused before memory is taken", () => {
  const png = encodeLabelPng({ width: 4, height: 4, data: new Uint8Array(16) });
  assert.match(
    refusal(withPngSize(png, 60_000, 60_000)),
    /^60000×60000 is 3600000000 pixels/,
  );
  assert.equal(refusal(withPngSize(png, 13_000, 13_000)), "most of the PNG file's data is missing");
  assert.equal(refusal(withPngSize(png, 4, 5)), "some rows of the PNG file are missing");
  assert.equal(refusal(withPngSize(png, 0, 5)), "its header gives a size of 0×5 pixels");
  assert.match(refusal(png, { maxPixels: 15 }), /^4×4 is 16 pixels, more than the limit of 15/);
});

Deno.test("data that inflate to far more than the image are not inflated", () => {
  const bomb = pngOfRows({ width: 4, height: 4, depth: 8, colorType: 0 }, new Uint8Array(50_000_000));
  assert.equal(refusal(bomb), "the PNG data is damaged or truncated");
});

Deno.test("cut and damaged label PNGs are refused", () => {
  const png = encodeLabelPng(patches(64, 64, 20));
  for (const share of [0.05, 0.3, 0.9, 0.995]) {
    assert.match(refusal(png.subarray(0, png.length * share)), /^the PNG file is truncated/);
  }
  const damaged = png.slice();
  damaged[png.length - 40] ^= 4;
  assert.equal(refusal(damaged), "the PNG file is damaged (wrong checksum in its IDAT chunk)");
  const filter = pngOfRows({ width: 2, height: 1, depth: 8, colorType: 0 }, Uint8Array.of(5, 1, 1));
  assert.equal(refusal(filter), "the PNG data is damaged");
  const depth = pngOfRows({ width: 2, height: 1, depth: 3, colorType: 0 }, Uint8Array.of(0, 1));
  assert.equal(refusal(depth), "the PNG header is invalid");
});

Deno.test("mutated label PNGs, checksums mended, give labels or an error of ours", () => {
  const base = [
    encodeLabelPng(patches(30, 20, 9)),
    encodeLabelPng(patches(12, 20, 900)),
    pngOfRows({ width: 5, height: 4, depth: 2, colorType: 3, interlaced: true }, new Uint8Array(64)),
  ];
  const mutation = fc.tuple(
    fc.nat(base.length - 1),
    fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 4 }),
  );
  fc.assert(
    fc.property(mutation, ([file, changes]) => {
      const bytes = base[file].slice();
      for (const [place, value] of changes) {
        bytes[(place < 60 ? 16 + place % 13 : place) % bytes.length] = value;
      }
      new DataView(bytes.buffer).setUint32(29, crc32(bytes.subarray(12, 29)));
      try {
        const labels = decodeLabelMap(bytes, "mutant.png", { maxPixels: 100_000 });
        assert.equal(labels.data.length, labels.width * labels.height);
      } catch (error) {
        assert.ok(error instanceof BneckError, `${error}`);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("several IDAT chunks are read as one", () => {
  const rows = new Uint8Array(deflateSync(Uint8Array.of(0, 1, 2, 0, 3, 4)));
  const ihdr = Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0);
  const pieces = [rows.subarray(0, 3), new Uint8Array(0), rows.subarray(3)];
  const png = writePng([{ type: "IHDR", data: ihdr }, ...pieces.map((data) => ({ type: "IDAT", data }))]);
  assert.deepEqual([...decodeLabelMap(png, "split.png").data], [1, 2, 3, 4]);
});

Deno.test("rows of classes are stored as they are, rows of grey levels as differences from those above", () => {
  const [width, height] = [64, 48];
  const classes = Uint8Array.from({ length: width * height }, (_, i) => i % width < 40 ? 3 : 7);
  const levels = Uint8Array.from({ length: width * height }, (_, i) => i % width + Math.floor(i / width));
  for (const [data, filter] of [[classes, 0], [levels, 2]] as const) {
    const png = encodeLabelPng({ width, height, data });
    const view = new DataView(png.buffer, png.byteOffset);
    let at = 8;
    while (String.fromCharCode(...png.subarray(at + 4, at + 8)) !== "IDAT") at += 12 + view.getUint32(at);
    const rows = inflateSync(png.subarray(at + 8, at + 8 + view.getUint32(at)));
    assert.equal(rows[width + 1], filter);
    assert.deepEqual(decodeLabelMap(png, "labels.png").data, data);
  }
});
