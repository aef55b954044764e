import assert from "node:assert/strict";
import { claimedSize } from "../../../../core/images/mod.ts";
import { loadSharp } from "../../../../core/images/load_sharp.ts";

const sharp = await loadSharp();
const image = sharp({ create: { width: 70, height: 50, channels: 3, background: "#123456" } });

Deno.test("headers claim a size and what its pixels take", async () => {
  const files = {
    jpeg: [await image.clone().jpeg().toBuffer(), 3, true],
    progressive: [await image.clone().jpeg({ progressive: true }).toBuffer(), 9, true],
    cmyk: [await image.clone().toColourspace("cmyk").jpeg().toBuffer(), 7, false],
    png: [await image.clone().png().toBuffer(), 3, false],
    indexed: [await image.clone().png({ palette: true }).toBuffer(), 3, false],
    "transparent palette": [await image.clone().ensureAlpha(0.5).png({ palette: true }).toBuffer(), 7, false],
    transparent: [await image.clone().ensureAlpha(0.5).png().toBuffer(), 7, false],
    webp: [await image.clone().webp().toBuffer(), 3, true],
    gif: [await image.clone().gif().toBuffer(), undefined, false],
    tiff: [await image.clone().tiff().toBuffer(), 3, false],
    avif: [await image.clone().avif({ effort: 0 }).toBuffer(), 3, false],
  } as const;
  for (const [name, [file, bytesPerPixel, reducible]] of Object.entries(files)) {
    const claimed = await claimedSize(file);
    assert.deepEqual([claimed?.width, claimed?.height, claimed?.reducible], [70, 50, reducible], name);
    if (bytesPerPixel !== undefined) assert.equal(claimed?.bytesPerPixel, bytesPerPixel, name);
  }
});

Deno.test("a BMP stored from top to bottom has a negative height", async () => {
  const bytes = new Uint8Array(54);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(14, 40, true);
  view.setInt32(18, 30_000, true);
  view.setInt32(22, -20_000, true);
  const claimed = await claimedSize(bytes);
  assert.deepEqual([claimed?.width, claimed?.height], [30_000, 20_000]);
});

Deno.test("what is no image, or ends in its header, claims nothing", async () => {
  assert.equal(await claimedSize(new Uint8Array(0)), undefined);
  assert.equal(await claimedSize(new TextEncoder().encode("not an image")), undefined);
  for (const format of ["jpeg", "png", "webp", "tiff", "gif"] as const) {
    const file = await image.clone().toFormat(format).toBuffer();
    assert.equal(await claimedSize(file.subarray(0, 16)), undefined, format);
  }
});
