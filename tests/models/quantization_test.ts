import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuantization, type QuantizationRecord, quantizationTexts } from "../../models/quantization.ts";

const RECORD: QuantizationRecord = {
  method: "int8",
  blocks: ["a.block2", "a.block3"],
  floatBlocks: ["a.stem"],
  calibration: { images: 56, digest: "0123456789abcdef0123" },
  error: 0.018,
  score: { metric: "AP", images: 159, float: 0.2832, int8: 0.2757 },
  milliseconds: { float: 14.2, int8: 9.4, ratio: 1.51 },
  processor: "AMD EPYC (2 cores)",
  runtime: "1.30.0",
  size: "384×512",
  date: "2026-11-29",
};

function fail(what: string): never {
  throw new Error(what);
}

const clean = (text: string) => text.replaceAll("\x1b", " ");

Deno.test("what a quantized file says of itself is read as it was written", () => {
  assert.deepEqual(parseQuantization(JSON.parse(JSON.stringify(RECORD)), clean, fail), RECORD);
  const { score: _, milliseconds: __, ...short } = RECORD;
  assert.deepEqual(parseQuantization(short, clean, fail), short);
});

Deno.test("it is told in a few lines", () => {
  assert.deepEqual(quantizationTexts(RECORD), [
    "int8 in 2 of 3 blocks; in float: a.stem",
    "calibrated on 56 images (SHA-256 0123456789abcdef…), 2026-11-29; error of the outputs 1.8 %",
    "AP 0.2757, in float 0.2832, on 159 images",
    "9.40 ms at 384×512, in float 14.20: 1.51 times as fast on AMD EPYC (2 cores), onnxruntime 1.30.0",
  ]);
});

Deno.test("a record may be anything, and is read or refused by name", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(RECORD)), (value, key) => {
    for (const json of [value, { ...RECORD, [key]: value }]) {
      try {
        const { blocks } = parseQuantization(json, clean, fail);
        assert.ok(blocks.every((name) => typeof name === "string"));
      } catch (error) {
        assert.match((error as Error).message, /^bneck\.quantization: .* is invalid$/);
      }
    }
  }));
});

Deno.test("escape codes in it are not passed on", () => {
  const { processor } = parseQuantization({ ...RECORD, processor: "\x1b[31mred" }, clean, fail);
  assert.equal(processor, " [31mred");
});
