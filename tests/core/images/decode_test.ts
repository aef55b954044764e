import assert from "node:assert/strict";
import fc from "fast-check";
import { convertIndexedToRgb, decode as decodeFastPng } from "fast-png";
import sharp from "sharp";
import { BneckError } from "../../../core/errors.ts";
import { decodeImage, readImage } from "../../../core/images/decode.ts";
import type { RgbImage } from "../../../core/images/image.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import {
  gradient,
  jpegOf,
  largestDifference,
  overWhite,
  pngOf,
  raw,
  upright,
  withOrientation,
  withPngSize,
} from "./pictures.ts";

interface Photo {
  readonly decodes: boolean;
  readonly mode?: string;
  readonly upright_width: number;
  readonly upright_height: number;
  readonly upright_quadrant_mean_rgb: readonly (readonly number[])[];
}

const PHOTOS = shared("data/photos");

function photos(): [string, Photo][] {
  return Object.entries(JSON.parse(Deno.readTextFileSync(`${PHOTOS}/photos.json`)) as Record<string, Photo>);
}

/** Means of the four corners; the middle row and column of odd sizes belong to none. */
function quadrantMeans({ width, height, data }: RgbImage): number[][] {
  const halves = (length: number) => {
    const half = Math.max(1, length >> 1);
    return [[0, half], [length - half, length]];
  };
  return halves(height).flatMap(([top, bottom]) =>
    halves(width).map(([left, right]) => {
      const sums = [0, 0, 0];
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          for (let channel = 0; channel < 3; channel++) sums[channel] += data[(y * width + x) * 3 + channel];
        }
      }
      return sums.map((sum) => sum / ((right - left) * (bottom - top)));
    })
  );
}

async function rejection(promise: Promise<unknown>): Promise<BneckError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof BneckError, `${error}`);
    assert.equal(error.exitStatus, 1);
    assert.ok(!error.message.includes("\n"), error.message);
    return error;
  }
  assert.fail("was decoded");
}

testWithShared("data/photos", "the photos that Pillow decodes give its size and its colours", async () => {
  let compared = 0;
  for (const [name, photo] of photos().filter(([, { decodes }]) => decodes)) {
    const image = await readImage(`${PHOTOS}/${name}`);
    assert.deepEqual([image.width, image.height], [photo.upright_width, photo.upright_height], name);
    assert.equal(image.data.length, image.width * image.height * 3);
    if (/alpha|rgba|transparent/.test(name)) continue;
    const means = quadrantMeans(image).flat();
    photo.upright_quadrant_mean_rgb.flat().forEach((expected, i) => {
      assert.ok(Math.abs(means[i] - expected) < 0.06, `${name}: ${means[i]} instead of ${expected}`);
    });
    compared++;
  }
  assert.equal(compared, 24);
});

testWithShared("data/photos", "the photos that Pillow refuses are refused with a reason", async () => {
  const reasons: Record<string, string> = {};
  for (const [name] of photos().filter(([, { decodes }]) => !decodes)) {
    const { message } = await rejection(readImage(`${PHOTOS}/${name}`));
    reasons[name] = message.replace(`cannot read ${PHOTOS}/${name}: `, "");
  }
  assert.deepEqual(reasons, {
    "empty.jpg": "the file is empty",
    "header_only.jpg": "the JPEG file is truncated",
    "huge_header.png": "60000×60000 is 3600000000 pixels, more than the limit of 178956970",
    "text.jpg": "not an image (first bytes 74 68 69 73)",
    "truncated.jpg": "the JPEG file is truncated",
    "truncated.png": "the PNG file is truncated in its IDAT chunk",
  });
});

testWithShared("data/photos", "transparent photos lie over white, exactly", async () => {
  for (const name of ["rgba.png", "grey_alpha.png", "palette_transparent.png"]) {
    const bytes = Deno.readFileSync(`${PHOTOS}/${name}`);
    const png = decodeFastPng(bytes);
    const pixels = png.palette ? convertIndexedToRgb(png) : png.data;
    const channels = pixels.length / (png.width * png.height);
    const expected = new Uint8Array(png.width * png.height * 3);
    for (let i = 0; i < expected.length; i++) {
      const at = Math.floor(i / 3) * channels;
      expected[i] = overWhite(pixels[at + (channels === 2 ? 0 : i % 3)], pixels[at + channels - 1]);
    }
    assert.ok(expected.some((value) => value === 255), name);
    assert.equal(largestDifference((await decodeImage(bytes, name)).data, expected), 0, name);
  }
});

