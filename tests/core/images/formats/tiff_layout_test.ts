import assert from "node:assert/strict";
import { BneckError } from "../../../../core/errors.ts";
import { decodeImage } from "../../../../core/images/decode.ts";
import { readTiffHeader } from "../../../../core/images/formats/tiff_header.ts";
import { overWhite } from "../pictures.ts";
import { tiffFile, type TiffPage } from "../tiff_file.ts";

const [WIDTH, HEIGHT] = [4, 3];

type Kind = Omit<TiffPage, "width" | "height" | "data">;

/** A different sample at every place and band; at 16 bits the same in the high byte. */
function page(kind: Kind): TiffPage {
  const values = Array.from({ length: WIDTH * HEIGHT * kind.samples }, (_, i) => {
    const [pixel, band] = kind.planar
      ? [i % (WIDTH * HEIGHT), Math.floor(i / (WIDTH * HEIGHT))]
      : [Math.floor(i / kind.samples), i % kind.samples];
    return sampleAt(pixel, band);
  });
  return {
    width: WIDTH,
    height: HEIGHT,
    ...kind,
    data: values.map((value) => kind.bits === 16 ? value * 257 : value),
  };
}

const sampleAt = (pixel: number, band: number) => 20 + 31 * band % 190 + 3 * pixel;

const pixelsOf = (ofPixel: (pixel: number) => number[]) =>
  Array.from({ length: WIDTH * HEIGHT }, (_, pixel) => ofPixel(pixel)).flat();

async function refusal(kind: Kind, name = "image.tif"): Promise<string> {
  try {
    await decodeImage(tiffFile([page(kind)]), name);
  } catch (error) {
    assert.ok(error instanceof BneckError, `${error}`);
    return error.message.replace(`cannot read ${name}: `, "");
  }
  assert.fail("was decoded");
}

Deno.test("bands beyond RGB that are not declared as alpha are left out and said", async () => {
  const kinds: Kind[] = [
    { samples: 4, photometric: 2 },
    { samples: 4, photometric: 2, extra: [0] },
    { samples: 4, photometric: 2, extra: [0], bits: 16 },
    { samples: 4, photometric: 2, planar: true },
    { samples: 4, photometric: 2, planar: true, bits: 16 },
    { samples: 5, photometric: 2, extra: [0, 0] },
    { samples: 5, photometric: 2, extra: [0, 0], bits: 16 },
    { samples: 8, photometric: 2, extra: [0, 0, 0, 0, 0] },
    { samples: 12, photometric: 2, planar: true },
  ];
  for (const kind of kinds) {
    for (const littleEndian of [true, false]) {
      const { data, notes } = await decodeImage(tiffFile([page(kind)], littleEndian), "bands.tif");
      assert.deepEqual([...data], pixelsOf((pixel) => [0, 1, 2].map((band) => sampleAt(pixel, band))));
      assert.deepEqual(notes, [{ kind: "extra bands", count: kind.samples - 3 }]);
    }
  }
});

Deno.test("a band beyond grey that is not declared as alpha is left out and said", async () => {
  for (const bits of [8, 16]) {
    for (const extra of [[], [0]]) {
      for (const photometric of [0, 1]) {
        const file = tiffFile([page({ samples: 2, photometric, extra, bits })]);
        const { data, notes } = await decodeImage(file, "grey.tif");
        const grey = (pixel: number) => photometric === 1 ? sampleAt(pixel, 0) : 255 - sampleAt(pixel, 0);
        assert.deepEqual([...data], pixelsOf((pixel) => [grey(pixel), grey(pixel), grey(pixel)]));
        assert.deepEqual(notes, [{ kind: "extra bands", count: 1 }]);
      }
    }
  }
});

Deno.test("the band that is declared as alpha is the alpha, wherever it stands", async () => {
  const cases: [extra: number[], alpha: number, left: number][] = [[[2], 3, 0], [[2, 0], 3, 1], [
    [0, 2],
    4,
    1,
  ]];
  for (const [extra, alpha, left] of cases) {
    const file = tiffFile([page({ samples: 3 + extra.length, photometric: 2, extra })]);
    const { data, notes } = await decodeImage(file, "alpha.tif");
    const expected = pixelsOf((pixel) =>
      [0, 1, 2].map((band) => overWhite(sampleAt(pixel, band), sampleAt(pixel, alpha)))
    );
    assert.deepEqual([...data], expected);
    assert.deepEqual(notes, left === 0 ? undefined : [{ kind: "extra bands", count: left }]);
  }
});

