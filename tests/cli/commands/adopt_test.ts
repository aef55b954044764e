import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeLabelPng, encodeRgbImage, readImage, readLabelMap } from "../../../core/images/mod.ts";
import { compressCounts, encodeRegion } from "../../../datasets/coco/mod.ts";
import { runCli } from "../../support/run_cli.ts";
import { ROOT } from "../../support/shared.ts";
import { testImage } from "../../support/test_image.ts";
import {
  foreignModel,
  type ForeignParts,
  ONE_BOX,
  ONE_MASK,
  TWO_PROTOTYPES,
  ULTRALYTICS,
} from "../../models/adopt/foreign_model.ts";

const CAT_AND_DOG = ["cat", "dog"];

/** A file of each kind that docs/adopt.md names. */
const FILES: Readonly<Record<string, ForeignParts>> = {
  yolov8: { outputs: [ONE_BOX], metadata: ULTRALYTICS },
  "yolov8-seg": { outputs: [ONE_MASK, TWO_PROTOTYPES], metadata: { ...ULTRALYTICS, task: "segment" } },
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
  mmdet: {
    outputs: [
      { name: "dets", shape: [1, 1, 5], values: [1, 2, 9, 9, 0.5] },
      { name: "labels", shape: [1, 1], values: [1], elementType: "int64" },
    ],
  },
  tfdetect: {
    input: { elementType: "uint8", shape: [1, "height", "width", 3] },
    outputs: [
      { name: "detection_boxes", shape: [1, 1, 4], values: [0.25, 0.25, 0.5, 0.5] },
      { name: "detection_classes", shape: [1, 1], values: [18] },
      { name: "detection_scores", shape: [1, 1], values: [0.5] },
      { name: "num_detections", shape: [1], values: [1] },
    ],
  },
  // One number for each cell, 21 in 32×32.
  yolox: { outputs: [{ name: "output", shape: [1, 21, 7], values: [0.5] }] },
  nanodet: {
    outputs: [{
      name: "output",
      shape: [1, 22, 34],
      values: Array.from({ length: 22 * 34 }, (_, at) => at % 34 < 2 ? 0.25 : 3),
    }],
  },
  paddle: {
    companions: [
      { name: "im_shape", elementType: "float32", shape: [1, 2] },
      { name: "scale_factor", elementType: "float32", shape: [1, 2] },
    ],
    outputs: [
      { name: "multiclass_nms3_0.tmp_0", shape: [1, 6], values: [1, 0.5, 1, 2, 9, 9] },
      { name: "multiclass_nms3_0.tmp_2", shape: [1], values: [1], elementType: "int32" },
    ],
  },
  dfine: {
    companions: [{ name: "orig_target_sizes", elementType: "int64", shape: [1, 2] }],
    outputs: [
      { name: "labels", shape: [1, 2], values: [1], elementType: "int64" },
      { name: "boxes", shape: [1, 2, 4], values: [1, 2, 9, 9, 1, 2, 9, 9] },
      { name: "scores", shape: [1, 2], values: [0.5] },
    ],
  },
  mask2former: {
    outputs: [
      { name: "class_queries_logits", shape: [1, 2, 3], values: [3, 0, 0, 0, 3, 0] },
      { name: "masks_queries_logits", shape: [1, 2, 4, 4], values: [1] },
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

Deno.test("what the files of Hugging Face say of sizes, filters and crops is shown by models show", async () => {
  await withFiles(async (folder) => {
    const write = (name: string, json: unknown) =>
      Deno.writeTextFile(join(folder, name), JSON.stringify(json));
    await write("config.json", { architectures: ["DetrForObjectDetection"], transformers_version: "5.24.0" });
    const values = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], resample: 2 };
    await write("preprocessor_config.json", {
      ...values,
      image_processor_type: "DetrImageProcessor",
      size: { shortest_edge: 32, longest_edge: 64 },
    });
    const shown = async (file: string) => {
      const adopted = await runCli(["adopt", file, "-o", "a.onnx", "--overwrite"], { cwd: folder });
      assert.equal(adopted.code, 0, adopted.stderr);
      const { stdout } = await runCli(["models", "show", "a.onnx"], { cwd: folder });
      return stdout.replaceAll(/\s+/g, " ");
    };
    const bytes = foreignModel({ ...FILES.detr, input: { shape: [1, 3, "height", "width"] } });
    await Deno.writeFile(join(folder, "any.onnx"), bytes);
    assert.match(await shown("any.onnx"), /shorter side 32, the longer at most 64; .*torchvision-bilinear/);
    await write("config.json", { architectures: ["MobileNetV2ForImageClassification"] });
    const crop = { do_center_crop: true, crop_size: 32 };
    await write("preprocessor_config.json", { ...values, ...crop, size: { shortest_edge: 40 } });
    assert.match(await shown("classifier.onnx"), /shorter side 40; the middle 32×32 \(rounded down\)/);
  });
});

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
    assert.match(same.stderr, /--out would replace .*mask.onnx, the file itself/);
    const there = await runCli(["adopt", "mask.onnx", "-o", "names.txt"], { cwd });
    assert.match(there.stderr, /names.txt exists: --overwrite replaces it/);
    const wrong = await runCli(["adopt", "mask.onnx", "--mean", "1,2"], { cwd });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /expected one number, or one for each of three channels/);
  });
});

