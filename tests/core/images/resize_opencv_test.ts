import assert from "node:assert/strict";
import { resizeLikeOpenCv } from "../../../core/images/mod.ts";

interface Fixture {
  readonly cases: readonly {
    readonly from: readonly [width: number, height: number];
    readonly to: readonly [width: number, height: number];
    readonly image: string;
    readonly resized: string;
  }[];
}

/** Written by tests/parity/opencv_resize.py. */
const FIXTURE: Fixture = JSON.parse(
  Deno.readTextFileSync(new URL("../../fixtures/images/opencv_resize.json", import.meta.url)),
);

for (const { from, to, image, resized } of FIXTURE.cases) {
  Deno.test(`${from.join("×")} becomes ${to.join("×")} to the bit as cv2.resize makes it`, () => {
    const [width, height] = from;
    const result = resizeLikeOpenCv({ width, height, data: Uint8Array.fromBase64(image) }, ...to);
    assert.deepEqual([result.width, result.height], to);
    assert.deepEqual(result.data, Uint8Array.fromBase64(resized));
  });
}

Deno.test("an image of one colour keeps it at any size", () => {
  for (const level of [0, 1, 127, 254, 255]) {
    const image = { width: 17, height: 9, data: new Uint8Array(17 * 9 * 3).fill(level) };
    for (const [width, height] of [[1, 1], [5, 30], [40, 2], [16, 9]]) {
      const { data } = resizeLikeOpenCv(image, width, height);
      assert.ok(data.every((value) => value === level), `${level} at ${width}×${height}`);
    }
  }
});

Deno.test("an image of the right size is returned as it is", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  assert.equal(resizeLikeOpenCv(image, 2, 1), image);
});