Deno.test("bands beyond CMYK are left out, or blended where they are alpha", async () => {
  const rgb = (pixel: number) =>
    [0, 1, 2].map((band) => Math.round((255 - sampleAt(pixel, band)) * (255 - sampleAt(pixel, 3)) / 255));
  const plain = await decodeImage(tiffFile([page({ samples: 5, photometric: 5, extra: [0] })]), "cmyk.tif");
  assert.deepEqual([...plain.data], pixelsOf(rgb));
  assert.deepEqual(plain.notes, [{ kind: "extra bands", count: 1 }]);
  const blended = await decodeImage(tiffFile([page({ samples: 5, photometric: 5, extra: [2] })]), "cmyk.tif");
  assert.deepEqual(
    [...blended.data],
    pixelsOf((pixel) => rgb(pixel).map((value) => overWhite(value, sampleAt(pixel, 4)))),
  );
});

Deno.test("kinds that are not read are named, never called damaged", async () => {
  const cases: [Kind, string][] = [
    [{ samples: 3, photometric: 1, extra: [0, 0] }, "a TIFF with 3 greyscale bands"],
    [{ samples: 6, photometric: 1 }, "a TIFF with 6 greyscale bands"],
    [{ samples: 2, photometric: 2 }, "a TIFF with 2 colour bands"],
    [{ samples: 40, photometric: 2 }, "a TIFF with 40 colour bands"],
    [{ samples: 3, photometric: 2, compression: 34925 }, "a TIFF with LZMA compression"],
    [{ samples: 3, photometric: 2, compression: 50000 }, "a TIFF with Zstandard compression"],
    [{ samples: 3, photometric: 2, compression: 34887 }, "a TIFF with LERC compression"],
    [{ samples: 3, photometric: 2, compression: 34712 }, "a TIFF with JPEG 2000 compression"],
    [{ samples: 3, photometric: 2, compression: 6 }, "a TIFF with old-style JPEG compression"],
    [{ samples: 3, photometric: 2, compression: 4321 }, "a TIFF with compression 4321"],
    [{ samples: 3, photometric: 8 }, "a TIFF with CIE Lab colours"],
    [{ samples: 1, photometric: 32803 }, "a TIFF with raw camera samples (CFA)"],
    [{ samples: 1, photometric: 4321 }, "a TIFF with photometric interpretation 4321"],
    [{ samples: 1, photometric: 1, bits: 16, format: 2 }, "a TIFF with 16-bit signed samples"],
    [{ samples: 3, photometric: 2, format: 2 }, "a TIFF with 8-bit signed samples"],
    [{ samples: 1, photometric: 1, bits: 32 }, "a TIFF with 32-bit samples"],
    [{ samples: 1, photometric: 1, bits: 32, format: 3 }, "a TIFF with 32-bit floating-point samples"],
    [{ samples: 1, photometric: 1, bits: 32, format: 6 }, "a TIFF with 32-bit complex samples"],
    [{ samples: 4, photometric: 5, bits: 16 }, "a TIFF with 16-bit CMYK samples"],
    [{ samples: 1, photometric: 1, entries: { 258: 12 } }, "a TIFF with 12-bit samples"],
    [{ samples: 1, photometric: 1, subfileType: 1, entries: { 330: 8 } }, "a camera's RAW file"],
  ];
  for (const [kind, said] of cases) {
    const message = await refusal(kind);
    assert.ok(message.startsWith(`${said} is not supported; `), message);
  }
});

Deno.test("pages after the first are counted, smaller copies and masks are not", async () => {
  const plain = page({ samples: 3, photometric: 2 });
  const cases: [pages: TiffPage[], count: number][] = [
    [[plain], 1],
    [[plain, plain], 2],
    [[plain, plain, plain], 3],
    [[plain, { ...plain, subfileType: 1 }, { ...plain, subfileType: 4 }], 1],
    [[plain, { ...plain, subfileType: 2 }], 2],
  ];
  for (const [pages, count] of cases) {
    const { notes } = await decodeImage(tiffFile(pages), "pages.tif");
    assert.deepEqual(notes, count === 1 ? undefined : [{ kind: "pages", count }]);
  }
});

Deno.test("directories in a circle or beyond the file end the count", () => {
  const file = tiffFile([page({ samples: 1, photometric: 1 }), page({ samples: 1, photometric: 1 })]);
  const view = new DataView(file.buffer);
  const first = view.getUint32(4, true);
  const link = first + 2 + 12 * view.getUint16(first, true);
  assert.equal(readTiffHeader(file)!.pages, 2);
  view.setUint32(link, first, true);
  assert.equal(readTiffHeader(file)!.pages, 1);
  view.setUint32(link, 0xfffffff0, true);
  assert.equal(readTiffHeader(file)!.pages, 1);
  view.setUint32(4, 0xfffffff0, true);
  assert.equal(readTiffHeader(file), undefined);
  for (let length = 0; length < file.length; length++) readTiffHeader(file.subarray(0, length));
});
