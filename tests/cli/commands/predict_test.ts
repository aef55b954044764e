import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeLabelMap, encodeRgbImage, readImage, readLabelMap } from "../../../core/images/mod.ts";
import { runCli, spawnCli } from "../../support/run_cli.ts";
import { assertSameLabels } from "../../support/same_labels.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { testImage } from "../../support/test_image.ts";

const STREET = fileURLToPath(
  new URL("../../../models/weights/street-lraspp/tuned/parity/image.png", import.meta.url),
);
const STREET_MASK = fileURLToPath(
  new URL("../../../models/weights/street-lraspp/tuned/parity/mask.png", import.meta.url),
);

/** Runs `body` in a folder with a street scene in `photos/street.png`, and removes the folder. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-predict-" }));
  try {
    await Deno.mkdir(join(folder, "photos"));
    await Deno.copyFile(STREET, join(folder, "photos/street.png"));
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All files below a folder, relative to it, sorted. */
function filesIn(folder: string, below = ""): string[] {
  if (!existsSync(join(folder, below))) return [];
  return [...Deno.readDirSync(join(folder, below))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, join(below, name)) : [join(below, name)]
  ).sort();
}

/** {@linkcode filesIn} without the list of classes that every run leaves. */
function resultsIn(folder: string): string[] {
  return filesIn(folder).filter((name) => name !== "classes.json");
}

interface JsonImage {
  readonly file: string;
  readonly error?: string;
  readonly width: number;
  readonly height: number;
  readonly input: { readonly height: number; readonly width: number };
  readonly objects?: readonly { class: string; category_id: number; score: number; box: number[] }[];
  readonly classes?: readonly { id: number; name: string; pixels: number; share: number }[];
  readonly files: readonly string[];
  readonly milliseconds: Record<string, number>;
}

function jsonLines(stdout: string): JsonImage[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("segment saves the labels that the decoder had in PyTorch, and an overlay", () =>
  inFolder(async (cwd) => {
    const { code, stdout, stderr } = await runCli([
      "segment",
      "photos",
      "-m",
      "street",
      "-o",
      "out",
      "--jsonl",
    ], { cwd });
    assert.equal(code, 0, stderr);
    assert.deepEqual(resultsIn(join(cwd, "out")), ["street.ids.png", "street.overlay.jpg"]);
    const labels = await readLabelMap(join(cwd, "out/street.ids.png"));
    assertSameLabels(labels, await readLabelMap(STREET_MASK));

    const [image] = jsonLines(stdout);
    assert.equal(image.file, "photos/street.png");
    assert.deepEqual([image.width, image.height, image.input], [480, 360, { height: 360, width: 480 }]);
    for (const { id, pixels, share } of image.classes!) {
      assert.equal(pixels, labels.data.filter((label) => label === id).length);
      assert.equal(share, Number((pixels / (480 * 360)).toFixed(6)));
    }
    assert.deepEqual(image.files, ["out/street.ids.png", "out/street.overlay.jpg"]);
    assert.deepEqual(Object.keys(image.milliseconds), [
      "read",
      "decode",
      "resize",
      "infer",
      "post",
      "encode",
      "write",
    ]);
    assert.match(stderr, /1 image done, 2 files written/);
  }));

Deno.test("segment prints and saves only the classes it is asked for, in every kind of result", () =>
  inFolder(async (cwd) => {
    const flags = [
      "-m",
      "street",
      "--save",
      "ids,color,scores,overlay,trainids",
      "--classes",
      "road,sky",
      "--opacity",
      "1",
    ];
    const { code, stdout, stderr } = await runCli(["segment", "photos", "-o", "out", "--jsonl", ...flags], {
      cwd,
    });
    assert.equal(code, 0, stderr);
    const [{ classes }] = jsonLines(stdout);
    assert.deepEqual(classes!.map(({ name }) => name).sort(), ["road", "sky"]);
    assert.ok(classes!.reduce((sum, { share }) => sum + share, 0) < 0.9, "shares are of the whole image");
    const labels = (await readLabelMap(join(cwd, "out/street.ids.png"))).data;
    const colors = (await readImage(join(cwd, "out/street.color.png"))).data;
    const expected: Record<number, number[]> = { 0: [128, 128, 128], 3: [128, 64, 128], 255: [0, 0, 0] };
    assert.deepEqual([...new Set(labels)].sort((a, b) => a - b), [0, 3, 255]);
    const trainIds = (await readLabelMap(join(cwd, "out/street.trainids.png"))).data;
    const scores = (await readLabelMap(join(cwd, "out/street.scores.png"))).data;
    for (let at = 0; at < labels.length; at += 97) {
      assert.deepEqual([...colors.subarray(at * 3, at * 3 + 3)], expected[labels[at]]);
      assert.equal(trainIds[at], { 0: 10, 3: 0 }[labels[at]] ?? 255);
      assert.ok(labels[at] === 255 ? scores[at] === 0 : scores[at] >= 255 / 11 - 1);
    }
    assert.ok(scores.some((score) => score > 250));
  }));

Deno.test("flags about files are refused without a folder for them", () =>
  inFolder(async (cwd) => {
    for (const flag of [["--save", "ids"], ["--overwrite"], ["--skip-existing"]]) {
      const { code, stderr } = await runCli(["segment", "photos", ...flag], { cwd });
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`${flag[0]} needs --out`));
    }
    const { code, stderr } = await runCli(["detect", "photos", "--annotations", "gt.json"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /--annotations is for --save coco/);
  }));

