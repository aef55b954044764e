import assert from "node:assert/strict";
import { encodeOnnx, type OnnxAttribute } from "../../../../core/onnx/mod.ts";
import { randomNumbers } from "../../../../core/random.ts";
import { Session } from "../../../../core/session/mod.ts";
import { takePatches } from "../../../../models/compress/quantize/patches.ts";

const ints = (...value: number[]): OnnxAttribute => ({ type: "ints", value });
const SCALE = { scale: 0.5, zeroPoint: 3 };
const [CHANNELS, MEMORY, HEIGHT, WIDTH, OUTPUTS] = [3, 4, 8, 7, 2];

const CASES: Record<string, Record<string, OnnxAttribute>> = {
  "no padding": {},
  "padding on all sides and strides": { pads: ints(2, 1, 0, 1), strides: ints(2, 1) },
  "dilation": { pads: ints(2, 2, 2, 2), dilations: ints(2, 2) },
  "SAME_UPPER": { auto_pad: { type: "string", value: "SAME_UPPER" }, strides: ints(2, 2) },
  "SAME_LOWER": { auto_pad: { type: "string", value: "SAME_LOWER" }, strides: ints(2, 2) },
};

for (const [what, attributes] of Object.entries(CASES)) {
  Deno.test(`patches times weights are the convolution: ${what}`, async () => {
    const random = randomNumbers(4);
    const kernel = [3, 3];
    const bytes = Uint8Array.from({ length: HEIGHT * WIDTH * MEMORY }, () => Math.floor(256 * random()));
    const planes = Float32Array.from({ length: CHANNELS * HEIGHT * WIDTH }, (_, i) => {
      const [channel, cell] = [Math.floor(i / (HEIGHT * WIDTH)), i % (HEIGHT * WIDTH)];
      return (bytes[cell * MEMORY + channel] - SCALE.zeroPoint) * SCALE.scale;
    });
    const weight = Float32Array.from({ length: OUTPUTS * CHANNELS * 9 }, () => random() - 0.5);
    const node = { name: "c", operator: "Conv", domain: "", inputs: ["x", "w"], outputs: ["y"], attributes };
    const model = {
      irVersion: 9,
      opsets: { "": 20 },
      producer: "bneck",
      metadata: {},
      graph: {
        name: "c",
        nodes: [node],
        initializers: [{
          name: "w",
          elementType: "float32" as const,
          shape: [OUTPUTS, CHANNELS, 3, 3],
          data: new Uint8Array(weight.buffer),
        }],
        inputs: [{ name: "x", elementType: "float32" as const }],
        outputs: [{ name: "y", elementType: "float32" as const }],
      },
    };
    const session = await Session.open(encodeOnnx(model), "c");
    const { y } = await session.run({ x: { shape: [1, CHANNELS, HEIGHT, WIDTH], data: planes } });
    await session.close();
    const source = { node, kernel, channels: CHANNELS, outputs: OUTPUTS, bytes: { name: "b", scale: SCALE } };
    const image = { shape: [1, HEIGHT, WIDTH, MEMORY], data: bytes };
    for (const count of [1000, 5]) {
      const { read, wanted, count: taken } = takePatches(source, [image], [y], count, 0);
      assert.equal(taken, Math.min(count, y.data.length / OUTPUTS));
      for (let i = 0; i < taken; i++) {
        for (let o = 0; o < OUTPUTS; o++) {
          let sum = 0;
          for (let j = 0; j < CHANNELS * 9; j++) {
            sum += weight[o * CHANNELS * 9 + j] * read[i * CHANNELS * 9 + j];
          }
          assert.ok(Math.abs(sum - wanted[i * OUTPUTS + o]) < 1e-3, `${i} ${o}`);
        }
      }
    }
  });
}
