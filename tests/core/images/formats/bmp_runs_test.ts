import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../../core/errors.ts";
import { decodeImage } from "../../../../core/images/decode.ts";

/** A run-length encoded bitmap; entry `i` of its palette is the grey `i` (8 bits) or `17 · i` (4 bits). */
function runFile(
  { width, height, bits, data }: { width: number; height: number; bits: 4 | 8; data: readonly number[] },
): Uint8Array {
  const entries = 1 << bits;
  const offset = 54 + entries * 4;
  const file = new Uint8Array(offset + data.length);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(10, offset, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, bits === 8 ? 1 : 2, true);
  for (let i = 0; i < entries; i++) file.fill(bits === 8 ? i : 17 * i, 54 + i * 4, 57 + i * 4);
  file.set(data, offset);
  return file;
}

/** The indices in the rows from the top down. */
async function indices(parts: Parameters<typeof runFile>[0]): Promise<number[]> {
  const { data } = await decodeImage(runFile(parts), "runs.bmp");
  return [...data].filter((_, i) => i % 3 === 0).map((grey) => parts.bits === 8 ? grey : grey / 17);
}

async function refusal(parts: Parameters<typeof runFile>[0], maxPixels?: number): Promise<string> {
  try {
    await decodeImage(runFile(parts), "runs.bmp", { maxPixels });
  } catch (error) {
    assert.ok(error instanceof BneckError, `${error}`);
    return error.message.replace("cannot read runs.bmp: ", "");
  }
  assert.fail("was decoded");
}

Deno.test("runs, literal pixels, ends of rows and jumps of RLE8 give their pixels, from the bottom up", async () => {
  const data = [3, 7, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 2, 0, 4, 9, 0, 0, 6, 5, 0, 1];
  assert.deepEqual(await indices({ width: 6, height: 3, bits: 8, data }), [
    ...[5, 5, 5, 5, 5, 5],
    ...[0, 0, 9, 9, 9, 9],
    ...[7, 7, 7, 1, 2, 3],
  ]);
});

Deno.test("RLE4 alternates two indices in a run, and pads literal pixels to whole words", async () => {
  const data = [5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 1];
  assert.deepEqual(await indices({ width: 5, height: 2, bits: 4, data }), [3, 4, 5, 6, 7, 1, 2, 1, 2, 1]);
});

Deno.test("a jump leaves index 0 behind, and the end of the image may come early", async () => {
  const data = [1, 8, 0, 2, 1, 1, 1, 9, 0, 1];
  assert.deepEqual(await indices({ width: 3, height: 3, bits: 8, data }), [0, 0, 0, 0, 0, 9, 8, 0, 0]);
});

Deno.test("runs beyond the end of a row or of the image are dropped", async () => {
  const data = [255, 7, 0, 0, 2, 8, 0, 2, 255, 255, 255, 9, 0, 1];
  assert.deepEqual(await indices({ width: 2, height: 2, bits: 8, data }), [8, 8, 7, 7]);
});

Deno.test("a mark at the end may be missing, pixels may not", async () => {
  const whole = [2, 7, 0, 0, 2, 8];
  assert.deepEqual(await indices({ width: 2, height: 2, bits: 8, data: whole }), [8, 8, 7, 7]);
  for (const data of [whole.slice(0, 4), [2, 7, 0, 0, 1, 8], [2, 7, 0, 4, 1], [0, 2, 1]]) {
    assert.match(
      await refusal({ width: 2, height: 2, bits: 8, data }),
      /^the BMP file is truncated \(row \d of 2\)$/,
    );
  }
});

Deno.test("a few bytes that claim a huge image are refused before memory for it is taken", async () => {
  assert.equal(
    await refusal({ width: 13_000, height: 13_000, bits: 8, data: [0, 1] }),
    "most of the BMP file's data is missing (2 bytes for 13000×13000 pixels)",
  );
  assert.match(await refusal({ width: 60_000, height: 60_000, bits: 8, data: [0, 1] }), /3600000000 pixels/);
});

Deno.test("any bytes give an image or an error of ours", async () => {
  const size = fc.integer({ min: 1, max: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<4 | 8>(4, 8),
      size,
      size,
      fc.array(fc.oneof(fc.constantFrom(0, 0, 1, 2, 255), fc.nat(255)), { minLength: 2, maxLength: 200 }),
      async (bits, width, height, data) => {
        try {
          assert.equal((await indices({ width, height, bits, data })).length, width * height);
        } catch (error) {
          assert.ok(error instanceof BneckError, `${error}`);
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("what an encoder of runs and literals writes comes back", async () => {
  const rows = fc.integer({ min: 1, max: 30 }).chain((width) =>
    fc.array(fc.array(fc.nat(15), { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 })
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom<4 | 8>(4, 8), rows, fc.nat(7), async (bits, rows, choice) => {
      const data = rows.toReversed().flatMap((row) => [...encodeRow(row, bits, choice), 0, 0]);
      const parts = { width: rows[0].length, height: rows.length, bits, data: [...data, 0, 1] };
      assert.deepEqual(await indices(parts), rows.flat());
    }),
    { numRuns: 200 },
  );
});

/** Runs of equal pixels, and literals of `choice + 1` pixels (if that is three or more) elsewhere. */
function* encodeRow(row: readonly number[], bits: 4 | 8, choice: number): Generator<number> {
  for (let at = 0; at < row.length;) {
    const literal = row.slice(at, at + choice + 1);
    if (literal.length >= 3 && literal.some((value) => value !== literal[0])) {
      yield* [0, literal.length];
      const bytes = bits === 8 ? literal : Array.from(
        { length: Math.ceil(literal.length / 2) },
        (_, i) => literal[2 * i] << 4 | (literal[2 * i + 1] ?? 0),
      );
      yield* bytes;
      if (bytes.length % 2) yield 0;
      at += literal.length;
      continue;
    }
    let count = 1;
    while (row[at + count] === row[at]) count++;
    yield* [count, bits === 8 ? row[at] : row[at] * 17];
    at += count;
  }
}