Deno.test("many images whose results exist are one line on stderr, and each a record of JSON", () =>
  inFolder(async (cwd) => {
    await Deno.copyFile(join(cwd, "photos/street.png"), join(cwd, "photos/again.png"));
    const run = ["segment", "photos", "-o", "out", "--save", "ids", "--jsonl"];
    assert.equal((await runCli(run, { cwd })).code, 0);
    const { code, stdout, stderr } = await runCli(run, { cwd });
    assert.equal(code, 1);
    const lines = stderr.split("\n").filter((line) => line.includes("already exist"));
    assert.equal(lines.length, 1, stderr);
    assert.match(
      lines[0],
      /2 images were left out .* out\/again\.ids\.png of photos\/again\.png; --overwrite/,
    );
    assert.equal(jsonLines(stdout).filter((record) => "error" in record).length, 2);
  }));

Deno.test("detect prints objects in pixels of the image and saves every kind of file", () =>
  inFolder(async (cwd) => {
    const flags = [
      "--save",
      "boxes,json,yolo,crops,coco",
      "--jsonl",
      "--classes",
      "car,person",
      "--max",
      "4",
    ];
    await Deno.rename(join(cwd, "photos/street.png"), join(cwd, "photos/000042.png"));
    const { code, stdout, stderr } = await runCli(["detect", "photos", "-o", "out", ...flags], { cwd });
    assert.equal(code, 0, stderr);
    const [{ objects, file }] = jsonLines(stdout);
    assert.equal(objects!.length, 4);
    for (const { class: name, score, box: [x1, y1, x2, y2] } of objects!) {
      assert.ok(["car", "person"].includes(name) && score >= 0.25);
      assert.ok(0 <= x1 && x1 < x2 && x2 <= 480 && 0 <= y1 && y1 < y2 && y2 <= 360);
    }
    assert.deepEqual(resultsIn(join(cwd, "out")), [
      "000042.boxes.jpg",
      "000042.crop-001.jpg",
      "000042.crop-002.jpg",
      "000042.crop-003.jpg",
      "000042.crop-004.jpg",
      "000042.objects.json",
      "000042.yolo.txt",
      "data.yaml",
      "detections.coco.json",
    ]);
    const read = async (name: string) => await Deno.readTextFile(join(cwd, "out", name));
    assert.deepEqual(JSON.parse(await read("000042.objects.json")), {
      file,
      width: 480,
      height: 360,
      objects,
    });

    const [x1, y1, x2, y2] = objects![0].box;
    const [first] = JSON.parse(await read("detections.coco.json"));
    assert.equal(first.image_id, 42);
    assert.equal(first.category_id, objects![0].category_id);
    [x1, y1, x2 - x1, y2 - y1].forEach((value, i) => assert.ok(Math.abs(first.bbox[i] - value) < 0.02));
    const yolo = (await read("000042.yolo.txt")).split("\n")[0].split(" ").map(Number);
    assert.ok(Math.abs(yolo[1] - (x1 + x2) / 2 / 480) < 1e-4 && Math.abs(yolo[4] - (y2 - y1) / 360) < 1e-4);
    const crop = await readImage(join(cwd, "out/000042.crop-001.jpg"));
    assert.ok(Math.abs(crop.width - (x2 - x1)) < 2 && Math.abs(crop.height - (y2 - y1)) < 2);
  }));

