import assert from "node:assert/strict";
import { BneckError } from "../../../../core/errors.ts";
import { decodeImage } from "../../../../core/images/decode.ts";
import type { DecodeOptions } from "../../../../core/images/image.ts";
import { endsEarly, jpegFrame, mayBeTurned } from "../../../../core/images/formats/jpeg_header.ts";
import { gradient, jpegOf, largestDifference, raw } from "../pictures.ts";

async function refusal(bytes: Uint8Array, options?: DecodeOptions): Promise<BneckError> {
  try {
    await decodeImage(bytes, "photo.jpg", options);
  } catch (error) {
    assert.ok(error instanceof BneckError, `${error}`);
    return error;
  }
  assert.fail("was decoded");
}

async function cmykJpeg(): Promise<Uint8Array> {
  const { width, height, data } = gradient(32, 24);
  const picture = raw(data, width, height, 3).toColourspace("cmyk");
  return new Uint8Array(await picture.jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer());
}

/** The places at which segments begin, before the scan. */
function segments(jpeg: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = 2; jpeg[at + 1] !== 0xda; at += 2 + (jpeg[at + 2] << 8 | jpeg[at + 3])) places.push(at);
  return places;
}

Deno.test("stray bytes between the markers of a CMYK JPEG do not change its colours", async () => {
  const jpeg = await cmykJpeg();
  const { data } = await decodeImage(jpeg, "cmyk.jpg");
  const strays = [[0], [0, 0, 0], [0x12, 0x34], [0xff, 0xff], [0xff, 0], [0xff, 0xd0], [0xff, 0x01]];
  for (const at of segments(jpeg).slice(1)) { // The first three bytes make it a JPEG.
    for (const stray of strays) {
      const file = Uint8Array.of(...jpeg.subarray(0, at), ...stray, ...jpeg.subarray(at));
      const image = await decodeImage(file, "stray.jpg").catch(String);
      // What libjpeg refuses is refused; what it reads has the right colours.
      if (typeof image !== "string") {
        assert.equal(largestDifference(image.data, data), 0, `${stray} at ${at}`);
      } else assert.ok(stray.includes(0xff), `${stray} at ${at}: ${image}`);
    }
  }
});

Deno.test("a JPEG that lacks only its end marker is refused with a way out, and read on demand", async () => {
  const { width, height, data } = gradient(40, 30);
  const picture = () => raw(data, width, height, 3);
  // Those with one scan are read where the decoder had no need of the marker.
  for (
    const file of [
      picture().jpeg({ progressive: true }),
      picture().toColourspace("cmyk").jpeg({ progressive: true }),
    ]
  ) {
    const jpeg = new Uint8Array(await file.toBuffer());
    const whole = await decodeImage(jpeg, "whole.jpg", { truncated: true });
    assert.equal(whole.notes, undefined);
    const cut = jpeg.subarray(0, -2);
    const { message, hint } = await refusal(cut);
    assert.equal(message, "cannot read photo.jpg: the JPEG file is truncated");
    assert.deepEqual(hint, { option: "truncated", advice: "read it as far as it goes" });
    const image = await decodeImage(cut, "photo.jpg", { truncated: true });
    assert.equal(largestDifference(image.data, whole.data), 0);
    assert.deepEqual(image.notes, [{ kind: "truncated" }]);
  }
});

Deno.test("without its last bytes, a JPEG is refused or has all its pixels", async () => {
  const jpeg = await jpegOf(gradient(40, 30));
  const whole = await decodeImage(jpeg, "whole.jpg");
  for (let missing = 1; missing < 20; missing++) {
    const file = jpeg.subarray(0, -missing);
    const image = await decodeImage(file, "cut.jpg").catch(() => undefined);
    if (image) assert.equal(largestDifference(image.data, whole.data), 0, `${missing} bytes missing`);
    else {assert.deepEqual((await decodeImage(file, "cut.jpg", { truncated: true })).notes, [{
        kind: "truncated",
      }]);}
  }
});

