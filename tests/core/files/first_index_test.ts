import assert from "node:assert/strict";
import fc from "fast-check";
import { FirstIndex, fold, foldedHash } from "../../../core/files/first_index.ts";

/** Short texts of letters that meet in case or composition: é as one letter and as two, K and the Kelvin sign. */
const alike = fc.array(fc.constantFrom("a", "A", "b", "1", "e\u0301", "é", "É", "k", "\u212a"), {
  maxLength: 4,
})
  .map((letters) => letters.join(""));

function firsts(names: readonly string[], hashOf: (name: string) => number): number[] {
  const index = new FirstIndex(names.length, (a, b) => fold(names[a]) === fold(names[b]));
  return names.map((name, i) => index.add(i, hashOf(name)));
}

Deno.test("the first of equal names is found as a map finds it", () => {
  fc.assert(fc.property(fc.array(alike, { maxLength: 200 }), (names) => {
    const map = new Map<string, number>();
    const expected = names.map((name, i) => {
      if (!map.has(fold(name))) map.set(fold(name), i);
      return map.get(fold(name));
    });
    assert.deepEqual(firsts(names, foldedHash), expected);
  }));
});

Deno.test("names of one hash are still told apart", () => {
  assert.deepEqual(firsts(["a", "b", "A", "c", "B"], () => 7), [0, 1, 0, 3, 1]);
  assert.deepEqual(firsts([], foldedHash), []);
});

Deno.test("names that are the same on some file system have one hash, whatever was hashed before", () => {
  fc.assert(fc.property(alike, alike, fc.integer(), (a, b, seed) => {
    if (fold(a) === fold(b)) assert.equal(foldedHash(a, seed), foldedHash(b, seed));
  }));
  assert.equal(foldedHash("\u212a.jpg"), foldedHash("k.JPG"));
});

Deno.test("numbered names are compared with hardly any other", () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `image_${String(i).padStart(8, "0")}`);
  let comparisons = 0;
  const index = new FirstIndex(names.length, (a, b) => {
    comparisons++;
    return names[a] === names[b];
  });
  names.forEach((name, i) => assert.equal(index.add(i, foldedHash(name)), i));
  assert.ok(comparisons < 100, `${comparisons} comparisons`);
});