Deno.test("masks of an exported detector are saved, cut out, drawn and scored", async () => {
  await withFiles(async (cwd) => {
    const model = ["-m", "yolov8-seg.onnx"];
    await Deno.writeFile(join(cwd, "7.png"), await encodeRgbImage(testImage(256, 128), "png"));
    const save = ["--out", "out", "--save", "coco,dataset,cutouts,boxes"];
    const ran = await runCli(["detect", "7.png", ...model, ...save], { cwd });
    assert.equal(ran.code, 0, ran.stderr);
    const [{ image_id, bbox, segmentation }] = JSON.parse(
      await Deno.readTextFile(join(cwd, "out/detections.coco.json")),
    );
    // Of the box from 96, 32 to 160, 96 the right half.
    const { counts } = encodeRegion(RIGHT_HALF, 128, 256);
    assert.deepEqual([image_id, bbox, segmentation], [7, [96, 32, 64, 64], {
      size: [128, 256],
      counts: compressCounts(counts),
    }]);
    const { annotations: [{ area }] } = JSON.parse(
      await Deno.readTextFile(join(cwd, "out/annotations.coco.json")),
    );
    assert.equal(area, 2048);
    const cutout = await readImage(join(cwd, "out/7.cutout-001.png"));
    assert.deepEqual([cutout.width, cutout.height], [64, 64]);
    const plain = await runCli(["detect", "7.png", "-m", "yolov8.onnx", "-o", "plain", "--save", "boxes"], {
      cwd,
    });
    assert.equal(plain.code, 0, plain.stderr);
    const [painted, bare] = await Promise.all(
      ["out", "plain"].map((folder) => readImage(join(cwd, folder, "7.boxes.jpg"))),
    );
    const change = (from: number, to: number) =>
      painted.data.reduce((sum, value, at) => {
        const x = Math.floor(at / 3) % 256;
        return x >= from && x < to ? sum + Math.abs(value - bare.data[at]) : sum;
      }, 0);
    assert.ok(change(132, 156) > 20 * change(100, 124), "the mask is painted, the rest of the box is not");

    const truth = {
      images: [{ id: 7, file_name: "7.png", width: 256, height: 128 }],
      categories: [{ id: 3, name: "dog's bone" }],
      annotations: [{
        id: 1,
        image_id: 7,
        category_id: 3,
        bbox: [128, 32, 32, 64],
        area: 2048,
        iscrowd: 0,
        segmentation: { size: [128, 256], counts: [...counts] },
      }],
    };
    await Deno.writeTextFile(join(cwd, "truth.json"), JSON.stringify(truth));
    const evaluate = (...more: string[]) =>
      runCli(["eval", "coco", "--annotations", "truth.json", "--images", ".", "--json", ...more], { cwd });
    const scored = await evaluate(...model, "--iou-type", "segm", "--save-detections", "found.json");
    assert.equal(scored.code, 0, scored.stderr);
    assert.ok(JSON.parse(scored.stdout).metrics.AP > 0.999);
    assert.equal(
      JSON.parse(await Deno.readTextFile(join(cwd, "found.json")))[0].segmentation.counts,
      compressCounts(counts),
    );
    assert.equal(
      JSON.parse((await evaluate(...model)).stdout).metrics.AP75,
      0,
      "of boxes, which are twice as wide",
    );

    const boxes = await evaluate("-m", "yolov8.onnx", "--iou-type", "segm");
    assert.equal(boxes.code, 2);
    assert.match(boxes.stderr, /--iou-type segm needs masks, and yolov8 finds boxes/);
    const cut = await runCli(["detect", "7.png", "-m", "yolov8.onnx", "-o", "out", "--save", "cutouts"], {
      cwd,
    });
    assert.match(cut.stderr, /--save cutouts needs masks, and yolov8 finds boxes/);
    const wider = { ...truth, images: [{ ...truth.images[0], width: 257 }], annotations: [] };
    await Deno.writeTextFile(join(cwd, "truth.json"), JSON.stringify(wider));
    const other = await evaluate(...model, "--iou-type", "segm");
    assert.match(other.stderr, /7.png is 256×128, its annotations are of 257×128: masks cannot be compared/);
  });
});

