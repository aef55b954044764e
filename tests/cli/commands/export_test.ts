import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import { encodeSafetensors } from "../../../core/weights/mod.ts";
import { fakeTensors } from "../../models/fake_checkpoint.ts";
import { runCli } from "../../support/run_cli.ts";
import { testImage } from "../../support/test_image.ts";

async function withFiles(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(folder, "a.png"), await encodeRgbImage(testImage(160, 120), "png"));
    await Deno.writeFile(
      join(folder, "w.safetensors"),
      encodeSafetensors(fakeTensors("mobilenet_v3_small", 3)),
    );
    await Deno.writeTextFile(join(folder, "names.txt"), "cat\ndog\ncow\n");
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What `--json` says of the images, without what differs between runs. */
function images(stdout: string) {
  const { images } = JSON.parse(stdout) as { images: Record<string, unknown>[] };
  return images.map(({ milliseconds: _, ...image }) => image);
}

Deno.test("weights of one's own are classified with, exported, and the file classifies alike", async () => {
  await withFiles(async (cwd) => {
    const own = ["--weights", "w.safetensors", "--labels", "names.txt"];
    const before = await runCli(["classify", "a.png", ...own, "-k", "2", "--json"], { cwd });
    assert.equal(before.code, 0, before.stderr);
    const [{ top }] = images(before.stdout) as unknown as [
      { top: { id: number; class: string; score: number }[] },
    ];
    assert.equal(top.length, 2);
    assert.ok(top[0].score >= top[1].score);
    assert.ok(top.every(({ id, class: name }) => ["cat", "dog", "cow"][id] === name));

    const exported = await runCli(["export", ...own, "-o", "mine.onnx"], { cwd });
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(
      exported.stdout,
      /^mine\.onnx: mobilenet_v3_small, 5\.\d\d MiB\n {2}takes {4}image: uint8 \[1, image_height, image_width, 3\]\n {2}returns {2}classify\.logits: float32 \[1, 3\]\n$/,
    );
    const after = await runCli(["classify", "a.png", "-m", "mine.onnx", "-k", "2", "--json"], { cwd });
    assert.deepEqual(images(after.stdout), images(before.stdout));

    const again = await runCli(["export", ...own, "-o", "mine.onnx"], { cwd });
    assert.equal(again.code, 2);
    assert.match(again.stderr, /mine\.onnx exists: --overwrite replaces it/);
    const half = await runCli([
      "export",
      ...own,
      "-o",
      "mine.onnx",
      "--overwrite",
      "--half",
      "--raw",
      "--json",
    ], { cwd });
    assert.equal(half.code, 0, half.stderr);
    const { bytes, inputs } = JSON.parse(half.stdout);
    assert.ok(bytes < 3.4 * 2 ** 20);
    assert.deepEqual(inputs[0].name, "input");
  });
});

Deno.test("classify saves a JSON file per image, and prints a line for each", async () => {
  await withFiles(async (cwd) => {
    const args = ["classify", "a.png", "--weights", "w.safetensors", "--labels", "names.txt", "-o", "out"];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^a\.png: (cat|dog|cow) \d+\.\d %, (cat|dog|cow) \d+\.\d %, (cat|dog|cow) \d+\.\d %\n$/,
    );
    const saved = JSON.parse(await Deno.readTextFile(join(cwd, "out", "a.classes.json")));
    assert.equal(saved.top.length, 3);
    assert.deepEqual([saved.width, saved.height], [160, 120]);
  });
});

Deno.test("what classify and export cannot do is said before anything is done", async () => {
  await withFiles(async (cwd) => {
    for (
      const [args, status, message] of [
        [["classify", "a.png"], 2, /name a model with --model or weights with --weights/],
        [
          ["classify", "a.png", "-m", "mb3-large-075"],
          2,
          /mb3-large-075\.coco-everyday cannot classify; it can detect and/,
        ],
        [
          ["classify", "a.png", "--weights", "w.safetensors"],
          2,
          /was trained for 3 classes.*name the classes in a file, one per line, with --labels/,
        ],
        [
          ["segment", "a.png", "--arch", "mobilenet_v2"],
          2,
          /given without a file of weights \(name the file with --weights\)/,
        ],
        [["export", "-o", "x.onnx"], 2, /name a model, or a file of weights/],
        [
          ["export", "mb3-large-075", "-o", "x.onnx", "--heads", "classify"],
          2,
          /--heads classify: unknown name/,
        ],
        [["export", "mb3-large-075", "-o", "x.onnx", "--size", "100"], 2, /the nearest size is 96×96/],
        [
          ["export", "mb3-large-075", "-o", "."],
          2,
          /cannot write \.: it is a folder; name the file to write in it/,
        ],
        [["export", "mobilenet_v2", "-o", "x.onnx"], 3, /fetch them with "bneck models pull/],
        [["segment", "a.png", "-m", "a.png"], 3, /a\.png is a PNG image, not a model/],
        [["segment", "a.png", "-m", "missing.onnx"], 3, /missing\.onnx: no such file or folder/],
      ] as const
    ) {
      const { code, stderr } = await runCli([...args], { cwd, env: { BNECK_CACHE: cwd } });
      assert.equal(code, status, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, message);
    }
    await assert.rejects(Deno.stat(join(cwd, "x.onnx")), Deno.errors.NotFound);
  });
});

Deno.test("an exported file given as weights, or a network alone as a model, is told from what it should be", async () => {
  await withFiles(async (cwd) => {
    const named = await runCli(["export", "mb3-large-075", "-o", "both"], { cwd });
    assert.match(
      named.stderr,
      /--model takes exported files by names that end in \.onnx, which both does not/,
    );
    await Deno.rename(join(cwd, "both"), join(cwd, "both.onnx"));
    const model = await runCli(["segment", "a.png", "--weights", "both.onnx"], { cwd });
    assert.equal(model.code, 2);
    assert.match(
      model.stderr,
      /both\.onnx is the exported model mb3-large-075\.coco-everyday, .* \(run it with --model\)/,
    );
    await runCli(["export", "mb3-large-075", "--raw", "-o", "raw.onnx"], { cwd });
    const raw = await runCli(["segment", "a.png", "--weights", "raw.onnx"], { cwd });
    assert.equal(raw.code, 2);
    assert.match(
      raw.stderr,
      /raw\.onnx is the exported network of mb3-large-075\.coco-everyday alone, which matches no known/,
    );
    const asModel = await runCli(["segment", "a.png", "-m", "raw.onnx"], { cwd });
    assert.match(asModel.stderr, /export the model with its preprocessing to run it\n$/);
  });
});

Deno.test("one head of the embedded model is a model", async () => {
  await withFiles(async (cwd) => {
    await runCli(["export", "mb3-large-075", "-o", "street.onnx", "--heads", "segment"], { cwd });
    const [before, after] = [
      await runCli(["segment", "a.png", "--json"], { cwd }),
      await runCli(["segment", "a.png", "-m", "street.onnx", "--json"], { cwd }),
    ];
    assert.equal(after.code, 0, after.stderr);
    assert.deepEqual(images(after.stdout), images(before.stdout));
    const detect = await runCli(["detect", "a.png", "-m", "street.onnx"], { cwd });
    assert.match(detect.stderr, /cannot detect; it can segment/);
  });
});
