import assert from "node:assert/strict";
import type { OnnxModel } from "../../../../core/onnx/mod.ts";
import type { RunnableModel } from "../../../../models/entry.ts";
import { FloatNetwork } from "../../../../models/compress/quantize/network.ts";
import type { FloatModel } from "../../../../models/compress/quantize/source.ts";
import type { OnnxNetwork } from "../../../../models/network.ts";
import { testImage } from "../../../support/test_image.ts";

const NETWORK: OnnxNetwork = {
  onnx: new Uint8Array(),
  tasks: {},
  inputSize: { kind: "longer", pixels: 64 },
  sizeGrid: { height: { step: 16 }, width: { step: 16 } },
  filter: "bilinear",
};

async function networkOf(network: OnnxNetwork, inputs: readonly string[]): Promise<FloatNetwork> {
  const graph = { inputs: inputs.map((name) => ({ name, elementType: "uint8" })) };
  return await FloatNetwork.of({
    entry: { build: () => Promise.resolve(network) } as unknown as RunnableModel,
    tasks: [],
    onnx: { graph } as unknown as OnnxModel,
  } as unknown as FloatModel);
}

Deno.test("a network is timed at the size at which most images are seen", async () => {
  const network = await networkOf(NETWORK, ["image", "size"]);
  const { image, size } = network.feeds(testImage(128, 64));
  assert.deepEqual(image.shape, [1, 32, 64, 3]);
  assert.deepEqual(size.data, BigInt64Array.of(32n, 64n));
  network.feeds(testImage(64, 128));
  network.feeds(testImage(256, 128));
  network.feeds(testImage(64, 64));
  assert.deepEqual(network.timedInputs, { size: [32, 64] });
});

Deno.test("a file of others is timed with the input that it takes", async () => {
  const input = {
    name: "images",
    layout: "NCHW",
    elementType: "float32",
    batch: 1,
    fit: "stretch",
    filter: "bilinear",
    padding: { value: 0, place: "corner" },
    channels: "rgb",
    mean: [0, 0, 0],
    std: [255, 255, 255],
  };
  const adopted = { input, outputs: {} } as unknown as OnnxNetwork["adopted"];
  const inputSize = { kind: "exact", height: 48, width: 32 } as const;
  const network = await networkOf({ ...NETWORK, inputSize, adopted }, ["images"]);
  assert.deepEqual(network.feeds(testImage(100, 50)).images.shape, [1, 3, 48, 32]);
  assert.deepEqual(network.timedInputs, { input: { images: { shape: [1, 3, 48, 32] } } });
});
