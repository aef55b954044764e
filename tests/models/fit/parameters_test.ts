import assert from "node:assert/strict";
import fc from "fast-check";
import { FitParameters } from "../../../models/fit/parameters.ts";

const floats = (length: number, min: number, max: number) =>
  fc.array(fc.float({ min, max, noNaN: true }), { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));

/** The result of a 1×1 convolution with one output at one cell. */
function apply(weight: ArrayLike<number>, bias: number, input: ArrayLike<number>): number {
  let sum = bias;
  for (let i = 0; i < input.length; i++) sum += weight[i] * input[i];
  return sum;
}

Deno.test("standardised parameters compute on standardised features what the network's compute on features", () => {
  const arbitrary = fc.tuple(
    floats(4, -2, 2),
    floats(1, -2, 2),
    floats(4, -9, 9),
    floats(4, 0.5, 8),
    floats(4, -20, 20),
  );
  fc.assert(
    fc.property(arbitrary, ([weight, bias, mean, deviation, input]) => {
      const parameters = new FitParameters([{ weight: "w", bias: "b", statistics: { mean, deviation } }]);
      parameters.set("w", { shape: [1, 4, 1, 1], data: weight });
      parameters.set("b", { shape: [1], data: bias });
      parameters.standardise();
      const standardised = input.map((value, i) => (value - mean[i]) / deviation[i]);
      const [here, there] = [
        apply(parameters.values.get("w")!, parameters.values.get("b")![0], standardised),
        apply(weight, bias[0], input),
      ];
      assert.ok(Math.abs(here - there) < 1e-3, `${here}, ${there}`);
      const effective = parameters.effective();
      effective.get("w")!.forEach((value, i) => assert.ok(Math.abs(value - weight[i]) < 1e-4));
      assert.ok(Math.abs(effective.get("b")![0] - bias[0]) < 1e-3);
    }),
  );
});

Deno.test("gradients of the network's parameters become those of the standardised ones", () => {
  fc.assert(
    fc.property(
      floats(3, -3, 3),
      floats(3, 0.5, 4),
      floats(3, -5, 5),
      fc.boolean(),
      (mean, deviation, input, centred) => {
        const statistics = { mean, deviation };
        const parameters = new FitParameters([{ weight: "w", bias: centred ? "b" : undefined, statistics }]);
        // Of y = w · x + b, the gradients are x and 1.
        const gradients = new Map([["w", Float32Array.from(input)], ["b", Float32Array.of(1)]]);
        parameters.chain(gradients);
        gradients.get("w")!.forEach((value, i) => {
          const expected = (input[i] - (centred ? mean[i] : 0)) / deviation[i];
          assert.ok(Math.abs(value - expected) < 1e-4, `${value}, not ${expected}`);
        });
        assert.equal(gradients.get("b")![0], 1);
      },
    ),
  );
});
