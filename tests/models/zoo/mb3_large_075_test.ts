/** @slow runs the embedded model over photos */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { toOnnx } from "../../../core/graph/mod.ts";
import { readImage, readLabelMap, type RgbImage } from "../../../core/images/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import { decodeCenterNet, type Detections, labelsOf } from "../../../heads/mod.ts";
import { buildEmbedded } from "../../../models/zoo/mb3_large_075.ts";
import type { DecoderForm } from "../../../models/zoo/mb3_large_075_decoders.ts";
import { Model, type Network } from "../../../models/mod.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { assertSameLabels } from "../../support/same_labels.ts";
import { testImage } from "../../support/test_image.ts";

/** 1/6 as the published files store it, in half precision. */
const ROUNDED_SIXTH = 0.1666259765625;

const WEIGHTS = fileURLToPath(new URL("../../../models/weights/", import.meta.url));

/** Where the image, logits and mask lie that each decoder is compared with. */
const PARITY: Record<DecoderForm, string> = {
  everyday: `${WEIGHTS}everyday-lraspp/parity`,
  street: `${WEIGHTS}street-lraspp/tuned/parity`,
  "street-shared": `${WEIGHTS}street-lraspp/shared/parity`,
};

type Row = [x1: number, y1: number, x2: number, y2: number, score: number, label: number];

async function run(network: Network, image: RgbImage, sixth?: number) {
  const { model } = toOnnx(network.graph, network.weights, { sixth });
  const session = await Session.open(encodeOnnx(model), "the network under test");
  const { width, height, data } = image;
  const outputs = await session.run({
    image: { shape: [1, height, width, 3], data },
    size: { shape: [2], data: BigInt64Array.of(BigInt(height), BigInt(width)) },
  });
  await session.close();
  return (name: string) => ({ shape: outputs[name].shape, data: outputs[name].data as Float32Array });
}

async function detectRaw(network: Network, image: RgbImage, sixth?: number): Promise<Detections> {
  const output = await run(network, image, sixth);
  const view = { width: 512, height: 512, inputWidth: 512, inputHeight: 512 };
  const outputs = { heatmap: output("detect.heatmap"), distances: output("detect.distances") };
  return decodeCenterNet(outputs, view, { score: 0, max: 100 });
}

function assertSameRows(found: Detections, rows: readonly Row[]): void {
  assert.equal(found.count, rows.length);
  rows.forEach(([x1, y1, x2, y2, score, label], row) => {
    assert.equal(found.classes[row], label, `class of row ${row}`);
    assert.ok(Math.abs(found.scores[row] - score) < 1e-3, `score of row ${row}`);
    [x1, y1, x2, y2].forEach((value, side) =>
      assert.ok(Math.abs(found.boxes[row * 4 + side] - value) < 0.05, `side ${side} of row ${row}`)
    );
  });
}

/** Finds each confident reference row among the detections, whatever its place. */
function assertConfidentRowsFound(found: Detections, rows: readonly Row[]): void {
  for (const [x1, y1, x2, y2, score, label] of rows.filter((row) => row[4] > 0.3)) {
    const close = Array.from({ length: found.count }, (_, row) => row).some((row) =>
      found.classes[row] === label && Math.abs(found.scores[row] - score) < 0.01 &&
      [x1, y1, x2, y2].every((value, side) => Math.abs(found.boxes[row * 4 + side] - value) < 1)
    );
    assert.ok(close, `no detection like class ${label}, score ${score}`);
  }
}

Deno.test("with 1/6 as stored, the detector returns TensorFlow.js's rows for the test image", async () => {
  const { rows } = JSON.parse(
    await Deno.readTextFile(new URL("../../fixtures/centernet/rows.json", import.meta.url)),
  ) as { rows: Row[] };
  assertSameRows(
    await detectRaw(await buildEmbedded(["detect"]), testImage(512, 512), ROUNDED_SIXTH),
    rows,
  );
});

testWithShared("golden/centernet", "the detector returns the reference's rows for six photos", async (t) => {
  const { images } = JSON.parse(await Deno.readTextFile(shared("golden/centernet/raw_rows.json"))) as {
    images: Record<string, { rows: Row[] }>;
  };
  const network = await buildEmbedded(["detect"]);
  for (const [name, { rows }] of Object.entries(images)) {
    const image = await readImage(shared(`golden/centernet/inputs/${name}.png`));
    await t.step(`${name} with 1/6 as stored: all 100 rows in order`, async () => {
      assertSameRows(await detectRaw(network, image, ROUNDED_SIXTH), rows);
    });
    await t.step(`${name} with exact 1/6: every row above 0.3`, async () => {
      assertConfidentRowsFound(await detectRaw(network, image), rows);
    });
  }
});

