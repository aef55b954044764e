/** @slow it quantizes the embedded model */
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeSafetensors } from "../../../core/weights/mod.ts";
import { fakeTensors } from "../../models/fake_checkpoint.ts";
import { runCli } from "../../support/run_cli.ts";
import { ROOT } from "../../support/shared.ts";
import { inFolder } from "../../support/folders.ts";

const PHOTOS = join(ROOT, "models/weights/everyday-lraspp/samples");

Deno.test("a quantized segmenter is a smaller model that finds the same and says how it was made", async () => {
  await inFolder(async (cwd) => {
    const args = ["quantize", "everyday", "--heads", "segment", "--calibrate", PHOTOS, "-o", "small.onnx"];
    const limits = ["--max-error", "1", "--min-speedup", "0.1"];
    const made = await runCli([...args, "--json", ...limits, "--tune", "10m"], { cwd });
    const result = JSON.parse(made.stdout);
    if (made.code === 4) {
      // So it is on some processors.
      assert.match(result.kept, /no block is faster in int8 on this processor|times as fast, less than/);
      assert.equal(result.file, null);
      return;
    }
    assert.equal(made.code, 0, made.stderr);
    assert.equal(result.file, "small.onnx");
    assert.ok(result.bytes < result.floatBytes);
    assert.ok(result.error <= 0.2);
    const { tuning } = result;
    assert.equal(tuning.layers, tuning.total);
    assert.equal(tuning.kept, tuning.after < tuning.before);
    assert.equal(result.calibration.images, 6);
    assert.match(result.calibration.digest, /^[0-9a-f]{64}$/);
    assert.ok(result.blocks.some(({ chosen }: { chosen: boolean }) => chosen));

    const shown = await runCli(["models", "show", "small.onnx"], { cwd });
    assert.match(shown.stdout, /quantized {5}int8 in \d+ of \d+ blocks/);
    assert.match(shown.stdout, /calibrated on 6 images/);
    if (tuning.kept) assert.match(shown.stdout, /weights of \d+ layers tuned on 6 images \(seed 0\)/);

    const found = await runCli(["segment", join(PHOTOS, "000000214753.jpg"), "-m", "small.onnx"], { cwd });
    assert.match(found.stdout, /background \d+\.\d %, horse \d+\.\d %, person \d\.\d %/);

    const again = await runCli(["quantize", "small.onnx", "--calibrate", PHOTOS, "-o", "b.onnx"], { cwd });
    assert.equal(again.code, 2);
    assert.match(again.stderr, /is quantized already: quantize the model that it was made from/);
  });
});

Deno.test("weights alone in int8 are a model too, where nothing is to be faster", async () => {
  await inFolder(async (cwd) => {
    const weights = encodeSafetensors(fakeTensors("mobilenet_v3_small", 3));
    await Deno.writeFile(join(cwd, "w.safetensors"), weights);
    await Deno.writeTextFile(join(cwd, "names.txt"), "cat\ndog\ncow\n");
    const own = ["--weights", "w.safetensors", "--labels", "names.txt"];
    const args = ["quantize", ...own, "--calibrate", PHOTOS, "--samples", "2"];
    const made = await runCli([...args, "-o", "small.onnx", "--size-only"], { cwd });
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /small\.onnx: 1\.\d\d MiB, 2\d\.\d % of 5\.\d\d MiB/);
    const far = await runCli([...args, "-o", "other.onnx", "--size-only", "--max-error", "1e-9"], { cwd });
    assert.equal(far.code, 4, far.stderr);
    assert.match(far.stdout, /nothing was written: the error of the outputs is \S+, more than 1e-9/);
    const kept = await runCli([...args, "-o", "other.onnx", "--min-speedup", "50"], { cwd });
    assert.equal(kept.code, 4);
    assert.match(kept.stdout, /the float model is kept, and nothing was written/);
    await assert.rejects(Deno.stat(join(cwd, "other.onnx")));
  });
});

Deno.test("what cannot be quantized is refused before anything is done", async () => {
  await inFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "empty"));
    await Deno.writeTextFile(join(cwd, "there.onnx"), "");
    await Deno.writeTextFile(join(cwd, "noise.jpg"), "noise");
    const base = ["--calibrate", PHOTOS, "-o", "out.onnx"];
    const cases: [string[], RegExp, number?][] = [
      [base, /name a model, or a file of weights with --weights/],
      [["everyday", "-m", "street", ...base], /two models are named: everyday and street/],
      [["everyday", "--calibrate", PHOTOS, "-o", "out.bin"], /name must end in \.onnx/],
      [["everyday", "--calibrate", PHOTOS, "-o", "there.onnx"], /there\.onnx exists: --overwrite/],
      [["everyday", "--calibrate", PHOTOS, "-o", "empty"], /must end in \.onnx/],
      [["everyday", "--heads", "classify", ...base], /--heads/],
      [["everyday", "--max-drop", "AP=0.01", ...base], /--max-drop AP needs ground truth/],
      [["everyday", "--max-drop", "AP", ...base], /expected METRIC=NUMBER/],
      [["everyday", "--max-drop", "AP=2", ...base], /expected METRIC=NUMBER/],
      [["everyday", "--seed", "1", ...base], /--seed is for --tune, which is not given/],
      [["everyday", "--tune", "soon", ...base], /expected a time such as 90s/],
      [["everyday", "--tune", "1m", "--size-only", ...base], /--size-only and --tune/],
      [["everyday", "--max-error", "7", ...base], /from 0 to 1/],
      [
        ["everyday", "--scan", "metric", ...base],
        /--scan metric needs ground truth: name it with --evaluate/,
      ],
      [["everyday", "--images", PHOTOS, ...base], /belong to ground truth/],
      [
        ["everyday", "--max-drop", "top1=0.01", "--evaluate", "there.onnx", ...base],
        /unknown metric top1: this model is scored by AP, AP50, AP75, mIoU/,
      ],
      [["everyday", "--calibrate", "empty", "-o", "out.onnx"], /no images/],
      [["everyday", "--calibrate", "missing", "-o", "out.onnx"], /missing/],
      [
        ["everyday", "--calibrate", "noise.jpg", "-o", "out.onnx"],
        /none of the images to calibrate on can be read/,
      ],
      [["there.onnx", ...base], /there\.onnx/, 3],
    ];
    for (const [args, message, code = 2] of cases) {
      const run = await runCli(["quantize", ...args], { cwd });
      assert.match(run.stderr, message);
      assert.equal(run.code, code, `${args.join(" ")}: ${run.stderr}`);
    }
    await assert.rejects(Deno.stat(join(cwd, "out.onnx")));
  });
});
