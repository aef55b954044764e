import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseBlocks } from "../../../../models/compress/quantize/choose.ts";

Deno.test("all blocks that are faster in int8 are chosen where the result is good", async () => {
  const candidates = [
    { name: "a", gain: 1, harm: 5 },
    { name: "b", gain: -1, harm: 0 },
    { name: "c", gain: 2, harm: 1 },
  ];
  assert.deepEqual(await chooseBlocks(candidates, () => Promise.resolve(true)), new Set(["a", "c"]));
});

Deno.test("no block is chosen where none is faster, or none is good", async () => {
  const slow = [{ name: "a", gain: 0, harm: 0 }];
  assert.equal(await chooseBlocks(slow, () => Promise.resolve(true)), undefined);
  const fast = [{ name: "a", gain: 1, harm: 0 }];
  assert.equal(await chooseBlocks(fast, () => Promise.resolve(false)), undefined);
});

Deno.test("of blocks that do harm those are left out that do the most for what they save", async () => {
  const block = fc.record({
    gain: fc.double({ min: 0.01, max: 2, noNaN: true }),
    harm: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(block, { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      async (blocks, most) => {
        const candidates = blocks.map((each, i) => ({ name: `block${i}`, ...each }));
        const sum = (names: ReadonlySet<string>) =>
          candidates.reduce((total, { name, harm }) => total + (names.has(name) ? harm : 0), 0);
        let tries = 0;
        const chosen = await chooseBlocks(candidates, (names) => {
          tries++;
          return Promise.resolve(sum(names) <= most);
        });
        assert.ok(tries <= 2 + Math.ceil(Math.log2(candidates.length + 1)));
        if (chosen) assert.ok(sum(chosen) <= most);
        // One more would be too much.
        const left = candidates.filter(({ name }) => !chosen?.has(name))
          .sort((a, b) => a.harm / a.gain - b.harm / b.gain);
        if (left.length > 0) assert.ok(sum(chosen ?? new Set()) + left[0].harm > most);
      },
    ),
  );
});
