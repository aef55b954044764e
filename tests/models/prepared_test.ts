import assert from "node:assert/strict";
import {
  findModel,
  Model,
  type ModelOptions,
  type PreparedModel,
  prepareModel,
  resolveModel,
  type RunnableModel,
} from "../../models/mod.ts";
import { labelsOf } from "../../heads/mod.ts";
import { testImage } from "../support/test_image.ts";
import { fakeTensors, withCheckpoint } from "./fake_checkpoint.ts";

const IMAGE = testImage(300, 420);

async function results(opened: Model) {
  const { detect, segment, classify, inputHeight, inputWidth } = await opened.predict(IMAGE, {
    detect: { score: 0.05, max: 50 },
    classify: { top: 1000 },
  });
  await opened.close();
  const labels = segment && { logits: segment.data, labels: labelsOf(segment).data };
  return { detect, classify, segment: labels, inputHeight, inputWidth };
}

/** What another thread gets: a message cannot hold functions. */
async function sent(model: RunnableModel, options?: ModelOptions): Promise<PreparedModel> {
  return structuredClone(await prepareModel(model, options));
}

for (const name of ["mobilenet_v3_small", "ssdlite320_mobilenet_v3_large", "lraspp_mobilenet_v3_large"]) {
  Deno.test(`${name}, prepared and sent to another thread, returns the same`, async () => {
    await withCheckpoint(fakeTensors(name), async (weights) => {
      const model = await resolveModel({ weights });
      const loaded = await Model.fromPrepared(await sent(model));
      assert.deepEqual(await results(loaded), await results(await Model.open(model)));
    });
  });
}

Deno.test("the embedded model is prepared for some of its tasks and for another input size", async () => {
  const model = await resolveModel({ model: "mb3-large-075" });
  const inputSize = { kind: "shorter", pixels: 256 } as const;
  for (const options of [{ tasks: ["segment"] }, { inputSize }] as const) {
    const prepared = await sent(model, options);
    assert.equal(prepared.name, model.name);
    assert.ok(prepared.onnx.buffer instanceof SharedArrayBuffer);
    const loaded = await Model.fromPrepared(prepared);
    assert.deepEqual(await results(loaded), await results(await Model.open(model, options)));
  }
});

Deno.test("predictions leave no memory behind for the garbage collector", async () => {
  const prepared = await prepareModel(findModel("mb3-large-075"), { tasks: ["detect"] });
  const model = await Model.fromPrepared(prepared);
  try {
    const image = testImage(640, 480);
    await model.predict(image);
    const before = Deno.memoryUsage().external;
    for (let i = 0; i < 5; i++) await model.predict(image);
    // The heatmap of one alone has 3.9 MB.
    const grown = Deno.memoryUsage().external - before;
    assert.ok(grown < 3e6, `${grown} bytes`);
    assert.equal(image.data.length, 640 * 480 * 3);
  } finally {
    await model.close();
  }
});
