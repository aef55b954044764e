import assert from "node:assert/strict";
import fc from "fast-check";
import { makeDivisible } from "../../../core/backbones/mod.ts";

Deno.test("channel counts become multiples that lose no more than a tenth", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 4000, noNaN: true }),
      fc.constantFrom(4, 8, 16),
      (channels, divisor) => {
        const rounded = makeDivisible(channels, divisor);
        assert.equal(rounded % divisor, 0);
        assert.ok(rounded >= divisor && rounded >= 0.9 * channels);
        assert.ok(Math.abs(rounded - channels) < Math.max(divisor, channels));
      },
    ),
  );
});

Deno.test("channel counts of the published networks", () => {
  const pairs = [[16 * 0.75, 16], [32 * 0.35, 16], [24 * 0.35, 8], [40 * 0.75, 32], [112 * 0.75, 88], [
    96 * 0.35,
    32,
  ]];
  for (const [channels, expected] of pairs) assert.equal(makeDivisible(channels), expected);
});
