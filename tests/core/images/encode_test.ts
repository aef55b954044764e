import assert from "node:assert/strict";
import sharp from "sharp";
import { BneckError } from "../../../core/errors.ts";
import { decodeImage } from "../../../core/images/decode.ts";
import { encodeRgbImage } from "../../../core/images/encode.ts";
import { gradient, largestDifference } from "./pictures.ts";

Deno.test("PNG files hold the pixels exactly, and sharp agrees", async () => {
  for (const [width, height] of [[1, 1], [7, 5], [64, 48], [1, 90]]) {
    const image = gradient(width, height);
    const png = await encodeRgbImage(image, "png");
    assert.deepEqual(await decodeImage(png, "own.png"), image);
    const { format, space, channels } = await sharp(png).metadata();
    assert.deepEqual([format, space, channels], ["png", "srgb", 3]);
  }
});

Deno.test("JPEG files look like the image, and quality sets their size", async () => {
  const image = gradient(200, 150);
  const fine = await encodeRgbImage(image, "jpeg");
  const coarse = await encodeRgbImage(image, "jpeg", { quality: 30 });
  assert.ok(coarse.length < fine.length);
  assert.ok(largestDifference((await decodeImage(fine, "fine.jpg")).data, image.data) < 12);
  assert.equal((await sharp(fine).metadata()).chromaSubsampling, "4:4:4");
});

Deno.test("an image too wide for JPEG is refused with the way out", async () => {
  const image = { width: 70_000, height: 1, data: new Uint8Array(210_000) };
  await assert.rejects(
    () => encodeRgbImage(image, "jpeg"),
    (error) => error instanceof BneckError && /70000×1 is too large for JPEG .*use PNG/.test(error.message),
  );
  assert.equal((await decodeImage(await encodeRgbImage(image, "png"), "wide.png")).width, 70_000);
});
