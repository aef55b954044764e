import assert from "node:assert/strict";
import { namedSeed, randomIntegers, randomNumbers } from "../../core/random.ts";

const first = (seed: number, count: number) => {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, random);
};

Deno.test("a seed repeats its numbers, which are those of mulberry32", () => {
  assert.deepEqual(first(1, 3), [0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  assert.deepEqual(first(7, 100), first(7, 100));
  assert.notDeepEqual(first(7, 3), first(8, 3));
});

Deno.test("numbers are uniform in [0, 1)", () => {
  const numbers = first(42, 100_000);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  for (let bin = 0; bin < 10; bin++) {
    const share = numbers.filter((number) => Math.floor(number * 10) === bin).length / numbers.length;
    assert.ok(Math.abs(share - 0.1) < 0.005, `${bin}: ${share}`);
  }
});

Deno.test("names and seeds give different seeds", () => {
  const seeds = ["a", "b", "ab", "ba", ""].flatMap((name) => [1, 2, 3].map((seed) => namedSeed(name, seed)));
  assert.equal(new Set(seeds).size, seeds.length);
});

Deno.test("a seed repeats its numbers, and other seeds give others from the first on", () => {
  const start = (seed: number) => [randomIntegers(seed)(2 ** 32), randomNumbers(seed)()];
  assert.deepEqual(start(1), start(1));
  assert.equal(new Set([0, 1, 2, 3].flatMap(start)).size, 8);
});

Deno.test("whole numbers are spread evenly below their bound", () => {
  const draw = randomIntegers(7), counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 10_000; i++) counts[draw(5)]++;
  assert.ok(counts.every((count) => Math.abs(count - 2000) < 200), String(counts));
});
