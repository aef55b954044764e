import assert from "node:assert/strict";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { findNetwork } from "../../../models/zoo/mod.ts";
import { networkSubject, openSubject, weightsSubject } from "../../../models/profile/mod.ts";
import { fakeTensors, withCheckpoint } from "../fake_checkpoint.ts";

async function refused(work: () => Promise<unknown>, message: RegExp): Promise<BneckError> {
  let thrown: unknown;
  await assert.rejects(work, (error: unknown) => {
    thrown = error;
    return true;
  });
  assert.ok(thrown instanceof BneckError);
  assert.equal(thrown.exitStatus, ExitStatus.usage);
  assert.match(thrown.message, message);
  assert.doesNotMatch(thrown.message, /--[a-z]/);
  return thrown;
}

Deno.test("a network is opened by its name, in any size and by any rule", async () => {
  const { name, summary, input, costs } = await openSubject("mobilenetv3-large-1.0");
  assert.deepEqual([name, input, costs.madds], ["mobilenetv3-large-1.0", "1×3×224×224", 216_589_760]);
  assert.match(summary, /^MobileNetV3-Large/);
  const small = await openSubject("mobilenetv3-large-1.0", { size: [96, 128] });
  assert.equal(small.input, "1×3×96×128");
  const extended = await openSubject("mobilenetv3-large-1.0", { rule: "extended" });
  assert.ok(extended.costs.madds > costs.madds);
  const ten = networkSubject(findNetwork("mobilenetv3-large-1.0")!, { classes: 10 });
  assert.equal(costs.parameters - ten.costs.parameters, 990 * 1281);
});

Deno.test("a model is opened with the input that it sees of a photo", async () => {
  assert.equal((await openSubject("mb3-large-075")).input, "1×384×512×3");
  const given = await openSubject("mb3-large-075", { input: { image: { shape: [1, 100, 120, 3] } } });
  assert.match(given.input, /^1×100×120×3, resized to \d+×\d+$/);
});

Deno.test("a file of weights is opened as the network that it is for", async () => {
  await withCheckpoint(fakeTensors("mobilenet_v3_small"), async (path) => {
    for (const subject of [await weightsSubject(path), await openSubject(path)]) {
      assert.equal(subject.name, `mobilenet_v3_small (${path})`);
      assert.equal(subject.costs.parameters, 2_542_856);
    }
  });
});

Deno.test("what cannot be opened is refused without a word about flags", async () => {
  await refused(() => openSubject("mobilenetv3-lage-1.0"), /did you mean mobilenetv3-large-1\.0\?$/);
  const unknown = await refused(() => openSubject("zzz"), /^unknown network zzz, and there is no such file$/);
  assert.equal(unknown.hint?.option, "list");
  const open = (input: Parameters<typeof openSubject>[1]) => () => openSubject("mobilenetv2-1.0", input);
  await refused(
    open({ input: { inputs: { shape: [1, 3, 8, 8] } } }),
    /no input inputs; did you mean input\?/,
  );
  await refused(open({ input: { input: { value: 3 } } }), /cannot be filled with a value/);
  await refused(open({ input: { input: { shape: [3, 8] } } }), /has four dimensions, not 2$/);
  await refused(open({ size: [0, 0] }), /cannot take an input of 1×3×0×0/);
});

Deno.test("a model of another program is called what it is, and a network without its width what it is meant to be", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-test-profile-" });
  try {
    const [named, hidden] = [`${folder}/net.tflite`, `${folder}/net.onnx`];
    await Deno.writeTextFile(named, "");
    await Deno.writeTextFile(hidden, "\x1c\0\0\0TFL3\x14\0");
    for (const path of [named, hidden]) {
      await assert.rejects(openSubject(path), /is a TensorFlow Lite model, but only ONNX files can be run/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await refused(() => openSubject("mobilenetv3-large"), /; did you mean mobilenetv3-large-1\.0\?$/);
});
