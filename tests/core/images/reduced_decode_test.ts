import assert from "node:assert/strict";
import {
  type DecodedImage,
  decodeImage,
  type ImageSize,
  resizeImage,
  type RgbImage,
} from "../../../core/images/mod.ts";
import { loadSharp } from "../../../core/images/load_sharp.ts";

const sharp = await loadSharp();

/** Soft shapes that every size shows alike. */
function scene(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width, y / height];
      data[at++] = 255 * u;
      data[at++] = 255 * v;
      data[at++] = 127 + 120 * Math.sin(9 * u + 5 * v);
    }
  }
  return { width, height, data };
}

const pixelsOf = ({ width, height, data }: RgbImage) => sharp(data, { raw: { width, height, channels: 3 } });

function maxDifference(a: RgbImage, b: RgbImage): number {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  return a.data.reduce((max, value, i) => Math.max(max, Math.abs(value - b.data[i])), 0);
}

async function bothWays(
  file: Uint8Array,
  wanted: ImageSize,
): Promise<{ reduced: DecodedImage; exact: RgbImage }> {
  const reduced = await decodeImage(file, "a photo", { reduce: () => wanted });
  const full = await decodeImage(file, "a photo");
  return { reduced, exact: resizeImage(full, wanted.width, wanted.height, "bilinear") };
}

for (const [width, height] of [[1600, 1200], [1601, 1207], [1213, 1999]]) {
  for (const progressive of [false, true]) {
    Deno.test(`a ${progressive ? "progressive " : ""}JPEG of ${width}×${height} is decoded at a reduced size`, async () => {
      const file = await pixelsOf(scene(width, height)).jpeg({ quality: 95, progressive }).toBuffer();
      for (const factor of [3.1, 4.5, 8.5, 12]) {
        const wanted = { width: Math.round(width / factor), height: Math.round(height / factor) };
        const { reduced, exact } = await bothWays(file, wanted);
        assert.deepEqual(reduced.full, { width, height });
        assert.ok(maxDifference(reduced, exact) <= 8, `${maxDifference(reduced, exact)} at ${factor}`);
      }
    });
  }
}

for (let orientation = 1; orientation <= 8; orientation++) {
  Deno.test(`a reduced JPEG of EXIF orientation ${orientation} is upright`, async () => {
    const file = await pixelsOf(scene(1203, 805)).withMetadata({ orientation }).jpeg({ quality: 95 })
      .toBuffer();
    const wanted = orientation < 5 ? { width: 200, height: 134 } : { width: 134, height: 200 };
    const { reduced, exact } = await bothWays(file, wanted);
    assert.deepEqual(
      reduced.full,
      orientation < 5 ? { width: 1203, height: 805 } : { width: 805, height: 1203 },
    );
    assert.ok(maxDifference(reduced, exact) <= 6, `${maxDifference(reduced, exact)}`);
  });
}

Deno.test("WebP is reduced, grey JPEG too", async () => {
  const image = pixelsOf(scene(1600, 1200));
  for (
    const file of [
      await image.clone().webp({ quality: 95 }).toBuffer(),
      await image.greyscale().jpeg().toBuffer(),
    ]
  ) {
    const { reduced, exact } = await bothWays(file, { width: 200, height: 150 });
    assert.deepEqual(reduced.full, { width: 1600, height: 1200 });
    assert.ok(maxDifference(reduced, exact) <= 8, `${maxDifference(reduced, exact)}`);
  }
});

Deno.test("what no codec reduces, or not by much, comes at its full size", async () => {
  const image = pixelsOf(scene(640, 480));
  const reduce = () => ({ width: 64, height: 48 });
  const files = {
    PNG: await image.clone().png().toBuffer(),
    "CMYK JPEG": await image.clone().toColourspace("cmyk").jpeg().toBuffer(),
    "WebP with alpha": await image.clone().ensureAlpha(0.5).webp().toBuffer(),
  };
  for (const [name, file] of Object.entries(files)) {
    const { width, height, full } = await decodeImage(file, name, { reduce });
    assert.deepEqual([width, height, full], [640, 480, undefined], name);
  }
  const jpeg = await image.jpeg().toBuffer();
  for (
    const reduce of [() => undefined, () => ({ width: 214, height: 160 }), () => ({ width: 20, height: 400 })]
  ) {
    const { width, height, full } = await decodeImage(jpeg, "a small reduction", { reduce });
    assert.deepEqual([width, height, full], [640, 480, undefined]);
  }
});

Deno.test("truncated and too large JPEGs are refused at a reduced size as well", async () => {
  const file = await pixelsOf(scene(1600, 1200)).jpeg().toBuffer();
  const reduce = () => ({ width: 200, height: 150 });
  const half = file.subarray(0, file.length >> 1);
  await assert.rejects(decodeImage(half, "half.jpg", { reduce }), {
    message: "cannot read half.jpg: the JPEG file is truncated",
  });
  await assert.rejects(
    decodeImage(file, "large.jpg", { reduce, maxPixels: 1000 }),
    /more than the limit of 1000/,
  );
  const { width, notes, full } = await decodeImage(half, "half.jpg", { reduce, truncated: true });
  assert.deepEqual([width, full, notes], [200, { width: 1600, height: 1200 }, [{ kind: "truncated" }]]);
});