/** The right half of the box of {@linkcode ONE_MASK}, in a photo of 256×128. */
const RIGHT_HALF = { x: 128, y: 32, width: 32, height: 64, data: new Uint8Array(2048).fill(1) };

Deno.test("mattes are saved as grey values and as photos without their background", async () => {
  await withFiles(async (cwd) => {
    await runCli(["adopt", "mask.onnx", "-o", "m.onnx", "--mean", "0", "--std", "1", "--threshold", "0.3"], {
      cwd,
    });
    const save = ["-o", "out", "--save", "mask,cutouts,ids,overlay"];
    const ran = await runCli(["segment", "photo.png", "-m", "m.onnx", ...save], { cwd });
    assert.equal(ran.code, 0, ran.stderr);
    const matte = await readLabelMap(join(cwd, "out/photo.mask.png"));
    assert.deepEqual([matte.width, matte.height, ...new Set(matte.data)], [64, 32, 102]);
    const ids = await readLabelMap(join(cwd, "out/photo.ids.png"));
    assert.deepEqual([...new Set(ids.data)], [1], "0.4 is above the threshold");
    const cutout = await Deno.readFile(join(cwd, "out/photo.cutout-001.png"));
    assert.equal(cutout[25], 6, "with an alpha channel");

    await runCli(["adopt", "logits.onnx", "-o", "l.onnx", "--labels", "names.txt"], { cwd });
    for (
      const [kind, message] of [["mask", /--save mask needs a model that tells things/], [
        "cutouts",
        /needs masks, and logits finds classes of pixels/,
      ]] as const
    ) {
      const refused = await runCli(["segment", "photo.png", "-m", "l.onnx", "-o", "out", "--save", kind], {
        cwd,
      });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, message);
    }
  });
});

Deno.test("exported segmentation networks are scored", async () => {
  await withFiles(async (cwd) => {
    await Deno.mkdir(join(cwd, "labels"));
    await Deno.mkdir(join(cwd, "images"));
    await Deno.rename(join(cwd, "photo.png"), join(cwd, "images/photo.png"));
    const truth = new Uint8Array(64 * 32).map((_, at) => at % 4 === 0 ? 0 : 1);
    await Deno.writeFile(
      join(cwd, "labels/photo.png"),
      encodeLabelPng({ width: 64, height: 32, data: truth }, []),
    );
    const classes = CAT_AND_DOG.map((name, id) => ({ id, name }));
    await Deno.writeTextFile(join(cwd, "classes.json"), JSON.stringify({ classes }));
    const set = ["--images", "images", "--labels", "labels", "--classes", "classes.json", "--json"];
    for (const name of ["classmap", "mask", "logits"]) {
      const adopted = await runCli(
        [
          "adopt",
          `${name}.onnx`,
          "-o",
          "a.onnx",
          "--overwrite",
          "--labels",
          "names.txt",
          ...(name === "mask" ? ["--threshold", "0.3"] : []),
        ],
        { cwd },
      );
      assert.equal(adopted.code, 0, adopted.stderr);
      const scored = await runCli(["eval", "segmentation", "-m", "a.onnx", ...set], { cwd });
      assert.equal(scored.code, 0, scored.stderr);
      // All pixels are dogs, of three quarters rightly; equal logits are those of the first class.
      const { pixelAccuracy } = JSON.parse(scored.stdout);
      assert.equal(pixelAccuracy, name === "logits" ? 0.25 : 0.75, name);
    }
  });
});
