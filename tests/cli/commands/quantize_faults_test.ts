/** What `bneck quantize` and `bneck adapt` refuse at once. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runCli } from "../../support/run_cli.ts";

const MODEL = ["mb3-large-075", "--heads", "segment"];

async function refused(args: readonly string[], message: RegExp): Promise<string> {
  const { code, stderr } = await runCli(args);
  assert.equal(code, 2, stderr);
  assert.match(stderr, message);
  return stderr;
}

Deno.test("images that cannot be read are named once, metrics that a model lacks with those that it has", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-quantize-" });
  try {
    const photo = join(folder, "photo.jpg");
    await Deno.writeTextFile(photo, "not an image");
    const out = join(folder, "out");
    const quantize = ["quantize", ...MODEL, "--calibrate", photo, "-o", `${out}.onnx`];
    const stderr = await refused(quantize, /none of the images to calibrate on can be read/);
    assert.equal(stderr.match(/warning: cannot read .*photo\.jpg/g)?.length, 1, stderr);
    const adapt = ["adapt", ...MODEL, "--target", "0.9", "--calibrate", photo, "-o", `${out}.safetensors`];
    await refused(adapt, /an adaptation needs at least \d images, not 1/);
    await Deno.writeTextFile(join(folder, "truth.json"), "{}");
    const drop = ["--evaluate", join(folder, "truth.json"), "--max-drop", "AP=0.01"];
    await refused([...quantize, ...drop], /unknown metric AP: this model is scored by mIoU/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