Deno.test("run gives objects and classes from one pass", () =>
  inFolder(async (cwd) => {
    const { code, stdout, stderr } = await runCli(["run", "photos/street.png", "-o", "out", "--json"], {
      cwd,
    });
    assert.equal(code, 0, stderr);
    const { model, images, summary } = JSON.parse(stdout) as {
      model: string;
      images: JsonImage[];
      summary: { images: number; failed: number };
    };
    assert.equal(model, "mb3-large-075.coco-everyday");
    assert.ok(images[0].objects!.length > 0 && images[0].classes!.length > 1);
    assert.deepEqual(images[0].input, { height: 384, width: 512 });
    assert.deepEqual([summary.images, summary.failed], [1, 0]);
    const kinds = resultsIn(join(cwd, "out")).map((name) => name.slice("street.".length));
    assert.deepEqual(kinds, ["boxes.jpg", "ids.png", "objects.json", "overlay.jpg"]);
  }));

Deno.test("run --heads detect is detect", () =>
  inFolder(async (cwd) => {
    const { stdout } = await runCli(["run", "photos", "--heads", "detect", "--jsonl"], { cwd });
    const { stdout: alone } = await runCli(["detect", "photos", "--jsonl"], { cwd });
    assert.deepEqual(jsonLines(stdout)[0].objects, jsonLines(alone)[0].objects);
    assert.equal(jsonLines(stdout)[0].classes, undefined);
  }));

Deno.test("--size sets the size at which the network sees the image", () =>
  inFolder(async (cwd) => {
    const input = async (size: string) =>
      jsonLines((await runCli(["detect", "photos", "--jsonl", "--size", size], { cwd })).stdout)[0].input;
    assert.deepEqual(await input("256"), { height: 256, width: 352 });
    assert.deepEqual(await input("320x640"), { height: 320, width: 640 });
  }));

Deno.test("bad images are listed with their reasons, good ones are done, and the exit status is 1", () =>
  inFolder(async (cwd) => {
    const png = await Deno.readFile(STREET);
    const jpeg = await encodeRgbImage(testImage(64, 48), "jpeg");
    await Deno.writeTextFile(join(cwd, "photos/text.jpg"), "this is no picture");
    await Deno.writeFile(join(cwd, "photos/empty.jpg"), new Uint8Array());
    await Deno.writeFile(join(cwd, "photos/cut.png"), png.subarray(0, png.length / 2));
    await Deno.writeFile(join(cwd, "photos/cut.jpg"), jpeg.subarray(0, jpeg.length / 2));
    await Deno.writeFile(join(cwd, "photos/good.jpg"), jpeg);
    const { code, stdout, stderr } = await runCli(["segment", "photos", "-o", "out", "--jsonl"], { cwd });
    assert.equal(code, 1);
    const lines = jsonLines(stdout);
    assert.deepEqual(lines.map(({ file }) => file), [
      "photos/cut.jpg",
      "photos/cut.png",
      "photos/empty.jpg",
      "photos/good.jpg",
      "photos/street.png",
      "photos/text.jpg",
    ]);
    assert.deepEqual(lines.filter(({ error }) => error).length, 4);
    assert.match(stderr, /cannot read photos\/text\.jpg: not an image \(first bytes 74 68 69 73\)/);
    assert.match(stderr, /cannot read photos\/empty\.jpg: the file is empty/);
    assert.match(stderr, /cannot read photos\/cut\.png: .*truncated/);
    assert.match(stderr, /2 images done, 4 failed/);
    assert.deepEqual(resultsIn(join(cwd, "out")).length, 6 - 2);
    assert.doesNotMatch(stderr, /\bat .*\.ts:\d+/);
  }));

