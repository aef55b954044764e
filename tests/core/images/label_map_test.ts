import assert from "node:assert/strict";
import fc from "fast-check";
import sharp from "sharp";
import { BneckError } from "../../../core/errors.ts";
import { type LabelColors, labelColors } from "../../../core/images/label_colors.ts";
import { readLabelMap } from "../../../core/images/label_map.ts";
import { encodeLabelPng } from "../../../core/images/label_png.ts";
import { tiffFile, type TiffPage } from "./tiff_file.ts";

const CLASSES = [
  { id: 0, color: [128, 128, 128] },
  { id: 1, color: [128, 0, 0] },
  { id: 7, color: [60, 40, 222] },
  { id: 300, color: [0, 0, 0] },
] as const;

const KNOWN = new Set<number>(CLASSES.map(({ id }) => id));

const COLORS = labelColors(CLASSES, (value) => KNOWN.has(value));

/** Writes a file, reads it as a label map and removes it. */
async function read(name: string, bytes: Uint8Array, colors?: LabelColors) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    return await readLabelMap(`${folder}/${name}`, { colors });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is said against a file. */
async function refusal(name: string, bytes: Uint8Array, colors?: LabelColors): Promise<string> {
  try {
    await read(name, bytes, colors);
  } catch (error) {
    assert.ok(error instanceof BneckError, `${error}`);
    assert.equal(error.exitStatus, 1);
    assert.ok(error.message.startsWith("cannot read /") && error.message.includes(name), error.message);
    return error.message.replace(/^.*?: /, "");
  }
  assert.fail(`${name} was read`);
}

/** A picture of one row. */
function row(pixels: readonly (readonly number[])[]) {
  const channels = pixels[0].length as 1 | 2 | 3 | 4;
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width: pixels.length, height: 1, channels } });
}

function grey(...ids: number[]) {
  return row(ids.map((id) => [id])).toColourspace("b-w");
}

Deno.test("ids are read from every format that keeps them, from equal channels and beside an opaque alpha channel", async () => {
  const ids = [0, 1, 7, 255, 7, 254];
  const rgb = row(ids.map((id) => [id, id, id]));
  const rgba = row(ids.map((id) => [id, id, id, 255]));
  const files: Record<string, Uint8Array> = {
    "rgb.png": await rgb.png().toBuffer(),
    "rgba.png": await rgba.png().toBuffer(),
    "interlaced.png": await rgb.png({ progressive: true }).toBuffer(),
    "grey.tif": await grey(...ids).tiff({ compression: "lzw" }).toBuffer(),
    "grey.tiff": await grey(...ids).tiff({ compression: "deflate", predictor: "horizontal" }).toBuffer(),
    "rgb.tif": await rgb.tiff({ compression: "none" }).toBuffer(),
    "rgb.webp": await rgb.webp({ lossless: true }).toBuffer(),
    "rgb.bmp": bmp(24, ids.map((id) => [id, id, id])),
    "rgb32.bmp": bmp(32, ids.map((id) => [id, id, id, 255])),
    "indexed.bmp": bmp(8, ids.map((id) => [id])),
  };
  for (const [name, bytes] of Object.entries(files)) {
    assert.deepEqual([...(await read(name, bytes)).data], ids, name);
    if (!/indexed|grey/.test(name)) {
      // 254 and 255 are neither ids nor colours, so these are ids of which scoring says more.
      assert.deepEqual([...(await read(name, bytes, COLORS)).data], ids, name);
    }
  }
});

Deno.test("a TIFF of 16 bits, of 1 bit and with two channels is read exactly", async () => {
  const wide = sharp(Uint16Array.of(1, 26_001, 65_535, 0), { raw: { width: 2, height: 2, channels: 1 } });
  const tiff = await wide.toColourspace("grey16").tiff({ compression: "lzw" }).toBuffer();
  assert.deepEqual([...(await read("wide.tif", tiff)).data], [1, 26_001, 65_535, 0]);
  const bits = await grey(0, 255, 255, 0).tiff({ compression: "none", bitdepth: 1 }).toBuffer();
  assert.deepEqual([...(await read("bits.tif", bits)).data], [0, 1, 1, 0]);
  const alpha = await row([[3, 255], [9, 255]]).toColourspace("b-w").png().toBuffer();
  assert.deepEqual([...(await read("alpha.png", alpha)).data], [3, 9]);
});

