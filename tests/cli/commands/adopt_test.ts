import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../../core/images/mod.ts";
import { runCli } from "../../support/run_cli.ts";
import { ROOT } from "../../support/shared.ts";
import { testImage } from "../../support/test_image.ts";
import { foreignModel, type ForeignParts, ONE_BOX, ULTRALYTICS } from "../../models/adopt/foreign_model.ts";

const CAT_AND_DOG = ["cat", "dog"];

/** A file of each kind that docs/adopt.md names. */
const FILES: Readonly<Record<string, ForeignParts>> = {
  yolov8: { outputs: [ONE_BOX], metadata: ULTRALYTICS },
  selected: {
    outputs: [{ name: "output0", shape: [1, 2, 6], values: [1, 2, 9, 9, 0.5, 1, 0, 0, 0, 0, 0, 0] }],
    metadata: { ...ULTRALYTICS, args: "{'nms': True}" },
  },
  yolov5: { outputs: [{ name: "output", shape: [1, 1200, 7], values: [0.25] }] },
  torchvision: {
    input: { shape: [3, 32, 32] },
    outputs: [
      { name: "boxes", shape: [1, 4], values: [1, 2, 9, 9] },
      { name: "scores", shape: [1], values: [0.5] },
      { name: "labels", shape: [1], values: [1], elementType: "int64" },
    ],
  },
  ultraface: {
    outputs: [
      { name: "scores", shape: [1, 2, 2], values: [0.25, 0.75, 0.5, 0.5] },
      { name: "boxes", shape: [1, 2, 4], values: [0.1, 0.1, 0.2, 0.3, 0, 0, 1, 1] },
    ],
  },
  detr: {
    outputs: [
      { name: "logits", shape: [1, 2, 3], values: [3, -2, 1, 0, 0, 0] },
      { name: "pred_boxes", shape: [1, 2, 4], values: [0.5] },
    ],
  },
  logits: { outputs: [{ name: "out", shape: [1, 2, 4, 4], values: [0.25] }] },
  classmap: { outputs: [{ name: "out", shape: [1, 4, 4], values: [1], elementType: "int64" }] },
  mask: { outputs: [{ name: "out", shape: [1, 1, 4, 4], values: [0.4] }] },
  classifier: { outputs: [{ name: "out", shape: [1, 2], values: [1, 2] }] },
  tensorflow: {
    input: { elementType: "uint8", shape: [1, 32, 32, 3] },
    outputs: [{ name: "out", shape: [1, 2], values: [0.25, 0.75] }],
  },
};

async function withFiles(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(folder, "photo.png"), await encodeRgbImage(testImage(64, 32), "png"));
    await Deno.writeTextFile(join(folder, "names.txt"), CAT_AND_DOG.join("\n"));
    await Deno.writeTextFile(join(folder, "face.txt"), "face\n");
    for (const [name, parts] of Object.entries(FILES)) {
      await Deno.writeFile(join(folder, `${name}.onnx`), foreignModel(parts));
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The commands in the table of the documentation. */
const LINES = [
  ...Deno.readTextFileSync(ROOT + "docs/adopt.md").matchAll(/^\|[^|]+\| `bneck (adopt [^`]+)` +\|$/gm),
]
  .map(([, line]) => line.trim());

Deno.test("the documentation names a command for every kind of file", () => {
  const used = new Set(LINES.map((line) => line.split(" ")[1]));
  assert.deepEqual([...used].sort(), Object.keys(FILES).map((name) => `${name}.onnx`).sort());
});

Deno.test("every command of the documentation makes a model that runs", async (t) => {
  await withFiles(async (cwd) => {
    for (const line of LINES) {
      await t.step(line, async () => {
        const adopted = await runCli([...line.split(" "), "--overwrite", "--json"], { cwd });
        assert.equal(adopted.code, 0, adopted.stderr);
        const [task] = JSON.parse(adopted.stdout).tasks;
        const ran = await runCli([task, "photo.png", "-m", "a.onnx", "--json"], { cwd });
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(JSON.parse(ran.stdout).images.length, 1);
      });
    }
  });
});

Deno.test("findings are printed with the flags that change them, assumptions marked", async () => {
  await withFiles(async (cwd) => {
    const { code, stdout } = await runCli(["adopt", "classifier.onnx"], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}task +classify \(the shapes of the outputs; --task\)$/m);
    assert.match(stdout, /^\? values +minus 123.675, 116.28, 103.53 \(usual for the task; --mean\)$/m);
    assert.match(stdout, /^\? classes +2, without names \(nothing names them; --labels\)$/m);
    assert.match(stdout, /nothing is written: with -o FILE the file becomes a model/);
  });
});

Deno.test("a file that says how it is used is detected with, shown and profiled as it is", async () => {
  await withFiles(async (cwd) => {
    const ran = await runCli(["detect", "photo.png", "-m", "yolov8.onnx", "--json"], { cwd });
    assert.equal(ran.code, 0, ran.stderr);
    const [{ objects }] = JSON.parse(ran.stdout).images;
    assert.deepEqual(objects, [{ class: "dog's bone", category_id: 2, score: 0.75, box: [24, 8, 40, 24] }]);
    const shown = await runCli(["models", "show", "yolov8.onnx"], { cwd });
    assert.match(shown.stdout, /letterbox; filter opencv; padding 114/);
    assert.match(shown.stdout, /detect: yolo-v8, iou 0.7/);
    const other = await runCli(["segment", "photo.png", "-m", "logits.onnx"], { cwd });
    assert.equal(other.code, 3);
    assert.match(
      other.stderr,
      /does not say how it is used; it would be assumed: .*"bneck adopt logits.onnx"/s,
    );
  });
});

Deno.test("what is missing is asked for by its flag, and files are not overwritten", async () => {
  await withFiles(async (cwd) => {
    const open = foreignModel({ ...FILES.classifier, input: { shape: [1, 3, "h", "w"] } });
    await Deno.writeFile(join(cwd, "open.onnx"), open);
    const missing = await runCli(["adopt", "open.onnx"], { cwd });
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, /nothing says at which it works \(give one with --size\)/);
    const same = await runCli(["adopt", "mask.onnx", "-o", "mask.onnx", "--overwrite"], { cwd });
    assert.match(same.stderr, /mask.onnx is the file itself/);
    const there = await runCli(["adopt", "mask.onnx", "-o", "names.txt"], { cwd });
    assert.match(there.stderr, /names.txt exists: --overwrite replaces it/);
    const wrong = await runCli(["adopt", "mask.onnx", "--mean", "1,2"], { cwd });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /expected one number, or one for each of three channels/);
  });
});
