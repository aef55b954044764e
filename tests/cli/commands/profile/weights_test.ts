import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeSafetensors } from "../../../../core/weights/mod.ts";
import { fakeTensors } from "../../../models/fake_checkpoint.ts";
import { profileJson, runProfile, temporaryFolder } from "./run_profile.ts";

async function written(folder: string, architecture: string, classes?: number): Promise<string> {
  const path = join(folder, `${architecture}.safetensors`);
  await Deno.writeFile(path, encodeSafetensors(fakeTensors(architecture, classes)));
  return path;
}

Deno.test("a file of weights is profiled as the network that it is for", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder.path, "mobilenet_v3_small", 7);
  for (const args of [["--weights", path], [path]]) {
    const { network, parameters, milliseconds } = await profileJson([...args, "--runs", "1"]);
    assert.equal(network, `mobilenet_v3_small (${path})`);
    assert.equal(parameters, 1_525_031);
    assert.ok(milliseconds > 0);
  }
});

Deno.test("a file that does not tell its network is profiled with --arch", async () => {
  await using folder = await temporaryFolder();
  const path = await written(folder.path, "mobilenetv3_small_100");
  const refused = await runProfile([path, "--no-latency"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /say which one it was trained as with --arch\)/);
  for (const args of [["--weights", path], [path]]) {
    const { network } = await profileJson([...args, "--arch", "tf_mobilenetv3_small_100", "--no-latency"]);
    assert.equal(network, `tf_mobilenetv3_small_100 (${path})`);
  }
});

Deno.test("--weights and --arch are refused where they would have no effect", async () => {
  for (
    const [args, message] of [
      [
        ["mobilenetv2-1.0", "--weights", "w.pth"],
        /already names what to profile, but mobilenetv2-1\.0 is given too/,
      ],
      [["--list", "--weights", "w.pth"], /--weights cannot be used with --list/],
      [["mobilenetv2-1.0", "--arch", "mobilenet_v2"], /--arch needs a file of weights/],
    ] as const
  ) {
    const { code, stderr } = await runProfile([...args]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});
