/** Files after public reports of people who do this work, and what each must give. */
import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { readImage } from "../../../core/images/decode.ts";
import type { DecodedImage, DecodeOptions } from "../../../core/images/image.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { largestDifference } from "./pictures.ts";

const CASES = "cases/pixels";

const read = (file: string, options?: DecodeOptions) => readImage(shared(`${CASES}/${file}`), options);

/** Mean of red, green and blue, in tenths: those of Pillow are 55.0, 65.1, 68.8 for this photo. */
function means({ width, height, data }: DecodedImage): string {
  const sums = [0, 0, 0];
  data.forEach((value, i) => sums[i % 3] += value);
  return sums.map((sum) => Math.round(sum / (width * height))).join(" ");
}

async function refusal(file: string): Promise<string> {
  try {
    await read(file);
  } catch (error) {
    assert.ok(error instanceof BneckError, `${error}`);
    return error.message.split(": ").slice(1).join(": ");
  }
  assert.fail(`${file} was decoded`);
}

testWithShared(CASES, "the photo of the cases has its colours in every file that can be read", async () => {
  const notes: Record<string, unknown> = {
    "03-extra-band/t_rgbnir_unspec.tif": [{ kind: "extra bands", count: 1 }],
    "06-alpha0/alpha0.png": [{ kind: "transparent" }],
    "06-alpha0/alpha0.webp": [{ kind: "transparent" }],
    "08-tiff-messages/t_5band.tif": [{ kind: "extra bands", count: 2 }],
    "16-cmyk-stray/cmyk_pil.jpg": undefined,
    "16-cmyk-stray/cmyk_stray.jpg": undefined,
    "17-multipage/t_multipage.tif": [{ kind: "pages", count: 2 }],
  };
  for (const [file, expected] of Object.entries(notes)) {
    const image = await read(file);
    assert.deepEqual([means(image), image.notes], ["55 65 69", expected], file);
  }
  const grey = await read("03-extra-band/g_extra.tif");
  assert.deepEqual([means(grey), grey.notes], ["55 55 55", [{ kind: "extra bands", count: 1 }]]);
  assert.equal(means(await read("18-refused-formats/b_rle8.bmp")), "55 55 55");
  for (const file of ["avif.avif", "really_avif.jpg"]) {
    assert.equal(means(await read(`18-refused-formats/${file}`)), "54 66 68");
  }
});

testWithShared(CASES, "the CMYK JPEG with stray bytes equals the sound one", async () => {
  const [sound, stray] = await Promise.all(
    ["pil", "stray"].map((name) => read(`16-cmyk-stray/cmyk_${name}.jpg`)),
  );
  assert.equal(largestDifference(sound.data, stray.data), 0);
});

testWithShared(CASES, "the JPEG without an end marker is read on demand", async () => {
  assert.equal(await refusal("16-cmyk-stray/no_eoi.jpg"), "the JPEG file is truncated");
  const image = await read("16-cmyk-stray/no_eoi.jpg", { truncated: true });
  assert.deepEqual([means(image), image.notes], ["55 65 69", [{ kind: "truncated" }]]);
});

testWithShared(CASES, "files of kinds that are not read are named", async () => {
  const said: Record<string, RegExp> = {
    "08-tiff-messages/j12.jpg": /^a JPEG with 12-bit samples is not supported/,
    "08-tiff-messages/lzma.tif": /^a TIFF with LZMA compression is not supported/,
    "08-tiff-messages/u8_minisblack3.tif": /^a TIFF with 3 greyscale bands is not supported/,
    "18-refused-formats/ppm.ppm": /^unsupported format: PPM/,
    "18-refused-formats/tga.tga": /^unsupported format: TGA/,
  };
  for (const [file, pattern] of Object.entries(said)) assert.match(await refusal(file), pattern);
});
