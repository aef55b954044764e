import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { readAnnotations } from "../../../../datasets/coco/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { inFolder } from "../../../support/folders.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

const MODEL = ["-m", "street"];

function withPhotos(body: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "photos"));
    for (const name of ["=a, b.png", "c.png"]) {
      await Deno.copyFile(STREET_PHOTO, join(folder, "photos", name));
    }
    await body(folder);
  });
}

interface Found {
  readonly objects: readonly { class: string; category_id: number; score: number; box: number[] }[];
}

async function runs(cwd: string, ...args: string[]): Promise<Found[]> {
  const { code, stdout, stderr } = await runCli([...args, "-o", "out", "--jsonl", ...MODEL], { cwd });
  assert.equal(code, 0, stderr);
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("--save dataset is a COCO data set that is read like any other, for images without numbers", () =>
  withPhotos(async (cwd) => {
    const found = await runs(cwd, "run", "photos", "--save", "dataset");
    const path = join(cwd, "out/annotations.coco.json");
    const { images, annotations, categories } = JSON.parse(await Deno.readTextFile(path));
    assert.deepEqual(
      images.map(({ id, file_name, width, height }: Record<string, unknown>) => [
        ...[id, file_name, width, height],
      ]),
      [[1, "photos/=a, b.png", 480, 360], [2, "photos/c.png", 480, 360]],
    );
    assert.equal(categories.length, 80);
    assert.deepEqual(
      annotations.map(({ id }: { id: number }) => id),
      [...annotations.keys()].map((k) => k + 1),
    );
    const [first] = found[0].objects;
    assert.equal(annotations[0].category_id, first.category_id);
    assert.ok(Math.abs(annotations[0].bbox[2] - (first.box[2] - first.box[0])) < 0.02);
    assert.equal(annotations[0].score, first.score);
    assert.ok(annotations.some(({ segmentation }: { segmentation?: object }) => segmentation));
    const read = readAnnotations(path, { masks: true });
    assert.equal(read.length, found[0].objects.length + found[1].objects.length);
    assert.ok(read.area.every((area) => area > 0));
  }));

Deno.test("--save dataset of images without objects is complete too", () =>
  withPhotos(async (cwd) => {
    await runs(cwd, "detect", "photos", "--save", "dataset", "--score", "1");
    const file = JSON.parse(await Deno.readTextFile(join(cwd, "out/annotations.coco.json")));
    assert.deepEqual([file.images.length, file.annotations.length], [2, 0]);
  }));

Deno.test("--save csv is a line for each object, and no name is taken for a formula", () =>
  withPhotos(async (cwd) => {
    const [first] = await runs(join(cwd, "photos"), "detect", "=a, b.png", "--save", "csv");
    const text = await Deno.readTextFile(join(cwd, "photos/out/objects.csv"));
    const [titles, ...lines] = text.trimEnd().split("\n");
    assert.equal(titles, "file,width,height,class,category_id,score,x1,y1,x2,y2");
    assert.deepEqual(
      lines,
      first.objects.map(({ class: name, category_id, score, box }) =>
        `"'=a, b.png",480,360,${name},${category_id},${score},${box.join(",")}`
      ),
    );
  }));

Deno.test("--save yolo names its classes in data.yaml, and leaves scores out on request", () =>
  withPhotos(async (cwd) => {
    const [{ objects }] = await runs(cwd, "detect", "photos/c.png", "--save", "yolo", "--no-yolo-scores");
    const { names, nc } = parse(await Deno.readTextFile(join(cwd, "out/data.yaml")));
    assert.equal(nc, 80);
    const lines = (await Deno.readTextFile(join(cwd, "out/c.yolo.txt"))).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => names[line.split(" ")[0]]), objects.map((object) => object.class));
    assert.ok(lines.every((line) => line.split(" ").length === 5));
    await runs(cwd, "detect", "photos/c.png", "--save", "yolo", "--overwrite");
    const scored = (await Deno.readTextFile(join(cwd, "out/c.yolo.txt"))).trimEnd().split("\n");
    assert.ok(scored.every((line) => line.split(" ").length === 6));
  }));

Deno.test("segment --save dataset has the connected parts of each class, or a region a class, as masks or polygons", () =>
  withPhotos(async (cwd) => {
    const [{ classes }] = await runs(cwd, "segment", "photos/c.png", "--save", "dataset") as unknown as {
      classes: { id: number; name: string; pixels: number }[];
    }[];
    const path = join(cwd, "out/annotations.coco.json");
    const parts = readAnnotations(path, { masks: true });
    const areas = (truth: typeof parts) =>
      truth.categories.map(({ id, name }, k) => {
        const pixels = [...truth.area].filter((_, row) => truth.category[row] === k);
        return { id: id as number, name, pixels: pixels.reduce((sum, area) => sum + area, 0) };
      }).filter(({ pixels }) => pixels > 0);
    const found = classes.map(({ id, name, pixels }) => ({ id, name, pixels }));
    assert.deepEqual(areas(parts), found);
    assert.ok(parts.length > found.length);
    const whole = ["--regions", "classes", "--masks", "polygons", "--overwrite"];
    await runs(cwd, "segment", "photos/c.png", "--save", "dataset", ...whole);
    const polygons = readAnnotations(path, { masks: true });
    assert.deepEqual(areas(polygons), found);
    assert.equal(polygons.length, found.length);
    const [mask] = JSON.parse(await Deno.readTextFile(path)).annotations;
    assert.ok(Array.isArray(mask.segmentation[0]));
  }));

Deno.test("segment --save coco takes ids from annotations, and eval coco scores its masks", () =>
  withPhotos(async (cwd) => {
    await runs(cwd, "segment", "photos", "--save", "dataset");
    const without = await runCli(["segment", "photos", "--save", "coco", "-o", "o", ...MODEL], { cwd });
    assert.equal(without.code, 2);
    assert.match(without.stderr, /--save coco of classes of pixels needs --annotations.*--save dataset/);
    const truth = ["--annotations", "out/annotations.coco.json"];
    await runs(cwd, "segment", "photos", "--save", "coco", ...truth);
    const scored = await runCli([
      ...["eval", "coco", ...truth, "--detections", "out/detections.coco.json"],
      ...["--iou-type", "segm", "--json"],
    ], { cwd });
    assert.equal(scored.code, 0, scored.stderr);
    assert.equal(JSON.parse(scored.stdout).metrics.AP, 1);
  }));

Deno.test("the flags of COCO files are refused where none is written, or where they would change nothing", () =>
  withPhotos(async (cwd) => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await runCli([...args, "-o", "out", ...MODEL], { cwd });
      assert.equal(code, 2);
      return stderr;
    };
    assert.match(
      await refused("segment", "photos", "--masks", "polygons"),
      /--masks is the form of masks in/,
    );
    assert.match(
      await refused("segment", "photos", "--regions", "parts"),
      /--regions is for --save coco and/,
    );
    const run = ["run", "photos", "--save", "dataset", "--regions", "parts"];
    assert.match(await refused(...run), /of pixels alone, as segment writes them/);
  }));

Deno.test("--classes of run knows a class by the names of both heads", () =>
  withPhotos(async (cwd) => {
    const args = ["run", "photos/c.png", "--classes", "person", "--save", "json"];
    const [image] = await runs(cwd, ...args) as unknown as {
      objects: { class: string }[];
      classes: { name: string }[];
    }[];
    assert.deepEqual(new Set(image.objects.map((object) => object.class)), new Set(["person"]));
    assert.deepEqual(image.classes.map(({ name }) => name), ["pedestrian"]);
  }));