for (const [form, folder] of Object.entries(PARITY) as [DecoderForm, string][]) {
  // The everyday decoder's input and tail are the same beside the detector.
  for (
    const tasks of form === "everyday"
      ? [["segment"], ["detect", "segment"]] as const
      : [["segment"]] as const
  ) {
    Deno.test(`the ${form} decoder returns the logits and mask it had in PyTorch (${tasks.join(", ")})`, async () => {
      const image = await readImage(`${folder}/image.png`);
      const expected = new Float32Array((await Deno.readFile(`${folder}/logits_s8.bin`)).buffer);
      const model = await Model.fromNetwork(form, await buildEmbedded(tasks, form), {
        inputSize: { kind: "shorter", pixels: form === "everyday" ? 384 : 360 },
      });
      const logits = (await model.predict(image)).segment!;
      await model.close();

      assert.deepEqual([logits.classes, logits.height, logits.width], await parityShape(folder));
      const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      const error = expected.reduce((max, value, i) => Math.max(max, Math.abs(value - logits.data[i])), 0);
      assert.ok(error < 1e-3 * largest, `error ${error}`);
      assertSameLabels(labelsOf(logits), await readLabelMap(`${folder}/mask.png`));
    });
  }
}

async function parityShape(folder: string): Promise<number[]> {
  return JSON.parse(await Deno.readTextFile(`${folder}/parity.json`)).logits.shape;
}

Deno.test("the detector and the everyday decoder share blocks 1 to 12: the decoder has its own last three", async () => {
  const { graph } = await buildEmbedded(["detect", "segment"], "everyday");
  const names = graph.layers.map((layer) => layer.name);
  const blocks = (owner: string) =>
    names.flatMap((name) => name.match(new RegExp(`^${owner}\\.block(\\d+)\\.depthwise$`))?.[1] ?? []).map(
      Number,
    );
  assert.equal(names.filter((name) => name.endsWith("stem") || name === "preprocess").length, 2);
  assert.deepEqual(names.filter((name) => name.includes("~")), []);
  assert.deepEqual(blocks("backbone"), Array.from({ length: 15 }, (_, index) => index + 1));
  assert.deepEqual(blocks("segment"), [13, 14, 15]);
});

Deno.test("the shared street decoder and the detector share one backbone: one copy of each block", async () => {
  const { graph } = await buildEmbedded(["detect", "segment"], "street-shared");
  const names = graph.layers.map((layer) => layer.name);
  assert.equal(names.filter((name) => name.endsWith("stem")).length, 1);
  assert.equal(names.filter((name) => name === "preprocess").length, 1);
  assert.deepEqual(names.filter((name) => name.includes("~") || name.startsWith("segment.block")), []);
  assert.equal(names.filter((name) => /^backbone\.block\d+\.depthwise$/.test(name)).length, 15);
});

Deno.test("both tasks come from a single run of the session", async () => {
  const original = Session.prototype.run;
  let runs = 0;
  Session.prototype.run = function (...inputs) {
    runs++;
    return original.apply(this, inputs);
  };
  try {
    const model = await Model.fromNetwork("both", await buildEmbedded(["detect", "segment"]));
    const found = await model.predict(testImage(200, 150));
    await model.close();
    assert.ok(found.detect && found.segment);
    assert.equal(runs, 1);
  } finally {
    Session.prototype.run = original;
  }
});

Deno.test("alone, the street decoder has its own copy of the last three blocks", async () => {
  const { graph } = await buildEmbedded(["segment"], "street");
  const own = graph.layers.map((layer) => layer.name).filter((name) =>
    /^segment\.block\d+\.depthwise$/.test(name)
  );
  assert.deepEqual(own, [
    "segment.block13.depthwise",
    "segment.block14.depthwise",
    "segment.block15.depthwise",
  ]);
});

/** mIoU over a folder of CamVid frames, 11 being ignored. */
async function meanIou(model: Model, split: string): Promise<number> {
  const folder = shared(`data/camvid-mini/${split}`);
  const counts = new Float64Array(12 * 12);
  for (const { name } of Deno.readDirSync(`${folder}/images`)) {
    const { segment } = await model.predict(await readImage(`${folder}/images/${name}`));
    const predicted = labelsOf(segment!).data;
    const truth = (await readLabelMap(`${folder}/labels/${name}`)).data;
    truth.forEach((label, i) => label < 11 && counts[label * 12 + predicted[i]]++);
  }
  let sum = 0;
  for (let label = 0; label < 11; label++) {
    let union = -counts[label * 13];
    for (let other = 0; other < 12; other++) union += counts[label * 12 + other] + counts[other * 12 + label];
    sum += counts[label * 13] / union;
  }
  return sum / 11;
}

testWithShared(
  "data/camvid-mini",
  "the street decoders reach the mIoU measured when they were trained",
  async (t) => {
    const expected = JSON.parse(await Deno.readTextFile(`${WEIGHTS}street-lraspp/mini.json`));
    for (
      const [form, tasks] of [["street", ["segment"]], ["street-shared", ["detect", "segment"]]] as const
    ) {
      for (const [split, key] of [["test", "mini_test40"], ["val", "mini_val20"]] as const) {
        await t.step(`${form} on ${split}`, async () => {
          const model = await Model.fromNetwork(form, await buildEmbedded(tasks, form));
          const miou = await meanIou(model, split);
          await model.close();
          const reference = expected[form === "street" ? "tuned" : "shared"][key].miou as number;
          // Beside the detector the decoder runs at another size, where it may be better but not worse.
          const difference = miou - reference;
          assert.ok(
            form === "street" ? Math.abs(difference) < 0.003 : difference > -0.003,
            `${miou}, was ${reference}`,
          );
        });
      }
    }
  },
);