Deno.test({
  name: "names that hold line breaks and escapes take one line each, and --jsonl gives them as they are",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await Deno.rename(join(folder, "photos/street.png"), join(folder, "photos/a\n\x1b[31m.png"));
      await Deno.writeTextFile(join(folder, "photos/b\nc.jpg"), "no picture");
      const text = await runCli(["segment", "photos", "-m", "street"], { cwd: folder });
      assert.match(text.stdout, /^photos\/a\\n\\x1b\[31m\.png: road [^\n]*\n$/);
      assert.match(text.stderr, /^bneck: error: cannot read photos\/b\\nc\.jpg: not an image/m);
      const { stdout } = await runCli(["segment", "photos", "--jsonl"], { cwd: folder });
      const files = ["photos/a\n\x1b[31m.png", "photos/b\nc.jpg"];
      assert.deepEqual(jsonLines(stdout).map(({ file }) => file), files);
    }),
});

Deno.test("--fail-fast stops at the first bad image", () =>
  inFolder(async (cwd) => {
    for (let i = 0; i < 40; i++) await Deno.copyFile(STREET, join(cwd, `photos/x${i}.png`));
    await Deno.writeTextFile(join(cwd, "photos/a.jpg"), "no");
    const { code, stdout } = await runCli(["segment", "photos", "--fail-fast", "--jsonl", "-j", "1"], {
      cwd,
    });
    assert.equal(code, 1);
    assert.ok(jsonLines(stdout).length < 30);
  }));

Deno.test("files that exist are kept unless --overwrite, and --skip-existing leaves their images out", () =>
  inFolder(async (cwd) => {
    const args = ["segment", "photos", "-o", "out", "--save", "ids"];
    await Deno.mkdir(join(cwd, "out"));
    await Deno.writeTextFile(join(cwd, "out/street.ids.png"), "mine");
    const refused = await runCli(args, { cwd });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /out\/street\.ids\.png already exists; --overwrite .* --skip-existing/);
    assert.equal(await Deno.readTextFile(join(cwd, "out/street.ids.png")), "mine");

    const skipped = await runCli([...args, "--skip-existing"], { cwd });
    assert.equal(skipped.code, 0);
    assert.match(skipped.stderr, /0 images done, 1 skipped/);
    assert.equal(await Deno.readTextFile(join(cwd, "out/street.ids.png")), "mine");

    const replaced = await runCli([...args, "--overwrite"], { cwd });
    assert.equal(replaced.code, 0);
    decodeLabelMap(await Deno.readFile(join(cwd, "out/street.ids.png")), "street.ids.png");

    const both = await runCli([...args, "--overwrite", "--skip-existing"], { cwd });
    assert.equal(both.code, 2);
  }));

Deno.test("the output mirrors the input's folders, and inputs of one stem keep their extensions", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "photos/day 1"));
    await Deno.copyFile(STREET, join(cwd, "photos/day 1/a.png"));
    await Deno.writeFile(join(cwd, "photos/day 1/a.jpg"), await encodeRgbImage(testImage(64, 48), "jpeg"));
    const { code, stderr } = await runCli(["segment", "photos", "-o", "out", "--save", "ids"], { cwd });
    assert.equal(code, 0, stderr);
    assert.deepEqual(resultsIn(join(cwd, "out")), [
      "day 1/a.jpg.ids.png",
      "day 1/a.png.ids.png",
      "street.ids.png",
    ]);
  }));

Deno.test("an output folder that is the input folder is refused", () =>
  inFolder(async (cwd) => {
    const { code, stderr } = await runCli(["segment", "photos", "-o", "photos"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /output folder photos is also the input folder photos/);
    assert.deepEqual(filesIn(join(cwd, "photos")), ["street.png"]);
  }));

Deno.test("an output folder that cannot be written to is refused before anything is run", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "file"), "");
    const { code, stderr } = await runCli(["segment", "photos", "-o", "file"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /cannot write to file: it is a file, not a folder/);
  }));

