import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { BneckError } from "../../core/errors.ts";
import { toOnnx } from "../../core/graph/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { float32Tensor, readWeightFile, type WeightTensor } from "../../core/weights/mod.ts";
import {
  bindCheckpoint,
  checkpointGraph,
  type CheckpointOptions,
  openCheckpoint,
} from "../../models/checkpoint.ts";
import { recognise } from "../../models/recognise.ts";
import { fakeTensors, withCheckpoint } from "./fake_checkpoint.ts";

function open(tensors: ReadonlyMap<string, WeightTensor>, options: CheckpointOptions = {}) {
  return withCheckpoint(tensors, async (path) => {
    const checkpoint = await openCheckpoint(path, options);
    const graph = checkpointGraph(checkpoint);
    return { ...checkpoint, graph, ...bindCheckpoint(checkpoint, graph) };
  });
}

/** The message, with the option that would help in brackets. */
async function refusal(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
  } catch (error) {
    assert.ok(error instanceof BneckError, String(error));
    return error.hint ? `${error.message} [${error.hint.option}]` : error.message;
  }
  assert.fail("it was accepted");
}

const SCALAR = float32Tensor([], Float32Array.of(7));

Deno.test("a file tells its architecture and its number of classes by names and shapes", async () => {
  for (
    const [name, classes] of [
      ["mobilenet_v3_small", 1000],
      ["mobilenet_v2", 5],
      ["mnasnet0_5", 10],
      ["ssdlite320_mobilenet_v3_large", 3],
      ["lraspp_mobilenet_v3_large", 2],
      ["deeplabv3_mobilenet_v3_large", 21],
      ["fastseg-small-f64", 19],
      ["mobilenetv2_035", 7],
      ["semnasnet_050", 2],
      ["tf_mobilenetv3_small_minimal_100", 1001],
      ["d-li14-mobilenetv3-small-0.75", 1000],
    ] as const
  ) {
    const opened = await open(fakeTensors(name, classes));
    assert.equal(opened.architecture.network.name, name);
    assert.equal(opened.classes, classes, name);
    assert.deepEqual(opened.warnings, []);
  }
});

Deno.test("DeepLabV3 may come without the auxiliary classifier that guided its training", async () => {
  const tensors = fakeTensors("deeplabv3_mobilenet_v3_large", 21);
  for (const name of [...tensors.keys()]) if (name.startsWith("aux_classifier.")) tensors.delete(name);
  assert.equal((await open(tensors)).architecture.network.name, "deeplabv3_mobilenet_v3_large");
});

Deno.test("networks that share names and shapes must be told apart by the user", async () => {
  const tensors = fakeTensors("mobilenetv3_small_100");
  assert.deepEqual(
    recognise(tensors).map(({ architecture }) => architecture.network.name),
    ["mobilenetv3_small_100", "tf_mobilenetv3_small_100"],
  );
  assert.match(
    await refusal(open(tensors)),
    /fits mobilenetv3_small_100 or tf_mobilenetv3_small_100, .* \[architecture\]$/,
  );
  const { architecture } = await open(tensors, { architecture: "tf_mobilenetv3_small_100" });
  assert.equal(architecture.network.name, "tf_mobilenetv3_small_100");
});

Deno.test("everything that does not fit is listed at once, layer by layer", async () => {
  const tensors = fakeTensors("mobilenet_v3_small");
  tensors.delete("features.0.0.weight");
  tensors.delete("features.5.block.1.1.running_mean");
  tensors.delete("features.5.block.1.1.running_var");
  tensors.set("features.1.block.0.0.weight", float32Tensor([16, 1, 5, 5], new Float32Array(400)));
  tensors.set("ema.decay", SCALAR);
  tensors.set("head.bias", SCALAR);
  tensors.set("head.weight", SCALAR);
  assert.equal(
    (await refusal(open(tensors, { architecture: "mobilenet_v3_small" }))).replace(/^.*weights/, "weights"),
    [
      "weights.safetensors does not fit mobilenet_v3_small:",
      "  3 missing: features.0.0.weight, features.5.block.1.1.{running_mean, running_var}",
      "  1 of the wrong shape: features.1.block.0.0.weight is [16,1,5,5], needs [16,1,3,3]",
      "  3 unexpected: ema.decay, head.{bias, weight}",
    ].join("\n"),
  );
});

Deno.test("parameters of a layer that are of one shape are listed together", async () => {
  const message = await refusal(
    open(fakeTensors("mobilenet_v3_small"), { architecture: "mobilenet_v3_small-0.5" }),
  );
  assert.match(message, /features\.0\.0\.weight is \[16,3,3,3\], needs \[8,3,3,3\]; /);
  assert.match(message, /; features\.0\.1\.\{.*?\} are \[16\], need \[8\]; /);
});

Deno.test("the weights of another width are told from those of another network", async () => {
  const unusual = fakeTensors("mobilenet_v3_small-0.6");
  assert.match(
    await refusal(open(unusual, { architecture: "mobilenet_v3_small" })),
    /\n {2}all names fit: .* another width\? Its architecture is named like mobilenet_v3_small-0\.5$/,
  );
  assert.deepEqual((await open(unusual, { architecture: "mobilenet_v3_small-0.6" })).warnings, []);
});

Deno.test("weights of a usual width tell it themselves", async () => {
  for (const name of ["mobilenet_v3_small-0.5", "mobilenet_v2-1.4", "ssdlite320_mobilenet_v3_large-0.5"]) {
    assert.equal((await open(fakeTensors(name, 5))).architecture.network.name, name);
  }
  assert.match(
    await refusal(open(fakeTensors("mobilenet_v3_small-0.5"), { architecture: "mobilenet_v3_small" })),
    /\n {2}it looks like the weights of mobilenet_v3_small-0\.5$/,
  );
});

