import assert from "node:assert/strict";
import fc from "fast-check";
import { decimalEnd, readDecimal } from "../../../../datasets/coco/json/decimal.ts";

const read = (text: string) => readDecimal(new TextEncoder().encode(text), 0);

/** Asserts that the text gives the double that JavaScript gives. */
function agrees(text: string): void {
  assert.ok(Object.is(read(`${text},`), Number(text)), `${text}: ${read(`${text},`)}`);
  assert.equal(decimalEnd, text.length);
}

Deno.test("a number is the nearest double, whatever its digits", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      agrees(String(value).replace("e+", "e"));
      agrees(value.toPrecision(21));
      agrees(String(Math.fround(value % 1000)));
    }),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(
      fc.bigInt(0n, 10n ** 25n),
      fc.integer({ min: 0, max: 25 }),
      fc.integer({ min: -40, max: 40 }),
      (digits, point, exponent) => {
        const padded = String(digits).padStart(point + 1, "0");
        const text = point === 0 ? padded : `${padded.slice(0, -point)}.${padded.slice(-point)}`;
        if (/^0\d/.test(text)) return;
        agrees(text);
        agrees(`-${text}e${exponent}`);
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("numbers between two doubles are rounded to the even one", () => {
  for (const text of ["9007199254740993", "9007199254740992.5", "4503599627370496.5", "4503599627370497.5"]) {
    agrees(text);
  }
  for (
    const text of [
      "1.00000000000000011102230246251565404236316680908203125",
      "5e-324",
      "2.4703282292062328e-324",
    ]
  ) {
    agrees(text);
  }
});

Deno.test("zero keeps its sign, and a number too large is infinite", () => {
  for (const text of ["0", "-0", "0.000", "-0e5", "1e400", "-1e999999999"]) agrees(text);
});

Deno.test("a missing digit is noticed where it is missing", () => {
  for (
    const [text, place] of [["-,", 1], ["x", 0], ["1.,", 2], ["1e,", 2], ["1e+,", 3], [".5,", 0]] as const
  ) {
    assert.ok(Number.isNaN(read(text)), text);
    assert.equal(decimalEnd, place, text);
  }
});

Deno.test("a leading zero ends the number", () => {
  assert.equal(read("012,"), 0);
  assert.equal(decimalEnd, 1);
});
