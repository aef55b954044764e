import assert from "node:assert/strict";
import { decodeImage, decodeLabelMap } from "../../../core/images/mod.ts";
import {
  encodeLabels,
  encodePhoto,
  fitInto,
  shrinkImage,
  shrinkLabels,
} from "../../../models/evaluation/thumbnails.ts";
import { testImage } from "../../support/test_image.ts";

Deno.test("images get smaller and keep their shape, and are never enlarged", () => {
  assert.deepEqual(fitInto(512, { width: 2048, height: 1024 }), { width: 512, height: 256 });
  assert.deepEqual(fitInto(512, { width: 30, height: 20 }), { width: 30, height: 20 });
  assert.deepEqual(fitInto(100, { width: 4000, height: 2 }), { width: 100, height: 1 });
});

Deno.test("a shrunken photo has the mean colours of the photo", async () => {
  const photo = testImage(400, 300);
  const small = await shrinkImage(photo, 100);
  assert.deepEqual([small.width, small.height], [100, 75]);
  for (let channel = 0; channel < 3; channel++) {
    const mean = (data: Uint8Array) => {
      let sum = 0;
      for (let i = channel; i < data.length; i += 3) sum += data[i];
      return sum / (data.length / 3);
    };
    assert.ok(Math.abs(mean(small.data) - mean(photo.data)) < 1.5);
  }
  assert.equal(await shrinkImage(small, 100), small);
});

Deno.test("shrunken labels hold ids that were there, at their places", () => {
  const data = new Uint16Array(40 * 20).map((_, i) => i % 40 < 20 ? 7 : 300);
  const { width, height, data: small } = shrinkLabels({ width: 40, height: 20, data }, 10);
  assert.deepEqual([width, height], [10, 5]);
  for (let i = 0; i < small.length; i++) assert.equal(small[i], i % 10 < 5 ? 7 : 300);
});

Deno.test("labels and photos survive their encoding", async () => {
  const labels = { width: 2, height: 2, data: Uint8Array.of(0, 1, 2, 1) };
  const png = await encodeLabels(labels, [[0, 0, 0], [255, 0, 0], [0, 0, 255]]);
  assert.deepEqual(decodeLabelMap(png, "labels").data, labels.data);

  const wide = { width: 2, height: 1, data: Uint16Array.of(0, 700) };
  const colors: [number, number, number][] = [];
  colors[0] = [1, 2, 3];
  colors[700] = [4, 5, 6];
  const drawn = await decodeImage(await encodeLabels(wide, colors), "labels");
  assert.deepEqual([...drawn.data], [1, 2, 3, 4, 5, 6]);

  const photo = await decodeImage(await encodePhoto(testImage(40, 30)), "photo");
  assert.deepEqual([photo.width, photo.height], [40, 30]);
});