Deno.test("a file that is not a model is called what it is, by every command that takes models", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-no-model-" });
  try {
    const image = `${folder}/photo.jpg`, notes = `${folder}/notes.txt`;
    await Deno.writeFile(image, new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16]));
    await Deno.writeTextFile(notes, "no model");
    for (
      const [args, status, message] of [
        [["segment", image, "-m", image], 3, /photo\.jpg is a JPEG image, not a model/],
        [["segment", image, "-m", notes], 3, /notes\.txt is not a model: files that can be run are ONNX/],
        [["segment", image, "-m", ""], 2, /the name of the model is empty/],
        [["profile", image], 3, /photo\.jpg is a JPEG image, not a model/],
      ] as const
    ) {
      const { code, stderr } = await runCli([...args]);
      assert.equal(code, status, stderr);
      assert.match(stderr, message);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an unknown model, class, input, flag or kind of file is a usage error with a suggestion", () =>
  inFolder(async (cwd) => {
    const cases: [string[], RegExp][] = [
      [
        ["segment", "photos", "-m", "mb3-large-057"],
        /unknown model mb3-large-057.*did you mean mb3-large-075/,
      ],
      [["segment", "photos", "-m", "street", "--classes", "raod"], /did you mean road/],
      [["segment", "photoss"], /cannot find photoss.*did you mean photos/],
      [["segment", "photos", "--opacty", "1"], /did you mean --opacity/],
      [["detect", "photos", "-o", "out", "--save", "boxs"], /boxs/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await runCli(args, { cwd });
      assert.equal(code, 2, args.join(" "));
      assert.match(stderr, message);
      assert.equal(stdout, "");
    }
  }));

Deno.test("--save coco asks for image ids where names are no numbers, and takes them from annotations", () =>
  inFolder(async (cwd) => {
    const args = ["detect", "photos", "-o", "out", "--save", "coco"];
    const refused = await runCli(args, { cwd });
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /street\.png has no COCO image id: its name is not a number .* --annotations/,
    );

    const truth = {
      images: [{ id: 7, file_name: "street.png", width: 480, height: 360 }],
      annotations: [],
      categories: [],
    };
    await Deno.writeTextFile(join(cwd, "truth.json"), JSON.stringify(truth));
    const { code, stderr } = await runCli([...args, "--annotations", "truth.json"], { cwd });
    assert.equal(code, 0, stderr);
    const results = JSON.parse(await Deno.readTextFile(join(cwd, "out/detections.coco.json")));
    assert.ok(results.length > 0 && results.every(({ image_id }: { image_id: number }) => image_id === 7));
  }));

Deno.test("--save coco neither replaces a results file unasked nor leaves images out of it", () =>
  inFolder(async (cwd) => {
    await Deno.rename(join(cwd, "photos/street.png"), join(cwd, "photos/1.png"));
    const args = ["detect", "photos", "-o", "out", "--save", "json,coco"];
    await Deno.mkdir(join(cwd, "out"));
    await Deno.writeTextFile(join(cwd, "out/detections.coco.json"), "mine");
    const refused = await runCli(args, { cwd });
    assert.deepEqual([refused.code, refused.stderr], [
      2,
      "bneck: error: out/detections.coco.json already exists; --overwrite replaces it\n",
    ]);
    const skipping = await runCli([...args, "--skip-existing"], { cwd });
    assert.equal(skipping.code, 2);
    assert.match(
      skipping.stderr,
      /--skip-existing leaves images out, but --save coco writes one file for all/,
    );
    assert.deepEqual(resultsIn(join(cwd, "out")), ["detections.coco.json"]);
    assert.equal(await Deno.readTextFile(join(cwd, "out/detections.coco.json")), "mine");
    assert.equal((await runCli([...args, "--overwrite"], { cwd })).code, 0);
    assert.notEqual(await Deno.readTextFile(join(cwd, "out/detections.coco.json")), "mine");
  }));

Deno.test("results files are marked as partial until they hold all images", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "photos/0.png"), "not an image");
    for (const id of [1, 2, 3, 4]) await Deno.copyFile(STREET, join(cwd, `photos/${id}.png`));
    await Deno.remove(join(cwd, "photos/street.png"));
    const args = ["detect", "photos", "-o", "out", "--save", "coco,csv", "--size", "256", "-j1"];
    const stopped = await runCli([...args, "--fail-fast"], { cwd });
    assert.equal(stopped.code, 1, stopped.stderr);
    assert.match(stopped.stderr, /out\/detections\.coco\.json\.partial holds only the \d images? that w/);
    const partial = ["detections.coco.json.partial", "objects.csv.partial"];
    assert.deepEqual(resultsIn(join(cwd, "out")), partial);
    assert.ok(Array.isArray(JSON.parse(await Deno.readTextFile(join(cwd, "out", partial[0])))));

    // What was complete before is not replaced by less.
    await Deno.writeTextFile(join(cwd, "out/detections.coco.json"), "whole");
    await runCli([...args, "--fail-fast", "--overwrite"], { cwd });
    assert.equal(await Deno.readTextFile(join(cwd, "out/detections.coco.json")), "whole");

    const whole = await runCli([...args, "--overwrite"], { cwd });
    assert.equal(whole.code, 1, whole.stderr);
    assert.deepEqual(resultsIn(join(cwd, "out")), ["detections.coco.json", "objects.csv"]);
  }));

