import assert from "node:assert/strict";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import { memoryBudget } from "../../../core/workers/mod.ts";
import { memoryNeed, withMemoryFor } from "../../../models/pipeline/memory_need.ts";
import { testImage } from "../../support/test_image.ts";

const SIZE = { width: 4000, height: 3000, bytesPerPixel: 3, reducible: true };

Deno.test("an image takes its pixels, their classes and the largest of its files", () => {
  assert.equal(memoryNeed(SIZE, { files: [] }), 36e6);
  assert.equal(memoryNeed(SIZE, { files: ["json"], detect: { score: 0.25, max: 100 } }), 36e6);
  assert.equal(memoryNeed(SIZE, { files: ["ids", "color"], segment: { opacity: 0.5 } }), 120e6);
});

Deno.test("of a reduced image only the smaller size is decoded, but a progressive JPEG keeps its coefficients", () => {
  const needed = { width: 1000, height: 750 };
  assert.equal(memoryNeed(SIZE, { files: [] }, needed), 4.5e6);
  assert.equal(memoryNeed({ ...SIZE, bytesPerPixel: 9 }, { files: [] }, needed), 76.5e6);
});

/** A network that takes `bytes` for an image, once it is measured. */
function measurable(bytes: number | undefined) {
  let isMeasured = false;
  return {
    inputExtent: () => [1024, 2048] as const,
    memoryFor: () => isMeasured ? bytes : undefined,
    measureMemory: () => {
      isMeasured = true;
      return Promise.resolve();
    },
  };
}

/** Four images that wait for each other where they have to; `work` is done with each. */
async function doFour(bytes: number | undefined, work: () => Promise<void>): Promise<void> {
  const budget = memoryBudget(4_000_000, 4);
  const image = { path: "a.png", bytes: await encodeRgbImage(testImage(60, 40), "png") };
  const read = { ...image, needed: () => undefined, model: measurable(bytes) };
  const memory = { budget, waitFor: <T>(something: Promise<T>) => something };
  await Promise.all(Array.from({ length: 4 }, () => withMemoryFor(read, { files: [] }, memory, work)));
}

Deno.test("images go side by side once the network of a file is measured", async () => {
  const all = Promise.withResolvers<void>();
  let running = 0;
  await doFour(900_000, () => {
    if (++running === 4) all.resolve();
    return all.promise;
  });
});

Deno.test("images go alone where a network takes much, or is unknown even then", async () => {
  for (const bytes of [2_000_000, undefined]) {
    let running = 0;
    await doFour(bytes, async () => {
      assert.equal(++running, 1);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
    });
  }
});

Deno.test("an image is refused for which a network of a file takes too much", async () => {
  await assert.rejects(
    doFour(5_000_000, () => Promise.resolve()),
    /a\.png: an image of 60×40 pixels at a network's input of 2048×1024 takes about 6 MB of memory, more than the limit of 4 MB/,
  );
});
