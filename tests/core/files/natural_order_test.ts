import assert from "node:assert/strict";
import fc from "fast-check";
import { compareNaturally, sortNaturally } from "../../../core/files/mod.ts";

/** Names in which digits, zeros, cases and separators meet often. */
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom("0", "1", "9", "a", "A", "b", "/", ".", " ", "-", "é"), maxLength: 8 }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);

const sign = (a: string, b: string) => Math.sign(compareNaturally(a, b));

Deno.test("numbers in names are compared by their value", () => {
  const ordered = ["img1.jpg", "img2.jpg", "img9.jpg", "img10.jpg", "img11.jpg", "img100.jpg"];
  assert.deepEqual(ordered.toReversed().sort(compareNaturally), ordered);
});

Deno.test("numbers too large for a float are compared exactly", () => {
  assert.equal(sign("a9007199254740993.png", "a9007199254740992.png"), 1);
  assert.equal(sign(`${"9".repeat(40)}x`, `1${"0".repeat(40)}`), -1);
});

Deno.test("a number counts for its value wherever the first difference lies in it", () => {
  const ordered = ["a0b2", "a00b3", "a1", "a05", "a15", "a15b", "a105", "a1005"];
  assert.deepEqual(ordered.toReversed().sort(compareNaturally), ordered);
});

Deno.test("capital and small letters are sorted together, and zeros in front decide last", () => {
  const ordered = ["A.jpg", "a.jpg", "B.jpg", "b1.jpg", "B01x.jpg", "b2.jpg"];
  assert.deepEqual(ordered.toReversed().sort(compareNaturally), ordered);
  assert.equal(sign("img01.jpg", "img1.jpg"), -1);
  assert.equal(sign("img01b", "img1a"), 1);
});

Deno.test("what is in a folder stays together", () => {
  const ordered = ["a", "a/1.jpg", "a/2.jpg", "a/b/1.jpg", "a b/1.jpg", "a-b/1.jpg", "a.jpg"];
  assert.deepEqual(ordered.toReversed().sort(compareNaturally), ordered);
});

Deno.test("the natural order is a total order: equal only what is identical", () => {
  fc.assert(
    fc.property(name, name, (a, b) => {
      assert.equal(sign(a, b) + sign(b, a), 0);
      assert.equal(sign(a, b) === 0, a === b);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("the natural order is a total order: transitive", () => {
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      const [x, y, z] = [a, b, c].sort(compareNaturally);
      assert.ok(sign(x, y) <= 0 && sign(y, z) <= 0 && sign(x, z) <= 0, JSON.stringify([x, y, z]));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("sorting many names gives the order of comparing them, whatever the order before", () => {
  fc.assert(fc.property(fc.array(name, { maxLength: 50 }), (names) => {
    assert.deepEqual(sortNaturally([...names]), [...names].sort(compareNaturally));
  }));
});