for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
  Deno.test(`EXIF orientation ${orientation} is applied`, async () => {
    const stored = gradient(24, 16);
    const image = await decodeImage(withOrientation(await jpegOf(stored), orientation), "turned.jpg");
    const expected = upright(stored, orientation);
    assert.deepEqual([image.width, image.height], [expected.width, expected.height]);
    assert.ok(largestDifference(image.data, expected.data) <= 6);
  });
}

Deno.test("an impossible EXIF orientation is ignored", async () => {
  const stored = gradient(24, 16);
  const image = await decodeImage(withOrientation(await jpegOf(stored), 9), "odd.jpg");
  assert.ok(largestDifference(image.data, stored.data) <= 6);
});

Deno.test("16-bit samples keep their high byte", async () => {
  const samples = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const png = await raw(samples, 256, 256, 1).toColourspace("grey16").png().toBuffer();
  assert.equal(png[24], 16);
  const image = await decodeImage(png, "grey16.png");
  assert.ok(image.data.every((value, i) => value === Math.floor(i / 3) >> 8));
});

Deno.test("alpha lies over white for every value and alpha", async () => {
  const rgba = new Uint8Array(256 * 256 * 4);
  for (let i = 0; i < 65536; i++) rgba.set([i & 255, 255 - (i & 255), i >> 9, i >> 8], i * 4);
  for (
    const file of [raw(rgba, 256, 256, 4).png(), raw(rgba, 256, 256, 4).webp({ lossless: true, exact: true })]
  ) {
    const image = await decodeImage(await file.toBuffer(), "alpha");
    for (let i = 0; i < 65536 * 3; i++) {
      const pixel = Math.floor(i / 3) * 4;
      assert.equal(image.data[i], overWhite(rgba[pixel + i % 3], rgba[pixel + 3]));
    }
  }
});

Deno.test("a palette with a transparent entry gives its colours, white where it is transparent", async () => {
  const gif = Uint8Array.fromBase64("R0lGODlhAgABAPAAAMgePAAA/yH5BAEAAAEALAAAAAACAAEAAAICRAoAOw==");
  const { width, height, data } = await decodeImage(gif, "transparent.gif");
  assert.deepEqual([width, height, ...data], [2, 1, 200, 30, 60, 255, 255, 255]);
});

Deno.test("greyscale and 1-bit pictures become RGB", async () => {
  const grey = Uint8Array.of(0, 255, 255, 0, 0, 255);
  for (
    const file of [
      raw(grey, 3, 2, 1).toColourspace("b-w").png(),
      raw(grey, 3, 2, 1).toColourspace("b-w").png({ palette: true, colours: 2 }),
      raw(grey, 3, 2, 1).toColourspace("b-w").tiff({ bitdepth: 1, compression: "none" }),
    ]
  ) {
    const image = await decodeImage(await file.toBuffer(), "grey");
    assert.deepEqual([...image.data], [...grey].flatMap((value) => [value, value, value]));
  }
});

Deno.test("interlaced PNG, TIFF, lossless WebP and BMP hold the pixels exactly", async () => {
  const { width, height, data } = gradient(37, 23);
  const picture = raw(data, width, height, 3);
  for (
    const file of [
      picture.clone().png({ progressive: true }),
      picture.clone().png({ adaptiveFiltering: true }),
      picture.clone().tiff({ compression: "lzw" }),
      picture.clone().tiff({ compression: "deflate", predictor: "horizontal", tile: true }),
      picture.clone().webp({ lossless: true }),
    ]
  ) {
    assert.equal(largestDifference((await decodeImage(await file.toBuffer(), "exact")).data, data), 0);
  }
});

