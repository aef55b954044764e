import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance } from "../../../core/files/nearest_name.ts";
import { didYouMean, nearestName } from "../../../core/files/mod.ts";

const COMMANDS = ["segment", "detect", "run", "doctor", "profile", "models"];
const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });

Deno.test("a wrong, missing, superfluous or swapped letter is forgiven", () => {
  for (const typo of ["segmant", "sgment", "seggment", "segmetn", "Segment"]) {
    assert.equal(nearestName(typo, COMMANDS), "segment", typo);
  }
  assert.equal(nearestName("rnu", COMMANDS), "run");
});

Deno.test("the nearest of several is suggested", () => {
  assert.equal(nearestName("bacon", ["beacon", "bacons", "bacon-1"]), "beacon");
  assert.equal(nearestName("photo", ["photon-counts", "photos"]), "photos");
});

Deno.test("a beginning is completed", () => {
  assert.equal(
    nearestName("mb3-large", ["mb2-100", "mb3-large-075.coco-street"]),
    "mb3-large-075.coco-street",
  );
});

Deno.test("what is not near anything gets no suggestion", () => {
  assert.equal(nearestName("classify", COMMANDS), undefined);
  assert.equal(nearestName("x", ["y", "z"]), undefined);
  assert.equal(nearestName("", COMMANDS), undefined);
  assert.equal(nearestName("detect", []), undefined);
  assert.equal(nearestName("a".repeat(100_000), ["a".repeat(99_999)]), undefined);
});

Deno.test("the suggestion is the end of a sentence", () => {
  assert.equal(
    `unknown command detcet${didYouMean("detcet", COMMANDS)}`,
    "unknown command detcet; did you mean detect?",
  );
  assert.equal(didYouMean("classify", COMMANDS), "");
});

/** The distance by its definition: the cheapest of all ways to treat the last letters. */
function slowDistance(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const [p, q] = [a.slice(0, -1), b.slice(0, -1)];
  const ways = [
    slowDistance(p, b) + 1,
    slowDistance(a, q) + 1,
    slowDistance(p, q) + (a.at(-1) === b.at(-1) ? 0 : 1),
  ];
  if (p !== "" && q !== "" && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)) {
    ways.push(slowDistance(p.slice(0, -1), q.slice(0, -1)) + 1);
  }
  return Math.min(...ways);
}

Deno.test("the edit distance is the one of its definition", () => {
  fc.assert(fc.property(word, word, (a, b) => {
    assert.equal(editDistance(a, b), slowDistance(a, b));
    assert.equal(editDistance(a, b), editDistance(b, a));
  }));
});
