import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../core/errors.ts";
import { decodeImage } from "../../../core/images/decode.ts";
import { gradient, largestDifference, overWhite, raw } from "./pictures.ts";

const { width, height, data } = gradient(48, 32);

async function avif(options: { readonly quality?: number; readonly bitdepth?: 8 | 10 | 12 } = {}) {
  const picture = raw(data, width, height, 3);
  return new Uint8Array(
    await picture.avif({ quality: 90, chromaSubsampling: "4:4:4", ...options }).toBuffer(),
  );
}

Deno.test("AVIF is read, whatever the file is called, at 8, 10 and 12 bits", async () => {
  for (const bitdepth of [8, 10, 12] as const) {
    const image = await decodeImage(await avif({ bitdepth }), "photo.jpg");
    assert.deepEqual([image.width, image.height, image.notes], [width, height, undefined]);
    assert.ok(largestDifference(image.data, data) <= 12, `${bitdepth} bits`);
  }
});

Deno.test("alpha of an AVIF lies over white", async () => {
  const rgba = new Uint8Array(16 * 16 * 4);
  for (let i = 0; i < 256; i++) rgba.set([200, 100, 50, i], i * 4);
  const file = await raw(rgba, 16, 16, 4).avif({ lossless: true }).toBuffer();
  const image = await decodeImage(file, "alpha.avif");
  for (let i = 0; i < 256; i++) assert.ok(Math.abs(image.data[i * 3] - overWhite(200, i)) <= 2);
});

Deno.test("a still image under the brand of sequences is read", async () => {
  const file = await avif();
  const expected = await decodeImage(file, "a.avif");
  file.set(new TextEncoder().encode("avis"), 8);
  const before = file.slice();
  assert.deepEqual(await decodeImage(file, "a.avif"), expected);
  assert.deepEqual(file, before);
});

Deno.test("an AVIF that is cut off is truncated, one with too many pixels is refused with its size", async () => {
  const file = await avif();
  for (const share of [0.1, 0.3, 0.6, 0.9, 0.99]) {
    await assert.rejects(() => decodeImage(file.subarray(0, file.length * share), "cut.avif"), {
      name: "BneckError",
      message: "cannot read cut.avif: the AVIF file is truncated",
    });
  }
  await assert.rejects(() => decodeImage(file, "big.avif", { maxPixels: 100 }), {
    message: "cannot read big.avif: 48×32 is 1536 pixels, more than the limit of 100",
  });
});

Deno.test("mutated AVIF files are decoded or refused with one line", async () => {
  const file = await avif();
  const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(changes, async (changes) => {
      const copy = file.slice();
      for (const [at, value] of changes) copy[at] = value;
      try {
        const image = await decodeImage(copy, "mutant", { maxPixels: 1e6 });
        assert.equal(image.data.length, image.width * image.height * 3);
      } catch (error) {
        assert.ok(error instanceof BneckError, `${error}`);
        assert.match(error.message, /^cannot read mutant: [^\n]+$/);
      }
    }),
    { numRuns: 150 },
  );
});
