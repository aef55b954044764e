import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Convention,
  dilatedSteps,
  makeDivisible,
  type OutputStride,
} from "../../../core/backbones/mod.ts";

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

const strides = fc.array(fc.constantFrom<number>(1, 1, 1, 2), { maxLength: 20 });
const outputStride = fc.constantFrom<OutputStride>(8, 16, 32);
const convention = fc.constantFrom<Convention>("paper", "torchvision");

Deno.test("strides stop at the output stride and go on as dilations", () => {
  fc.assert(fc.property(strides, outputStride, convention, (strides, outputStride, convention) => {
    const steps = dilatedSteps(strides, outputStride, 2, convention);
    assert.equal(steps.length, strides.length);
    const whole = strides.reduce((product, stride) => product * stride, 2);
    const reached = steps.reduce((product, step) => product * step.stride, 2);
    assert.equal(reached, Math.min(whole, outputStride));
    // Where a cell is not the size that the table means, the dilation makes up for it.
    let table = 2;
    let actual = 2;
    steps.forEach((step, index) => {
      const before = table / actual;
      table *= strides[index];
      actual *= step.stride;
      assert.equal(step.dilation, convention === "paper" ? before : table / actual);
    });
  }));
});

Deno.test("at stride 32 nothing is dilated", () => {
  const steps = dilatedSteps([1, 2, 1, 2, 2, 1, 2], 32, 2, "torchvision");
  assert.deepEqual(steps.map((step) => step.stride), [1, 2, 1, 2, 2, 1, 2]);
  assert.ok(steps.every((step) => step.dilation === 1));
});

Deno.test("torchvision dilates the block that loses its stride, the paper the ones after it", () => {
  const dilations = (convention: Convention) =>
    dilatedSteps([2, 2, 2, 1, 2, 1], 8, 2, convention).map((step) => step.dilation);
  assert.deepEqual(dilations("paper"), [1, 1, 1, 2, 2, 4]);
  assert.deepEqual(dilations("torchvision"), [1, 1, 2, 2, 4, 4]);
});
