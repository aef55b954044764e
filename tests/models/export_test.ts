import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../core/errors.ts";
import { decodeOnnx, encodeOnnx } from "../../core/onnx/mod.ts";
import { Session } from "../../core/session/mod.ts";
import { labelsOf } from "../../heads/mod.ts";
import {
  exportModel,
  type ExportOptions,
  Model,
  resolveModel,
  type RunnableModel,
} from "../../models/mod.ts";
import { onnxModel } from "../../models/onnx_model.ts";
import { normalised, runNetwork } from "../parity/parity.ts";
import { openCheckpoint } from "../../models/checkpoint.ts";
import { bindCheckpoint, checkpointGraph } from "../../models/checkpoint.ts";
import { testImage } from "../support/test_image.ts";
import { fakeTensors, withCheckpoint } from "./fake_checkpoint.ts";

const PICTURE = testImage(300, 420);

async function results(model: RunnableModel, options = {}) {
  const opened = await Model.open(model, options);
  const { detect, segment, classify } = await opened.predict(PICTURE, {
    detect: { score: 0.05, max: 50 },
    classify: { top: 1000 },
  });
  await opened.close();
  return { detect, classify, segment: segment && { logits: segment.data, labels: labelsOf(segment).data } };
}

/** A file for one size may run other kernels, whose sums end in another last digit. */
function assertAlike(actual: Awaited<ReturnType<typeof results>>, expected: typeof actual): void {
  const close = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined, share: number) => {
    assert.equal(a?.length, b?.length);
    const largest = Math.max(1, ...Array.from(b ?? [], Math.abs));
    for (let i = 0; i < (a?.length ?? 0); i++) assert.ok(Math.abs(a![i] - b![i]) <= share * largest);
  };
  close(actual.segment?.logits, expected.segment?.logits, 1e-4);
  close(actual.detect?.boxes, expected.detect?.boxes, 1e-4);
  close(actual.detect?.scores, expected.detect?.scores, 1e-4);
  assert.deepEqual(actual.detect?.classes, expected.detect?.classes);
}

async function roundTrip(model: RunnableModel, options: ExportOptions = {}) {
  const { bytes } = await exportModel(model, options);
  return { bytes, model: onnxModel(bytes, "exported.onnx") };
}

const MODELS_TO_EXPORT = ["mobilenet_v3_small", "ssdlite320_mobilenet_v3_large", "lraspp_mobilenet_v3_large"];

for (const name of MODELS_TO_EXPORT) {
  Deno.test(`${name}, exported and read back, returns the same`, async () => {
    await withCheckpoint(fakeTensors(name), async (weights) => {
      const original = await resolveModel({ weights });
      const exported = await roundTrip(original);
      assert.deepEqual(exported.model.labels, original.labels);
      assert.deepEqual(exported.model.tasks, original.tasks);
      assert.equal(exported.model.architecture, name);
      assert.deepEqual(await results(exported.model), await results(original));
      // What a stranger has to give the file is an image and nothing else.
      const inputs = decodeOnnx(exported.bytes, "x").graph.inputs.map(({ name }) => name);
      assert.deepEqual(inputs, ["image"]);
    });
  });
}

Deno.test("a file with a fixed size returns what the model does at that size, and no other", async () => {
  await withCheckpoint(fakeTensors("lraspp_mobilenet_v3_large"), async (weights) => {
    const original = await resolveModel({ weights });
    const exported = await roundTrip(original, { size: [160, 224] });
    const inputSize = { kind: "exact", height: 160, width: 224 } as const;
    assertAlike(await results(exported.model), await results(original, { inputSize }));
    const [logits] = decodeOnnx(exported.bytes, "x").graph.outputs;
    assert.deepEqual(logits.shape, [1, 21, 20, 28]);
    assert.throws(() => exported.model.build(["segment"], inputSize), {
      name: "BneckError",
      message: /the input size is fixed in exported\.onnx: export the model again/,
    });
  });
});

Deno.test("the embedded model, exported with one head or both, returns the same", async () => {
  const original = await resolveModel({ model: "mb3-large-075" });
  for (const tasks of [["detect"], ["segment"], ["detect", "segment"]] as const) {
    const exported = await roundTrip(original, { tasks });
    assert.deepEqual(exported.model.tasks, tasks);
    assert.deepEqual(await results(exported.model), await results(original, { tasks }));
  }
  const inputSize = { kind: "exact", height: 256, width: 320 } as const;
  const fixed = await roundTrip(original, { size: [256, 320] });
  assertAlike(await results(fixed.model), await results(original, { inputSize }));
  await assert.rejects(exportModel(original, { size: [250, 320] }), {
    name: "BneckError",
    exitStatus: 2,
    message: /does not take images of 250×320: the nearest size is 256×320/,
  });
});

Deno.test("weights in half precision halve the file and hardly change what it returns", async () => {
  await withCheckpoint(fakeTensors("mobilenet_v3_small"), async (weights) => {
    const original = await resolveModel({ weights });
    const [single, half] = [await roundTrip(original), await roundTrip(original, { half: true })];
    assert.ok(half.bytes.length < 0.53 * single.bytes.length);
    const [before, after] = [(await results(original)).classify!, (await results(half.model)).classify!];
    assert.equal(after.classes[0], before.classes[0]);
    assert.ok(Math.abs(after.scores[0] - before.scores[0]) < 0.01);
  });
});

