import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contrastPalette, readImage, readLabelMap } from "../../../../core/images/mod.ts";
import { CAMVID_11 } from "../../../../datasets/camvid/labels.ts";
import { runCli } from "../../../support/run_cli.ts";
import { inFolder } from "../../../support/folders.ts";

const PARITY = fileURLToPath(
  new URL("../../../../models/weights/street-lraspp/tuned/parity/", import.meta.url),
);
const MODEL = ["-m", "street"];

function withStreet(body: (folder: string) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await Deno.copyFile(join(PARITY, "image.png"), join(folder, "street.png"));
    await body(folder);
  });
}

async function segment(cwd: string, out: string, ...flags: string[]): Promise<string> {
  const { code, stderr } = await runCli(["segment", "street.png", "-o", out, ...MODEL, ...flags], { cwd });
  assert.equal(code, 0, stderr);
  return stderr;
}

Deno.test("overlays have a strip of classes unless another legend is asked for, colour pictures if one is", () =>
  withStreet(async (cwd) => {
    const heights = async (out: string) =>
      await Promise.all(
        ["overlay.jpg", "color.png"].map(async (kind) =>
          (await readImage(join(cwd, out, `street.${kind}`))).height
        ),
      );
    await segment(cwd, "standard", "--save", "overlay,color");
    const [overlay, color] = await heights("standard");
    assert.ok(overlay > 360 && color === 360);
    await segment(cwd, "none", "--save", "overlay,color", "--legend", "none");
    assert.deepEqual(await heights("none"), [360, 360]);
    await segment(cwd, "strip", "--save", "overlay,color", "--legend", "strip");
    assert.deepEqual(await heights("strip"), [overlay, overlay]);
    await segment(cwd, "labels", "--save", "overlay,color", "--legend", "labels");
    assert.deepEqual(await heights("labels"), [360, 360]);
    const [plain, named] = await Promise.all(
      ["none", "labels"].map((out) => readImage(join(cwd, out, "street.color.png"))),
    );
    assert.notDeepEqual(plain.data, named.data);
  }));

Deno.test("eval reads the classes.json of an output folder, and its colours are those of the pictures", () =>
  withStreet(async (cwd) => {
    await segment(cwd, "out", "--save", "ids,color", "--palette", "contrast");
    const file = JSON.parse(await Deno.readTextFile(join(cwd, "out/classes.json")));
    const names = file.classes.map(({ name }: { name: string }) => name);
    assert.deepEqual(file.classes.map(({ id }: { id: number }) => id), [...names.keys()]);
    assert.deepEqual(file.classes.map(({ color }: { color: number[] }) => color), contrastPalette(names));
    const [labels, colors] = [
      await readLabelMap(join(cwd, "out/street.ids.png")),
      await readImage(join(cwd, "out/street.color.png")),
    ];
    for (let at = 0; at < labels.data.length; at += 997) {
      assert.deepEqual([...colors.data.subarray(at * 3, at * 3 + 3)], file.classes[labels.data[at]].color);
    }
    await segment(cwd, "truth", "--save", "ids");
    const { code, stdout, stderr } = await runCli([
      ...["eval", "segmentation", "--predictions", "out", "--labels", "truth"],
      ...["--classes", "out/classes.json", "--json"],
    ], { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).mIoU, 1);
  }));

Deno.test("detect and segment share a classes.json; another model's is not replaced unasked", () =>
  withStreet(async (cwd) => {
    await segment(cwd, "out", "--save", "ids");
    const path = join(cwd, "out/classes.json");
    const before = JSON.parse(await Deno.readTextFile(path));
    const { code } = await runCli(["detect", "street.png", "-o", "out", "--save", "yolo", ...MODEL], { cwd });
    assert.equal(code, 0);
    const both = JSON.parse(await Deno.readTextFile(path));
    assert.deepEqual(both.classes, before.classes);
    assert.deepEqual(
      both.classes.map(({ color }: { color: number[] }) => color),
      CAMVID_11.map((c) => c.color),
    );
    const { index, category_id, name } = both.objects[1];
    assert.deepEqual([index, category_id, name], [1, 2, "bicycle"]);

    const again = ["--save", "scores", "--palette", "contrast"];
    assert.match(await segment(cwd, "out", ...again), /out\/classes\.json does not list these classes/);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(path)), both);
    assert.doesNotMatch(await segment(cwd, "out", ...again, "--overwrite"), /does not list these classes/);
    assert.notDeepEqual(JSON.parse(await Deno.readTextFile(path)), both);
    await Deno.writeTextFile(path, "my notes");
    assert.match(await segment(cwd, "out", "--save", "color"), /does not list these classes/);
    assert.equal(await Deno.readTextFile(path), "my notes");
  }));

Deno.test("plain ids are grey values, which an ordinary reader of images sees", () =>
  withStreet(async (cwd) => {
    await segment(cwd, "indexed", "--save", "ids,trainids");
    await segment(cwd, "plain", "--save", "ids,trainids", "--ids", "plain");
    for (const kind of ["ids", "trainids"]) {
      const ids = await readLabelMap(join(cwd, "indexed", `street.${kind}.png`));
      assert.deepEqual(await readLabelMap(join(cwd, "plain", `street.${kind}.png`)), ids);
      const seen = await readImage(join(cwd, "plain", `street.${kind}.png`));
      assert.ok(ids.data.every((id, at) => seen.data[at * 3] === id));
    }
  }));
