import assert from "node:assert/strict";
import { randomIntegers, randomNumbers } from "../../core/random.ts";

Deno.test("a seed repeats its numbers, and other seeds give others from the first on", () => {
  const first = (seed: number) => [randomIntegers(seed)(2 ** 32), randomNumbers(seed)()];
  assert.deepEqual(first(1), first(1));
  assert.equal(new Set([0, 1, 2, 3].flatMap(first)).size, 8);
});

Deno.test("whole numbers are spread evenly below their bound", () => {
  const draw = randomIntegers(7), counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 10_000; i++) counts[draw(5)]++;
  assert.ok(counts.every((count) => Math.abs(count - 2000) < 200), String(counts));
});