for (const name of MODELS_TO_EXPORT) {
  Deno.test(`${name} alone takes normalised floats`, async () => {
    await withCheckpoint(fakeTensors(name), async (path) => {
      const { bytes } = await exportModel(await resolveModel({ weights: path }), { raw: true });
      const checkpoint = await openCheckpoint(path);
      const graph = checkpointGraph(checkpoint);
      const input = normalised(testImage(96, 64), { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
      const expected = await runNetwork(graph, bindCheckpoint(checkpoint, graph).weights, input);

      const session = await Session.open(bytes, "raw");
      assert.deepEqual(session.inputs.map(({ name }) => name), ["input"]);
      const outputs = await session.run({ input });
      await session.close();
      for (const [output, { shape, data }] of Object.entries(outputs)) {
        assert.deepEqual({ shape, data }, expected[output.slice(output.indexOf(".") + 1)]);
      }
      assert.throws(() => onnxModel(bytes, "raw.onnx"), {
        name: "BneckError",
        message: /^raw\.onnx holds the bare network of /,
      });
    });
  });
}

Deno.test("an exported file holds the weights of its architecture", async () => {
  await withCheckpoint(fakeTensors("tf_mobilenetv3_small_100"), async (weights) => {
    const original = await resolveModel({ weights, architecture: "tf_mobilenetv3_small_100" });
    const path = `${weights}.onnx`;
    for (const raw of [false, true]) {
      await Deno.writeFile(path, (await exportModel(original, { raw })).bytes);
      // The file tells that its padding is TensorFlow's, which names and shapes do not.
      const again = await resolveModel({ weights: path });
      assert.equal(again.name, "tf_mobilenetv3_small_100");
      assert.deepEqual(await results(again), await results(original));
    }
  });
});

Deno.test("what a file says about itself is checked before it is believed", async () => {
  await withCheckpoint(fakeTensors("mobilenet_v2", 1000), async (weights) => {
    const { bytes } = await exportModel(await resolveModel({ weights }));
    const model = decodeOnnx(bytes, "x");
    const withEntry = (key: string, value: string) =>
      encodeOnnx({ ...model, metadata: { ...model.metadata, [key]: value } });
    for (
      const [key, value, message] of [
        ["bneck.format", "3", /written by a later version of bneck/],
        ["bneck.input", "nothing", /must be image or tensor/],
        ["bneck.tasks", "{", /bneck.tasks is not valid JSON/],
        ["bneck.tasks", "[]", /is not an object/],
        ["bneck.tasks", "{}", /bneck.tasks is empty/],
        [
          "bneck.tasks",
          '{"classify": {"reading": {"kind": "peaks"}, "labels": [{"name": "a"}]}}',
          /unknown kind of outputs for classify/,
        ],
        [
          "bneck.tasks",
          '{"classify": {"reading": {"kind": "classes"}, "labels": [1]}}',
          /invalid label of classify/,
        ],
        [
          "bneck.tasks",
          '{"segment": {"reading": {"kind": "labels"}, "labels": [{"name": "a"}]}}',
          /invalid label of segment/,
        ],
        ["bneck.input_size", '{"kind": "shorter", "pixels": 1e9}', /bneck.input_size is invalid/],
        ["bneck.lattice", '{"height": {"step": 0}, "width": {"step": 1}}', /height.step is invalid/],
      ] as const
    ) {
      assert.throws(() => onnxModel(withEntry(key, value), "x.onnx"), { name: "BneckError", message });
    }
    const { "bneck.format": _, ...rest } = model.metadata;
    assert.throws(() => onnxModel(encodeOnnx({ ...model, metadata: rest }), "x.onnx"), {
      name: "BneckError",
      message: /^x\.onnx does not say what its outputs mean/,
    });

    const fewer = JSON.stringify({
      classify: { reading: { kind: "classes" }, labels: [{ name: "a" }] },
    });
    assert.throws(() => onnxModel(withEntry("bneck.tasks", fewer), "x.onnx"), {
      name: "BneckError",
      message:
        /x\.onnx has unusable output: classify\.logits is of shape \[1, 1000\], not \[1, 1\] \(it has 1 label\)/,
    });
  });
});

Deno.test("damaged descriptions give clear errors, nothing else", async () => {
  await withCheckpoint(fakeTensors("ssdlite320_mobilenet_v3_large", 2), async (weights) => {
    await Deno.writeTextFile(`${weights}.txt`, "cat\ndog\n");
    const { bytes } = await exportModel(await resolveModel({ weights, labels: `${weights}.txt` }));
    const model = decodeOnnx(bytes, "x");
    const small = { ...model, graph: { ...model.graph, nodes: [], initializers: [] } };
    const keys = Object.keys(model.metadata);
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'[]{}:,"0-e\u0000nul')), {
          minLength: 1,
          maxLength: 4,
        }),
        (key, changes) => {
          const text = [...model.metadata[key]];
          for (const [at, char] of changes) text[at % text.length] = char;
          const damaged = encodeOnnx({ ...small, metadata: { ...model.metadata, [key]: text.join("") } });
          try {
            onnxModel(damaged, "x.onnx");
          } catch (error) {
            assert.ok(error instanceof BneckError, String(error));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
