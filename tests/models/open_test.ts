import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { BneckError } from "../../core/errors.ts";
import type { WeightTensor } from "../../core/weights/mod.ts";
import { type ModelRequest, MODELS, openModel, resolveModel } from "../../models/mod.ts";
import { testImage } from "../support/test_image.ts";
import { fakeTensors, withCheckpoint } from "./fake_checkpoint.ts";

const PICTURE = testImage(320, 240);

async function refusal(request: ModelRequest): Promise<string> {
  try {
    await resolveModel(request);
  } catch (error) {
    assert.ok(error instanceof BneckError, String(error));
    return error.message;
  }
  assert.fail("it was accepted");
}

Deno.test("weights with an architecture are a model that names the class of an image", async () => {
  await withCheckpoint(fakeTensors("mobilenet_v3_small"), async (weights) => {
    const model = await openModel({ weights, architecture: "mobilenet_v3_small" });
    const { classify } = await model.predict(PICTURE, { classify: { top: 3 } });
    await model.close();
    assert.equal(classify!.count, 3);
    assert.equal(model.tasks.classify!.labels.length, 1000);
    assert.equal(model.tasks.classify!.labels[207].name, "golden retriever");
    assert.deepEqual(model.inputExtent(PICTURE), [256, 341]);
  });
});

Deno.test("weights that tell their architecture need no name for it", async () => {
  await withCheckpoint(fakeTensors("lraspp_mobilenet_v3_large"), async (path) => {
    for (const request of [{ weights: path }, { model: path }]) {
      const { name, tasks, labels } = await resolveModel(request);
      assert.equal(name, "lraspp_mobilenet_v3_large");
      assert.deepEqual(tasks, ["segment"]);
      assert.deepEqual(labels.segment![15], { name: "person", color: [192, 128, 128] });
    }
  });
});