Deno.test("a TIFF may hold its ids in samples of any type, and each has to be an id", async () => {
  const file = (bits: number, format: number, data: readonly number[], rest: Partial<TiffPage> = {}) =>
    tiffFile([{ width: data.length, height: 1, samples: 1, bits, photometric: 1, format, data, ...rest }]);
  const floats = (...values: number[]) => [...new Uint32Array(Float32Array.from(values).buffer)];
  const negative = (bits: number) => 2 ** bits - 1;
  const ids = async (bytes: Uint8Array) => [...(await read("x.tif", bytes)).data];
  assert.deepEqual(await ids(file(8, 2, [0, 7, 127])), [0, 7, 127]);
  assert.deepEqual(await ids(file(16, 2, [0, 7, 32_767])), [0, 7, 32_767]);
  for (const format of [1, 2]) {
    assert.deepEqual(await ids(file(32, format, [0, 26_001, 65_535])), [0, 26_001, 65_535]);
  }
  assert.deepEqual(await ids(file(32, 3, floats(0, 3, 65_535))), [0, 3, 65_535]);
  const refused: [Uint8Array, RegExp][] = [
    [file(8, 2, [1, negative(8)]), /pixels have to be whole numbers from 0 to 65535, and one is -1/],
    [file(16, 2, [negative(16), 1]), /and one is -1/],
    [file(32, 2, [1, negative(32)]), /and one is -1/],
    [file(32, 1, [1, 65_536]), /and one is 65536/],
    [file(32, 3, floats(1, 2.5)), /and one is 2\.5/],
    [file(32, 3, floats(1, NaN)), /and one is NaN/],
  ];
  for (const [bytes, message] of refused) assert.match(await refusal("x.tif", bytes), message);
});

Deno.test("a TIFF whose samples cannot be decoded, or are not one label map, is refused with what it is", async () => {
  const page: TiffPage = { width: 2, height: 2, samples: 1, photometric: 1, data: [1, 2, 3, 4] };
  const onehot = { ...page, samples: 3, extra: [0, 0], data: Array(12).fill(1) };
  const cases: [TiffPage[], RegExp][] = [
    // The decoder makes zeros of both.
    [
      [{ ...page, compression: 50_000 }],
      /^a TIFF with Zstandard compression is not supported; save label maps as PNG/,
    ],
    [[{ ...page, compression: 34_925 }], /^a TIFF with LZMA compression is not supported/],
    [[onehot], /^a TIFF with 3 greyscale bands is not supported/],
    [[{ ...onehot, planar: true }], /^a TIFF with 3 greyscale bands is not supported/],
    [[page, page], /^it has 2 pages, and a label map is one image; save each page as a file/],
  ];
  for (const [pages, message] of cases) assert.match(await refusal("x.tif", tiffFile(pages)), message);
  assert.deepEqual([...(await read("x.tif", tiffFile([page, { ...page, subfileType: 1 }]))).data], [
    1,
    2,
    3,
    4,
  ]);
});