Deno.test("on demand, a JPEG that lacks its lower half shows its upper half", async () => {
  const jpeg = await jpegOf(gradient(64, 64));
  const whole = await decodeImage(jpeg, "whole.jpg");
  const image = await decodeImage(jpeg.subarray(0, jpeg.length * 0.7), "cut.jpg", { truncated: true });
  const eighth = 64 * 8 * 3;
  assert.equal(largestDifference(image.data.subarray(0, eighth), whole.data.subarray(0, eighth)), 0);
  assert.ok(largestDifference(image.data.subarray(-eighth), whole.data.subarray(-eighth)) > 20);
});

Deno.test("a JPEG without a picture is refused all the same, without a hint that would not help", async () => {
  const jpeg = await jpegOf(gradient(40, 30));
  for (const length of [2, 3, 20]) {
    const { message, hint } = await refusal(jpeg.subarray(0, length));
    assert.match(message, /^cannot read photo.jpg: the JPEG file is (truncated|damaged)/);
    assert.equal(hint, undefined);
    await refusal(jpeg.subarray(0, length), { truncated: true });
  }
});

Deno.test("kinds of JPEG that are not read are named", async () => {
  const jpeg = await jpegOf(gradient(16, 16));
  const frame = segments(jpeg).find((at) => jpeg[at + 1] === 0xc0)!;
  const changed = (at: number, value: number) => {
    const copy = jpeg.slice();
    copy[frame + at] = value;
    return copy;
  };
  const cases: [Uint8Array, string][] = [
    [changed(4, 12), "12-bit samples"],
    [changed(1, 0xc3), "lossless compression"],
    [changed(1, 0xc5), "hierarchical frames"],
    [changed(9, 2), "2 components"],
  ];
  for (const [file, kind] of cases) {
    assert.equal(
      (await refusal(file)).message,
      `cannot read photo.jpg: a JPEG with ${kind} is not supported; save it as an ordinary 8-bit JPEG or PNG`,
    );
  }
});

Deno.test("a truncated JPEG is called so while others are decoded", async () => {
  const { width, height, data } = gradient(400, 300);
  const jpeg = new Uint8Array(await raw(data, width, height, 3).jpeg({ progressive: true }).toBuffer());
  const broken = jpeg.slice(0, 400);
  const answers = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      if (i % 2) return await decodeImage(broken, "other.jpg").catch(() => "");
      const { message } = await refusal(jpeg.subarray(0, -2));
      const { notes } = await decodeImage(jpeg.subarray(0, -2), "photo.jpg", { truncated: true });
      return [message, notes];
    }),
  );
  for (const answer of answers.filter((_, i) => i % 2 === 0)) {
    assert.deepEqual(answer, ["cannot read photo.jpg: the JPEG file is truncated", [{ kind: "truncated" }]]);
  }
});

Deno.test("whether the end marker is there is seen in any file", async () => {
  for (const jpeg of [await jpegOf(gradient(40, 30)), await cmykJpeg()]) {
    assert.equal(endsEarly(jpeg), false);
    assert.equal(endsEarly(Uint8Array.of(...jpeg, 1, 2, 3)), false);
    for (let length = 2; length < jpeg.length; length += 7) {
      assert.equal(endsEarly(jpeg.subarray(0, length)), true);
    }
    assert.equal(endsEarly(jpeg.subarray(0, -1)), true);
  }
});

Deno.test("the frame header of any prefix is found or not, and nothing else", async () => {
  const jpeg = await jpegOf(gradient(16, 12));
  assert.deepEqual(jpegFrame(jpeg), { width: 16, height: 12, bits: 8, components: 3, process: 0 });
  for (let length = 0; length < 700; length++) jpegFrame(jpeg.subarray(0, length));
});

Deno.test("a photo may be turned if EXIF stands anywhere before its scan", async () => {
  const jpeg = await jpegOf(gradient(16, 12));
  assert.equal(mayBeTurned(jpeg), false);
  const scan = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xda);
  const exif = [0xff, 0xe1, 0, 8, 0x45, 0x78, 0x69, 0x66, 0, 0];
  for (const at of [2, scan]) {
    assert.equal(mayBeTurned(Uint8Array.of(...jpeg.subarray(0, at), ...exif, ...jpeg.subarray(at))), true);
  }
  assert.equal(mayBeTurned(Uint8Array.of(...jpeg, ...exif)), false, "behind the scan");
  for (let length = 0; length < 700; length++) assert.equal(mayBeTurned(jpeg.subarray(0, length)), false);
});