Deno.test("CMYK is converted without a press profile", async () => {
  const { width, height, data } = gradient(32, 32);
  for (const kind of ["jpeg", "tiff"] as const) {
    const picture = raw(data, width, height, 3).toColourspace("cmyk");
    const file =
      await (kind === "jpeg" ? picture.jpeg({ quality: 100, chromaSubsampling: "4:4:4" }) : picture.tiff())
        .toBuffer();
    const stored = sharp(file).pipelineColourspace("cmyk").toColourspace("cmyk").raw();
    const { data: inks, info } = await stored.toBuffer({ resolveWithObject: true });
    assert.equal(info.channels, 4, kind);
    const image = await decodeImage(file, kind);
    for (let i = 0; i < width * height * 3; i++) {
      const [ink, black] = [inks[Math.floor(i / 3) * 4 + i % 3], inks[Math.floor(i / 3) * 4 + 3]];
      assert.equal(image.data[i], Math.round((255 - ink) * (255 - black) / 255), kind);
    }
  }
});

Deno.test("an ICC profile does not change the pixels", async () => {
  const { width, height, data } = gradient(40, 30);
  const file = await raw(data, width, height, 3).png().withIccProfile("p3").toBuffer();
  const honoured = await sharp(file).raw().toBuffer();
  const stored = decodeFastPng(file);
  assert.ok(stored.iccEmbeddedProfile);
  assert.ok(largestDifference(honoured, new Uint8Array(stored.data.buffer)) > 5, "the profile should matter");
  const image = await decodeImage(file, "p3.png");
  assert.equal(largestDifference(image.data, new Uint8Array(stored.data.buffer)), 0);
});

Deno.test("a GIF gives its first frame", async () => {
  const frames = new Uint8Array(4 * 8 * 3).fill(200, 0, 48);
  const gif = await sharp(frames, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } }).gif()
    .toBuffer();
  assert.equal((await sharp(gif).metadata()).pages, 2);
  const image = await decodeImage(gif, "two.gif");
  assert.deepEqual([image.width, image.height], [4, 4]);
  assert.ok(image.data.every((value) => value === 200));
});

Deno.test("a TIFF of floating-point samples is refused instead of turning black", async () => {
  const header = [0x49, 0x49, 42, 0, 12, 0, 0, 0, 0, 0, 0x80, 0x3f];
  const entries = [
    [256, 3, 1, 1],
    [257, 3, 1, 1],
    [258, 3, 1, 32],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, 8],
    [277, 3, 1, 1],
    [278, 3, 1, 1],
    [279, 4, 1, 4],
    [339, 3, 1, 3],
  ];
  const directory = entries.flatMap((
    [tag, type, count, value],
  ) => [tag & 255, tag >> 8, type, 0, count, 0, 0, 0, value, 0, 0, 0]);
  const tiff = Uint8Array.of(...header, entries.length, 0, ...directory, 0, 0, 0, 0);
  assert.equal((await sharp(tiff).metadata()).depth, "float");
  const { message } = await rejection(decodeImage(tiff, "depth.tif"));
  assert.equal(
    message,
    "cannot read depth.tif: a TIFF with 32-bit floating-point samples is not supported; save it with 8 bits",
  );
});

Deno.test("the pixels own their buffer and can be transferred", async () => {
  const png = await pngOf(gradient(3, 2));
  for (const bytes of [png, await jpegOf(gradient(300, 200))]) {
    const { data } = await decodeImage(bytes, "transfer");
    assert.equal(Object.getPrototypeOf(data), Uint8Array.prototype);
    assert.equal(data.byteLength, data.buffer.byteLength);
    const length = data.length;
    const moved = structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
    assert.deepEqual([data.length, moved.length], [0, length]);
  }
});

Deno.test("too many pixels are refused with size, limit and a hint, in every format", async () => {
  const { width, height, data } = gradient(40, 30);
  const picture = () => raw(data, width, height, 3);
  const bmp = (await import("fast-bmp")).encode({
    width,
    height,
    data,
    bitsPerPixel: 24,
    components: 3,
    channels: 3,
  });
  const files = [
    ...await Promise.all(
      [picture().png(), picture().jpeg(), picture().gif(), picture().webp(), picture().tiff()]
        .map((file) => file.toBuffer()),
    ),
    bmp,
  ];
  for (const file of files) {
    const { message, hint } = await rejection(decodeImage(file, "big", { maxPixels: 1199 }));
    assert.equal(message, "cannot read big: 40×30 is 1200 pixels, more than the limit of 1199");
    assert.deepEqual(hint, { option: "maxPixels", advice: "raise it" });
    assert.equal((await decodeImage(file, "big", { maxPixels: 1200 })).width, 40);
    assert.equal((await decodeImage(file, "big", { maxPixels: Infinity })).width, 40);
  }
});

