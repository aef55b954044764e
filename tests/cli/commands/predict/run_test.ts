import assert from "node:assert/strict";
import { join } from "node:path";
import { readImage, readLabelMap } from "../../../../core/images/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { assertSameLabels } from "../../../support/same_labels.ts";
import { STREET_MASK } from "../../../support/street.ts";
import { type JsonImage, jsonLines, resultsIn, withStreet } from "./street.ts";

Deno.test("segment saves the labels that the decoder had in PyTorch, and an overlay", () =>
  withStreet(async (cwd) => {
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
  withStreet(async (cwd) => {
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

Deno.test("detect prints objects in pixels of the image and saves every kind of file", () =>
  withStreet(async (cwd) => {
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
  withStreet(async (cwd) => {
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
  withStreet(async (cwd) => {
    const { stdout } = await runCli(["run", "photos", "--heads", "detect", "--jsonl"], { cwd });
    const { stdout: alone } = await runCli(["detect", "photos", "--jsonl"], { cwd });
    assert.deepEqual(jsonLines(stdout)[0].objects, jsonLines(alone)[0].objects);
    assert.equal(jsonLines(stdout)[0].classes, undefined);
  }));

Deno.test("--size sets the size at which the network sees the image", () =>
  withStreet(async (cwd) => {
    const input = async (size: string) =>
      jsonLines((await runCli(["detect", "photos", "--jsonl", "--size", size], { cwd })).stdout)[0].input;
    assert.deepEqual(await input("256"), { height: 256, width: 352 });
    assert.deepEqual(await input("320x640"), { height: 320, width: 640 });
  }));

Deno.test("inputs come from lists and from standard input", () =>
  withStreet(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "list.txt"), "photos/street.png\n");
    const fromList = await runCli(["detect", "@list.txt", "--jsonl"], { cwd });
    assert.equal(jsonLines(fromList.stdout)[0].file, "photos/street.png");
    const fromStdin = await runCli(["detect", "-", "--jsonl"], { cwd, stdin: "photos/street.png\n" });
    assert.equal(jsonLines(fromStdin.stdout)[0].file, "photos/street.png");
  }));