Deno.test("a file of the right project is not said to look like one", async () => {
  const tensors = fakeTensors("mobilenet_v3_small");
  tensors.delete("features.0.0.weight");
  assert.match(
    await refusal(open(tensors, { architecture: "mobilenet_v3_small" })),
    /1 missing: features\.0\.0\.weight$/,
  );
});

Deno.test("what training leaves in a file is no surprise", async () => {
  const tensors = fakeTensors("mobilenet_v2");
  tensors.set("features.0.1.num_batches_tracked", SCALAR);
  tensors.set("features.0.0.total_ops", SCALAR);
  tensors.set("total_params", SCALAR);
  assert.deepEqual((await open(tensors)).warnings, []);
});

Deno.test("what a training framework puts before every name is taken off", async () => {
  const tensors = fakeTensors("mobilenet_v3_small");
  for (const prefix of ["model.", "net.encoder."]) {
    const prefixed = new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
    const { architecture, warnings } = await open(prefixed);
    assert.deepEqual([architecture.network.name, warnings], ["mobilenet_v3_small", []]);
  }
  const single = new Map([["model.weight", tensors.get("classifier.3.weight")!]]);
  assert.match(await refusal(open(single)), /matches no known network \[architecture\]$/);
});

Deno.test("weights for another network are recognised", async () => {
  const timm = fakeTensors("mobilenetv3_large_100");
  assert.match(
    await refusal(open(timm, { architecture: "mobilenet_v3_large" })),
    /is not for mobilenet_v3_large: of its 266 tensors \(blocks\.0\.0\.bn1\.bias, .* none .*\n {2}it looks like the weights of mobilenetv3_large_100 or tf_mobilenetv3_large_100$/,
  );
  timm.delete("blocks.1.0.bn1.weight");
  assert.match(
    await refusal(open(timm, { architecture: "mobilenet_v3_large" })),
    /it looks like a timm checkpoint$/,
  );
  assert.match(
    await refusal(open(timm)),
    /matches no known network; the nearest is mobilenetv3_large_100 or tf_mobilenetv3_large_100:\n {2}1 missing: blocks\.1\.0\.bn1\.weight$/,
  );
  for (const name of [...timm.keys()]) if (name.startsWith("blocks.")) timm.delete(name);
  assert.match(
    await refusal(open(timm)),
    /matches no known network: it looks like a timm checkpoint \[architecture\]$/,
  );
  const small = fakeTensors("mobilenet_v3_small");
  assert.match(
    await refusal(open(small, { architecture: "mobilenet_v3_large" })),
    /does not fit mobilenet_v3_large:(.|\n)*missing(.|\n)*of the wrong shape(.|\n)*looks like the weights of mobilenet_v3_small$/,
  );
});

for (
  const [name, message] of [
    ["bneck.0.conv1.weight", /xiaolai-sqlai/],
    ["features.0.0.zero_point", /quantized/],
    ["layer1.0.conv1.weight", /a ResNet/],
    ["onnx::Conv_540", /matches no known network: .*torch\.onnx\.export.*the checkpoint/],
    ["anything.else", /matches no known network \[architecture\]$/],
  ] as const
) {
  Deno.test(`a file with ${name} is refused and named for what it is`, async () => {
    assert.match(await refusal(open(new Map([[name, SCALAR]]))), message);
  });
}

Deno.test("another number of classes is explained, not listed as shapes", async () => {
  const tensors = fakeTensors("ssdlite320_mobilenet_v3_large", 4);
  assert.match(
    await refusal(open(tensors, { classes: 90 })),
    /was trained for 4 classes, not 90: give a labels file that names its 4 classes/,
  );
  assert.equal((await open(tensors, { classes: 4 })).classes, 4);
});

Deno.test("weights that are not numbers are read, with a warning", async () => {
  const tensors = fakeTensors("mobilenet_v2", 3);
  const variance = (value: number) => float32Tensor([32], new Float32Array(32).fill(value));
  tensors.set("features.0.1.running_var", variance(-1));
  assert.match((await open(tensors)).warnings[0], /1 layer holds NaN or infinity \(backbone\.stem\)/);
  tensors.set("classifier.1.bias", float32Tensor([3], Float32Array.of(0, NaN, Infinity)));
  tensors.set("features.0.1.running_var", variance(Infinity));
  const { warnings } = await open(tensors);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0],
    /2 tensors hold NaN or infinity \(features\.0\.1\.running_var, classifier\.1\.bias\)/,
  );
});

Deno.test("of several sets of weights one is taken, and the others are named", async () => {
  const training = fileURLToPath(new URL("../fixtures/weights/training.pth", import.meta.url));
  const { path, otherPaths } = await readWeightFile(training);
  assert.deepEqual([path, otherPaths], ["model", ["model_ema"]]);

  const { architecture, classes, file, graph } = await open(fakeTensors("mobilenet_v2", 3));
  const several = { label: "x.pth", architecture, classes, file: { ...file, path, otherPaths } };
  assert.deepEqual(bindCheckpoint(several, graph).warnings, [
    "x.pth also has weights under the key model_ema; those under model are used",
  ]);
});

Deno.test("the initialisers of an exported network are its weights again", async () => {
  const original = await open(fakeTensors("mobilenet_v3_small", 4));
  const { model } = toOnnx(original.graph, original.weights);
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, encodeOnnx(model));
    const checkpoint = await openCheckpoint(path, { architecture: "mobilenet_v3_small" });
    assert.equal(checkpoint.classes, 4);
    const { weights } = bindCheckpoint(checkpoint, checkpointGraph(checkpoint));
    assert.deepEqual([...weights.values()], [...original.weights.values()]);
  } finally {
    await Deno.remove(path);
  }
});