Deno.test("weights for other classes need their names", async () => {
  await withCheckpoint(fakeTensors("ssdlite320_mobilenet_v3_large", 2), async (weights) => {
    assert.match(
      await refusal({ weights }),
      /was trained for 2 classes, which matches no common data set/,
    );
    const labels = join(weights, "..", "labels.txt");
    await Deno.writeTextFile(labels, "\ufeffcat\r\n\r\n dog \n");
    const model = await openModel({ weights, labels });
    assert.deepEqual(model.tasks.detect!.labels, [
      { name: "cat", categoryId: 1 },
      { name: "dog", categoryId: 2 },
    ]);
    const { detect } = await model.predict(PICTURE);
    assert.ok(detect!.classes.every((label) => label < 2));
    await model.close();
    assert.match(
      await refusal({ weights, labels: `${labels}.none` }),
      /cannot read the class names .*\.none: no such file or folder$/,
    );
    await Deno.writeTextFile(labels, '["cat", "dog", "cow"]');
    assert.match(await refusal({ weights, labels }), /was trained for 2 classes, not 3/);
    for (
      const [text, message] of [
        ["", /lists 0 classes/],
        ['["cat"', /: not valid JSON \(/],
        ["[1]", /is not a list of names/],
        ["\u0001\u0002\n", /not UTF-8 or UTF-16 text/],
        ["a\u0007b\ncat\ndog\n", /the name of class 1 .* control characters/],
      ] as const
    ) {
      await Deno.writeTextFile(labels, text);
      assert.match(await refusal({ weights, labels }), message);
    }
  });
});

Deno.test("weights beside a model take its place, its preprocessing and its labels", async () => {
  await withCheckpoint(fakeTensors("tf_mobilenetv3_small_100"), async (weights) => {
    const { name, preprocessing } = await resolveModel({ weights, model: "tf_mobilenetv3_small_100.in1k" });
    assert.equal(name, "tf_mobilenetv3_small_100");
    assert.deepEqual(preprocessing!.mean, [0.5, 0.5, 0.5]);
    assert.match(await refusal({ weights, model: "mb3-large-075" }), /cannot be replaced/);
  });
});

Deno.test("a published file that was fetched by hand is known by its name", async () => {
  const named = async (name: string, tensors: ReadonlyMap<string, WeightTensor>, architecture?: string) =>
    await withCheckpoint(tensors, async (path) => {
      const weights = join(dirname(path), name);
      await Deno.rename(path, weights);
      return await resolveModel({ weights, architecture });
    });
  const tf = fakeTensors("tf_mobilenetv3_small_100");
  const file = "tf_mobilenetv3_small_100-37f49e2b.pth";
  assert.equal((await named(file, tf)).name, "tf_mobilenetv3_small_100");
  assert.deepEqual((await named(file, tf)).preprocessing!.mean, [0.5, 0.5, 0.5]);
  assert.equal((await named(file, tf, "mobilenetv3_small_100")).name, "mobilenetv3_small_100");
  const { preprocessing } = await named(
    "mobilenet_v3_large-5c1a4163.pth",
    fakeTensors("mobilenet_v3_large"),
    "mobilenet_v3_large",
  );
  assert.deepEqual(preprocessing!.size, { kind: "shorter", pixels: 232 });
  const miil = fakeTensors("mobilenetv3_large_100", 11_221);
  const { labels } = await named("mobilenetv3_large_100_in21k_miil-d71cc17b.pth", miil);
  assert.equal(labels.classify!.length, 11_221);
});

Deno.test("another size is what the network sees, with the margin around it in proportion", async () => {
  await withCheckpoint(fakeTensors("mobilenet_v3_small"), async (weights) => {
    const model = await openModel({ weights }, { inputSize: { kind: "shorter", pixels: 112 } });
    assert.deepEqual(model.inputExtent(PICTURE), [128, 170]);
    assert.equal((await model.predict(PICTURE)).classify!.count, 5);
    await model.close();
    const squashed = await openModel({ weights }, { inputSize: { kind: "exact", height: 96, width: 64 } });
    assert.deepEqual(squashed.inputExtent(PICTURE), [96, 64]);
    assert.equal((await squashed.predict(PICTURE)).classify!.count, 5);
    await squashed.close();
  });
});

Deno.test("a fastseg network refuses inputs that its pooling does not fit in", async () => {
  await withCheckpoint(fakeTensors("fastseg-small-f64"), async (weights) => {
    const model = await openModel({ weights }, { inputSize: { kind: "shorter", pixels: 256 } });
    await assert.rejects(model.predict(PICTURE), {
      name: "BneckError",
      exitStatus: 2,
      message:
        /an input of 256×341 is too small: each side needs at least 385 pixels, because .* 49×49 cells/,
    });
    await model.close();
  });
});

Deno.test("requests that contradict themselves, or name nothing, are refused", async () => {
  assert.match(await refusal({}), /neither a model nor a file of weights/);
  assert.match(
    await refusal({ model: "mb3-large-075", architecture: "mobilenet_v2" }),
    /given without a file of weights/,
  );
  assert.match(await refusal({ model: "mobilenet_v3_lrge" }), /did you mean mobilenet_v3_large/);
  assert.match(
    await refusal({ weights: "x.pth", architecture: "mobilenet_v9" }),
    /x\.pth: no such file or folder/,
  );
  await withCheckpoint(fakeTensors("mobilenet_v2"), async (weights) => {
    assert.match(
      await refusal({ weights, architecture: "mobilenet_v9" }),
      /unknown architecture mobilenet_v9; did you mean/,
    );
  });
});

Deno.test("a published model that is not there says how to get it", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("BNECK_CACHE");
  Deno.env.set("BNECK_CACHE", folder);
  try {
    const model = MODELS.find(({ name }) => name === "mobilenet_v3_large.imagenet1k_v2")!;
    await assert.rejects(model.build(["classify"]), {
      name: "BneckError",
      exitStatus: 3,
      message: "the weights of mobilenet_v3_large.imagenet1k_v2 are not on this machine: fetch them with " +
        '"bneck models pull mobilenet_v3_large.imagenet1k_v2". Download ' +
        "https://download.pytorch.org/models/mobilenet_v3_large-5c1a4163.pth by other means and save it as " +
        join(folder, "weights", "mobilenet_v3_large-5c1a4163.pth") +
        '; "bneck models verify mobilenet_v3_large.imagenet1k_v2" checks it',
    });
  } finally {
    if (before === undefined) Deno.env.delete("BNECK_CACHE");
    else Deno.env.set("BNECK_CACHE", before);
    await Deno.remove(folder, { recursive: true });
  }
});
