/** What a model from anyone can make the program print: nothing that acts on a terminal, by whichever way. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { OnnxTensor } from "../../core/onnx/mod.ts";
import { hostileModel, logits } from "../models/hostile_model.ts";
import { makePhotos } from "../soak/pictures.ts";
import { runCli } from "../support/run_cli.ts";
import { shared, testWithShared } from "../support/shared.ts";
import { inFolder } from "../support/folders.ts";

const ESCAPES = "\u001b]0;title\u0007\u001b[2J\u009b31m";

// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

const wrongShape: OnnxTensor = {
  name: "s",
  elementType: "int64",
  shape: [1],
  data: new Uint8Array(BigInt64Array.of(7n).buffer),
};

Deno.test("the names of nodes that fail, at loading or at running, reach the terminal spelt out", async () => {
  await inFolder(async (cwd) => {
    await makePhotos(cwd, 1);
    const constants = [logits(new Float32Array(8)), wrongShape];
    const failing = {
      "run.onnx": { name: ESCAPES, operator: "Reshape", inputs: ["Z", "s"] },
      "load.onnx": { name: ESCAPES, operator: "Add", inputs: ["Z", "s"] },
      "unknown.onnx": { name: ESCAPES, operator: `Bogus${ESCAPES}`, domain: ESCAPES },
    };
    for (const [file, node] of Object.entries(failing)) {
      await Deno.writeFile(join(cwd, file), hostileModel({ nodes: [node], constants }));
      const { code, stdout, stderr } = await runCli(["segment", "photos", "-m", file], { cwd });
      assert.ok(code === 1 || code === 3, stderr);
      assert.doesNotMatch(stdout + stderr, UNPRINTABLE, file);
      assert.match(stderr, /\\x1b/);
      // One line, and the summary where images were tried.
      assert.ok(stderr.trimEnd().split("\n").length <= 2, stderr);
    }
  });
});

const CASES = {
  "seg_esc.onnx": /the node \\x1b\]0;PWNED-TITLE\\x07.* \(Reshape\) failed/,
  "seg_nan.onnx": /returns unusable output: segment\.logits is not a number \(NaN\)/,
  "seg_int.onnx": /has unusable output: segment\.logits is of type int64, not float32/,
};

for (const [file, message] of Object.entries(CASES)) {
  testWithShared(`cases/security/${file}`, `${file} is refused in plain words`, async () => {
    await inFolder(async (cwd) => {
      await makePhotos(cwd, 1);
      const path = shared(`cases/security/${file}`);
      const { code, stdout, stderr } = await runCli(["segment", "photos", "-m", path], { cwd });
      assert.ok(code === 1 || code === 3, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, UNPRINTABLE);
    });
  });
}