Deno.test("the results files of shards hold together what one run's holds", () =>
  inFolder(async (cwd) => {
    for (const id of [2, 3, 4]) await Deno.copyFile(STREET, join(cwd, `photos/${id}.png`));
    await Deno.rename(join(cwd, "photos/street.png"), join(cwd, "photos/1.png"));
    const args = ["detect", "photos", "-o", "out", "--save", "coco", "--size", "256"];
    for (const shard of [[], ["--shard", "1/2"], ["--shard", "2/2"]]) {
      const { code, stderr } = await runCli([...args, ...shard], { cwd });
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(resultsIn(join(cwd, "out")), [
      "detections.1-of-2.coco.json",
      "detections.2-of-2.coco.json",
      "detections.coco.json",
    ]);
    const read = async (name: string) =>
      JSON.parse(await Deno.readTextFile(join(cwd, "out", name))) as { image_id: number }[];
    const parts = [
      ...await read("detections.1-of-2.coco.json"),
      ...await read("detections.2-of-2.coco.json"),
    ];
    const byImage = (a: { image_id: number }, b: { image_id: number }) => a.image_id - b.image_id;
    assert.deepEqual(parts.sort(byImage), await read("detections.coco.json"));
  }));

Deno.test("shards do every image once, named as in one run", () =>
  inFolder(async (cwd) => {
    for (const name of ["a", "b", "c", "d"]) await Deno.copyFile(STREET, join(cwd, `photos/${name}.png`));
    for (const shard of ["1/2", "2/2"]) {
      const { code } = await runCli(["segment", "photos", "-o", "out", "--save", "ids", "--shard", shard], {
        cwd,
      });
      assert.equal(code, 0);
    }
    assert.deepEqual(resultsIn(join(cwd, "out")).map((name) => name[0]), ["a", "b", "c", "d", "s"]);
  }));

Deno.test("an empty path is refused by name, as an unset variable gives it", async () => {
  for (
    const [args, flag] of [
      [["detect", "a.jpg", "-o", ""], "--out"],
      [["detect", "a.jpg", "--report", ""], "--report"],
      [["export", "street", "-o", ""], "--out"],
      [["eval", "coco", "--annotations", ""], "--annotations"],
      [["fit", "classify", "--images", "x", "-o", ""], "--out"],
    ] as const
  ) {
    const { code, stderr } = await runCli(args);
    assert.deepEqual([code, stderr], [
      2,
      `bneck: error: ${flag} "": the path is empty, as an unset variable gives it\n`,
    ]);
  }
});

Deno.test("a report replaces neither a list of inputs nor an image that is not processed", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "list.txt"), "photos/street.png\n");
    await Deno.copyFile(STREET, join(cwd, "photos/2.png"));
    for (
      const [args, message] of [
        [["@list.txt", "--report", "list.txt"], /--report would replace list\.txt, a list/],
        [
          ["photos", "--shard", "1/2", "--report", "photos/street.png"],
          /would replace photos\/street\.png, an image/,
        ],
      ] as const
    ) {
      const { code, stderr } = await runCli(["detect", ...args], { cwd });
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    assert.equal(await Deno.readTextFile(join(cwd, "list.txt")), "photos/street.png\n");
  }));

Deno.test("inputs come from lists and from standard input", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "list.txt"), "photos/street.png\n");
    const fromList = await runCli(["detect", "@list.txt", "--jsonl"], { cwd });
    assert.equal(jsonLines(fromList.stdout)[0].file, "photos/street.png");
    const fromStdin = await runCli(["detect", "-", "--jsonl"], { cwd, stdin: "photos/street.png\n" });
    assert.equal(jsonLines(fromStdin.stdout)[0].file, "photos/street.png");
  }));

Deno.test("missing weights end the program with status 3 and a way out", () =>
  inFolder(async (cwd) => {
    // Without leave to read the package, the weights are as good as missing.
    const permissions = ["--allow-read", "--allow-env", "--allow-ffi", "--allow-sys", "--no-prompt"];
    const deny = `--deny-read=${fileURLToPath(new URL("../../../models/weights", import.meta.url))}`;
    const { code, stderr } = await runCli(["segment", "photos"], {
      cwd,
      permissions: [...permissions, deny],
    });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /everyday_lraspp_head\.safetensors/);
  }));