Deno.test("a small file that claims 60000×60000 pixels is refused from its header", async () => {
  const png = withPngSize(await pngOf(gradient(2, 2)), 60_000, 60_000);
  const { message } = await rejection(decodeImage(png, "huge.png"));
  assert.match(message, /60000×60000 is 3600000000 pixels, more than the limit of 178956970/);
});

Deno.test("cut-off files are errors, never half-grey pictures", async () => {
  const { width, height, data } = gradient(120, 90);
  const picture = () => raw(data, width, height, 3);
  const files = {
    JPEG: picture().jpeg(),
    "JPEG ": picture().jpeg({ progressive: true }),
    PNG: picture().png(),
    "PNG ": picture().png({ progressive: true }),
    WebP: picture().webp(),
    TIFF: picture().tiff({ compression: "lzw" }),
    GIF: picture().gif(),
  };
  for (const [format, file] of Object.entries(files)) {
    const bytes = await file.toBuffer();
    for (const share of [0.3, 0.5, 0.9]) {
      const { message } = await rejection(decodeImage(bytes.subarray(0, bytes.length * share), "cut"));
      assert.match(message, new RegExp(`^cannot read cut: the ${format.trim()} file is truncated`));
    }
  }
});

Deno.test("a PNG with a wrong checksum is named as damaged", async () => {
  const png = await pngOf(gradient(20, 20));
  png[png.length - 24] ^= 1;
  const { message } = await rejection(decodeImage(png, "bad.png"));
  assert.equal(message, "cannot read bad.png: the PNG file is damaged (wrong checksum in its IDAT chunk)");
});

Deno.test("files that are no pictures are named by their first bytes", async () => {
  const { message } = await rejection(decodeImage(new TextEncoder().encode("<!DOCTYPE html>"), "text.jpg"));
  assert.equal(message, "cannot read text.jpg: not an image (first bytes 3c 21 44 4f)");
  assert.equal(
    (await rejection(decodeImage(Uint8Array.of(7), "one"))).message,
    "cannot read one: not an image (first bytes 07)",
  );
  assert.equal(
    (await rejection(decodeImage(new Uint8Array(0), "e.png"))).message,
    "cannot read e.png: the file is empty",
  );
});

Deno.test("SVG never reaches the decoder", async () => {
  const svg = new TextEncoder().encode(`<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>`);
  const { message } = await rejection(decodeImage(svg, "drawing.png"));
  assert.equal(
    message,
    "cannot read drawing.png: unsupported format: SVG; use JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP",
  );
});

Deno.test("mutated pictures are decoded or refused with one line, and nothing else", async () => {
  const { width, height, data } = gradient(24, 18);
  const picture = () => raw(data, width, height, 3);
  const files = await Promise.all(
    [picture().jpeg(), picture().png(), picture().webp(), picture().tiff(), picture().gif()].map((f) =>
      f.toBuffer()
    ),
  );
  const mutation = fc.record({
    file: fc.nat(files.length - 1),
    changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    }),
    kept: fc.double({ min: 0.5, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(mutation, async ({ file, changes, kept }) => {
      const bytes = Uint8Array.from(files[file]);
      for (const [place, value] of changes) bytes[Math.floor(place * bytes.length)] = value;
      try {
        const image = await decodeImage(bytes.slice(0, bytes.length * kept), "mutant", { maxPixels: 1e6 });
        assert.equal(image.data.length, image.width * image.height * 3);
      } catch (error) {
        assert.ok(error instanceof BneckError, `${error}`);
        assert.match(error.message, /^cannot read mutant: [^\n]+$/);
      }
    }),
    { numRuns: 300 },
  );
});