Deno.test("colour-coded label maps become the ids of their classes in every format", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...CLASSES), { minLength: 2, maxLength: 40 }),
      fc.constantFrom("png", "tif", "webp", "bmp"),
      fc.boolean(),
      async (pixels, extension, alpha) => {
        // One colour at least that is not grey.
        const classes = [...pixels, CLASSES[1]];
        const colors = classes.map(({ color }) => alpha ? [...color, 255] : [...color]);
        const picture = row(colors);
        const bytes = extension === "bmp"
          ? bmp(alpha ? 32 : 24, colors)
          : extension === "tif"
          ? await picture.tiff({ compression: "lzw" }).toBuffer()
          : extension === "webp"
          ? await picture.webp({ lossless: true }).toBuffer()
          : await picture.png().toBuffer();
        const { data } = await read(`x.${extension}`, bytes, COLORS);
        assert.deepEqual([...data], classes.map(({ id }) => id));
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("colours that belong to no class, or to two, are named with their pixels", async () => {
  const picture = await row([[128, 0, 0], [1, 2, 3], [9, 9, 8], [1, 2, 3]]).png().toBuffer();
  assert.match(
    await refusal("x.png", picture, COLORS),
    /it is a colour image, and colours of it are not the colour of exactly one class: 1,2,3 \(2 pixels\), 9,9,8 \(1 pixel\);/,
  );
  const twice = labelColors([...CLASSES, { id: 9, color: [128, 0, 0] }], () => false);
  assert.match(await refusal("x.png", picture, twice), /128,0,0 \(1 pixel\)/);
  assert.match(
    await refusal("x.png", picture),
    /colour image, not a label map, and there are no colours of classes/,
  );
  assert.match(
    await refusal("x.png", picture, labelColors([{ id: 1 }], () => true)),
    /there are no colours of classes/,
  );
});

Deno.test("grey pictures whose values can be ids as well as colours are refused, if these differ", async () => {
  const black = await row([[0, 0, 0], [0, 0, 0]]).png().toBuffer();
  assert.match(
    await refusal("black.png", black, COLORS),
    /its grey values \(0\) can be ids as well as colours/,
  );
  const same = labelColors([{ id: 0, color: [0, 0, 0] }, { id: 1, color: [9, 9, 9] }], (value) => value < 2);
  assert.deepEqual([...(await read("black.png", black, same)).data], [0, 0]);
  const nines = await row([[0, 0, 0], [9, 9, 9]]).png().toBuffer();
  assert.deepEqual([...(await read("nines.png", nines, same)).data], [0, 1]);
});

Deno.test("formats that change values, and transparent pixels, are refused with the reason", async () => {
  const picture = row([[1, 1, 1], [2, 2, 2]]);
  const cases: [string, Uint8Array, RegExp][] = [
    ["x.jpg", await picture.jpeg().toBuffer(), /^JPEG cannot hold labels, since its compression changes/],
    ["really_jpeg.png", await picture.jpeg().toBuffer(), /^JPEG cannot hold labels/],
    ["x.webp", await picture.webp({ lossless: false }).toBuffer(), /^lossy WebP cannot hold labels/],
    [
      "x.tif",
      await sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } })
        .tiff({ compression: "jpeg" }).toBuffer(),
      /^a TIFF with lossy compression cannot hold labels/,
    ],
    ["x.gif", await picture.gif().toBuffer(), /must be a PNG, TIFF, BMP or lossless WebP, not GIF$/],
    ["x.pdf", new TextEncoder().encode("%PDF-1.4 "), /not PDF$/],
    ["x.txt", new TextEncoder().encode("labels of a kind"), /not a file of another kind$/],
    [
      "clear.png",
      await row([[1, 1, 1, 0], [2, 2, 2, 255]]).png().toBuffer(),
      /^1 of its pixels are transparent, which is not a label/,
    ],
  ];
  for (const [name, bytes, message] of cases) assert.match(await refusal(name, bytes), message, name);
});

Deno.test("damaged files are refused, never internal errors", async () => {
  const files = {
    "x.png": await row([[1, 1, 1], [2, 2, 2]]).png().toBuffer(),
    "x.tif": await grey(1, 2, 3, 4).tiff({ compression: "lzw" }).toBuffer(),
    "x.bmp": bmp(8, [[1], [2], [3]]),
    "x.webp": await row([[1, 1, 1], [2, 2, 2]]).webp({ lossless: true }).toBuffer(),
    "plain.png": encodeLabelPng({ width: 2, height: 1, data: Uint8Array.of(1, 2) }),
  };
  const folder = await Deno.makeTempDir();
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.entries(files)),
        fc.nat(),
        fc.nat(255),
        fc.boolean(),
        async ([name, whole], at, value, cut) => {
          const bytes = cut ? whole.slice(0, at % whole.length) : Uint8Array.from(whole);
          if (!cut) bytes[at % whole.length] = value;
          await Deno.writeFile(`${folder}/${name}`, bytes);
          try {
            await readLabelMap(`${folder}/${name}`, { maxPixels: 100_000, colors: COLORS });
          } catch (error) {
            assert.ok(error instanceof BneckError, `${error instanceof Error ? error.stack : error}`);
          }
        },
      ),
      { numRuns: 300 },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A BMP of one row: `bits` 8 (with a palette that is not a ramp), 24 or 32. */
function bmp(bits: number, pixels: readonly (readonly number[])[]): Uint8Array {
  const palette = bits === 8 ? 1024 : 0;
  const stride = Math.ceil(pixels.length * bits / 32) * 4;
  const bytes = new Uint8Array(54 + palette + stride);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54 + palette, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, pixels.length, true);
  view.setInt32(22, 1, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  for (let id = 0; id < palette / 4; id++) bytes.set([id % 7, 255 - id, id % 3, 0], 54 + 4 * id);
  pixels.forEach((pixel, x) => {
    const [red, green = 0, blue = 0, alpha = 0] = pixel;
    const stored = bits === 8 ? [red] : bits === 24 ? [blue, green, red] : [blue, green, red, alpha];
    bytes.set(stored, 54 + palette + x * bits / 8);
  });
  return bytes;
}