Deno.test("Ctrl-C finishes the images in hand, prints the summary and exits with 130", () =>
  inFolder(async (cwd) => {
    const list = Array.from({ length: 4000 }, (_, i) => `photos/${i}.png`);
    for (const path of list) await Deno.symlink(join(cwd, "photos/street.png"), join(cwd, path));
    const child = spawnCli(["segment", "photos", "-o", "out", "--save", "ids", "--jsonl"], { cwd });
    await child.stdin.close();
    const stderr = new Response(child.stderr).text();
    let stdout = "";
    let sent = false;
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      stdout += chunk;
      if (!sent) child.kill("SIGINT");
      sent = true;
    }
    assert.equal((await child.status).code, 130);
    const done = jsonLines(stdout);
    assert.ok(done.length > 0 && done.length < list.length);
    assert.match(await stderr, new RegExp(`${done.length} images? done`));
    const files = resultsIn(join(cwd, "out"));
    assert.deepEqual(files.filter((name) => !name.endsWith(".ids.png")), []);
    assert.equal(files.length, done.length);
  }));

testWithShared("data/photos", "each of the odd photos is done or refused as photos.json says", async () => {
  const photos = JSON.parse(await Deno.readTextFile(shared("data/photos/photos.json"))) as Record<
    string,
    { decodes: boolean; upright_width?: number; upright_height?: number }
  >;
  const { code, stdout } = await runCli(["detect", shared("data/photos"), "--jsonl"]);
  assert.equal(code, 1);
  const lines = jsonLines(stdout);
  assert.equal(lines.length, Object.keys(photos).length);
  for (const line of lines) {
    const expected = photos[line.file.slice(line.file.lastIndexOf("/") + 1)];
    assert.equal(line.error === undefined, expected.decodes, line.file);
    if (expected.decodes) {
      assert.deepEqual(
        [line.width, line.height],
        [expected.upright_width, expected.upright_height],
        line.file,
      );
    }
  }
});

Deno.test("numbered files are protected like others, and go with --overwrite where this run has fewer", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "out"));
    await Deno.writeTextFile(join(cwd, "out/street.crop-007.jpg"), "mine");
    const run = ["detect", "photos", "-o", "out", "--save", "crops", "--max", "2"];
    const refused = await runCli(run, { cwd });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /out\/street\.crop-007\.jpg already exists; --overwrite/);
    assert.deepEqual(filesIn(join(cwd, "out")), ["street.crop-007.jpg"]);
    assert.equal((await runCli([...run, "--overwrite"], { cwd })).code, 0);
    assert.deepEqual(
      filesIn(join(cwd, "out")).filter((name) => name.includes("crop")),
      ["street.crop-001.jpg", "street.crop-002.jpg"],
    );
  }));

Deno.test("--skip-existing keeps files as they are and writes those that are missing", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "out"));
    await Deno.writeTextFile(join(cwd, "out/street.objects.json"), "mine");
    const run = ["detect", "photos", "-o", "out", "--save", "json,yolo", "--skip-existing"];
    assert.equal((await runCli(run, { cwd })).code, 0);
    assert.equal(await Deno.readTextFile(join(cwd, "out/street.objects.json")), "mine");
    assert.ok(filesIn(join(cwd, "out")).includes("street.yolo.txt"));
  }));

Deno.test("files of a head that is not run are refused, and empty inputs and a second list on stdin too", () =>
  inFolder(async (cwd) => {
    for (
      const [args, message] of [
        [
          ["run", "photos", "--heads", "detect", "-o", "o", "--save", "ids"],
          /--save ids needs the segment head/,
        ],
        [
          ["run", "photos", "--heads", "segment", "-o", "o", "--save", "coco"],
          /--save coco of classes of pixels needs --annotations/,
        ],
        [
          ["run", "photos", "--heads", "segment", "-o", "o", "--save", "csv"],
          /--save csv needs the detect head/,
        ],
        [["detect", ""], /an input is empty/],
        [["detect", "-", "-"], /can be read once/],
      ] as const
    ) {
      const { code, stderr } = await runCli(args, { cwd });
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  }));
