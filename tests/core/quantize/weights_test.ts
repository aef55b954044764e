import assert from "node:assert/strict";
import fc from "fast-check";
import { withInt8Weights } from "../../../core/quantize/mod.ts";
import { quantizeConv, scaledConv, widenedConv } from "../../../core/quantize/weights.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import { networkOf, noise } from "./quantized.ts";

Deno.test("weights are within half a step of each channel, biases fit into 32 bits", () => {
  const number = fc.float({ min: -100, max: 100, noNaN: true });
  fc.assert(fc.property(
    fc.array(number, { minLength: 12, maxLength: 12 }),
    fc.array(fc.float({ min: Math.fround(-1e6), max: Math.fround(1e6), noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    }),
    fc.float({ min: Math.fround(1e-6), max: 10, noNaN: true }),
    (weight, bias, inputScale) => {
      const given = Float32Array.from(weight);
      const found = quantizeConv(given, Float32Array.from(bias), 3, inputScale);
      given.forEach((value, i) => {
        const scale = found.scales[i >> 2];
        assert.ok(Math.abs(found.weight[i] * scale - value) <= scale * 0.5001 || Math.abs(value) < 1e-28);
      });
      found.bias.forEach((value) => assert.ok(Math.abs(value) <= 2 ** 30));
    },
  ));
});

Deno.test("weights stay within a limit, with a step that is the larger", () => {
  const { weight, scales } = quantizeConv(Float32Array.of(-2, 1.1, 0.5, 4), undefined, 2, 1, 63);
  assert.deepEqual([...weight], [-63, 35, 8, 63]);
  assert.deepEqual([...scales], [Math.fround(2 / 63), Math.fround(4 / 63)]);
});

Deno.test("channels that are added have weights of zero", () => {
  const own = quantizeConv(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 2), 2, 1);
  const wide = widenedConv(own, [2, 2, 1, 1], 3, 4);
  assert.deepEqual([...wide.weight], [64, 127, 0, 0, 95, 127, 0, 0, 0, 0, 0, 0]);
  assert.equal(wide.bias[2], 0);
});

Deno.test("factors of what is read and written are in the weights", () => {
  const scaled = scaledConv(Float32Array.of(1, 2, 3, 4), Float32Array.of(6, 8), [2, 2, 1, 1], {
    input: [2, 3],
  }, [1, 2]);
  assert.deepEqual([...scaled.weight], [2, 6, 3, 6]);
  assert.deepEqual([...scaled.bias!], [6, 4]);
});

Deno.test("weights stored in int8 give nearly the same results in a quarter of the size", async () => {
  const input = { channels: 32, height: 6, width: 6 };
  const model = networkOf(input, (g, x) => g.conv(x, { name: "a", channels: 64, kernel: 3 }));
  const small = withInt8Weights(model);
  assert.ok(encodeOnnx(small).length < 0.3 * encodeOnnx(model).length);
  const [a, b] = await Promise.all([model, small].map(async (each) => {
    const session = await Session.open(encodeOnnx(each), "network");
    const { y } = await session.run(noise(input, 3));
    await session.close();
    return y.data as Float32Array;
  }));
  const largest = a.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 0.02 * largest));
});
