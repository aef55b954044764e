import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage, readImage, readLabelMap, resizeImage } from "../../../core/images/mod.ts";
import { randomNumbers } from "../../../core/random.ts";
import { runCli } from "../../support/run_cli.ts";
import { ROOT, shared, testWithShared } from "../../support/shared.ts";
import { inFolder } from "../../support/folders.ts";

/** A photo of 12 megapixels: one of the embedded samples enlarged, with a camera's noise. */
async function writePhoto(path: string): Promise<void> {
  const sample = await readImage(ROOT + "models/weights/everyday-lraspp/samples/000000160012.jpg");
  const photo = resizeImage(sample, 4000, Math.round(4000 * sample.height / sample.width), "bicubic");
  const random = randomNumbers(17);
  photo.data.forEach((value, i) => photo.data[i] = Math.min(255, Math.max(0, value + (random() - 0.5) * 12)));
  await Deno.writeFile(path, await encodeRgbImage(photo, "jpeg"));
}

interface ObjectFile {
  readonly width: number;
  readonly height: number;
  readonly objects: readonly { class: string; score: number; box: number[] }[];
}

Deno.test("a large photo gives the same decoded at a reduced size and, with --exact, in full; drawings are smaller", () =>
  inFolder(async (cwd) => {
    await writePhoto(join(cwd, "photo.jpg"));
    const run = async (out: string, ...flags: string[]) => {
      const { code, stderr } = await runCli(["run", "photo.jpg", "-o", out, ...flags], { cwd });
      assert.equal(code, 0, stderr);
    };
    await run("fast", "--save", "ids,json");
    await run("exact", "--save", "ids,json", "--exact");
    await run("drawn", "--save", "overlay,boxes,ids,json", "--legend", "none");
    await run("small", "--save", "overlay,boxes,json", "--picture-size", "500", "--legend", "none");

    const labels = async (out: string) =>
      Uint8Array.from((await readLabelMap(join(cwd, out, "photo.ids.png"))).data);
    const [fast, exact, drawn] = [await labels("fast"), await labels("exact"), await labels("drawn")];
    const share = (a: typeof fast) =>
      a.reduce((count, id, i) => count + Number(id === exact[i]), 0) / a.length;
    assert.ok(share(fast) >= 0.997, `${share(fast)}`);
    assert.ok(share(drawn) >= 0.997, `${share(drawn)}`);

    const objects = async (out: string): Promise<ObjectFile> =>
      JSON.parse(await Deno.readTextFile(join(cwd, out, "photo.objects.json")));
    const truth = await objects("exact");
    assert.equal(truth.width, 4000);
    const sure = truth.objects.filter(({ score }) => score > 0.4);
    assert.ok(sure.length > 0);
    for (const out of ["fast", "small"]) {
      const { objects: found, width, height } = await objects(out);
      assert.deepEqual([width, height], [truth.width, truth.height]);
      for (const { class: name, box } of sure) {
        const near = found.some((other) =>
          other.class === name && other.box.every((value, i) => Math.abs(value - box[i]) < 40)
        );
        assert.ok(near, `${out}: ${name} at ${box}`);
      }
    }
    for (const [out, side] of [["drawn", 2048], ["small", 500]] as const) {
      for (const kind of ["overlay", "boxes"]) {
        const { width, height } = await readImage(join(cwd, out, `photo.${kind}.jpg`));
        assert.deepEqual([width, height], [side, Math.round(side * truth.height / truth.width)], kind);
      }
    }
  }));

testWithShared(
  "cases/security/bomb1.png",
  "an image that needs more than --memory is refused before it is decoded, the others are done",
  () =>
    inFolder(async (cwd) => {
      await Deno.copyFile(shared("cases/security/bomb1.png"), join(cwd, "bomb.png"));
      await Deno.copyFile(
        ROOT + "models/weights/everyday-lraspp/samples/000000160012.jpg",
        join(cwd, "photo.jpg"),
      );
      const { code, stderr } = await runCli(
        ["segment", "bomb.png", "photo.jpg", "-o", "out", "--save", "ids", "--memory", "400M"],
        { cwd },
      );
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /cannot read bomb\.png: an image of 13370×13370 pixels takes about 894 MB of memory, more than the limit of 420 MB \(raise it with --memory\)/,
      );
      await readLabelMap(join(cwd, "out/photo.ids.png"));
    }),
);

Deno.test("a network's input that needs more memory than --memory is refused before anything is allocated", () =>
  inFolder(async (cwd) => {
    await Deno.copyFile(
      ROOT + "models/weights/everyday-lraspp/samples/000000160012.jpg",
      join(cwd, "photo.jpg"),
    );
    assert.equal(
      (await runCli(["export", "mb3-large-075", "--heads", "detect", "-o", "copy.onnx"], { cwd })).code,
      0,
    );
    for (const model of ["mb3-large-075", "copy.onnx"]) {
      const run = (size: string) =>
        runCli(["detect", "photo.jpg", "--model", model, "--size", size, "--memory", "2G"], { cwd });
      const { code, stderr } = await run("16384");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /photo\.jpg: an image of \d+×\d+ pixels at a network's input of (16384×\d+|\d+×16384) takes about \d+ MB of memory, more than the limit of 2148 MB \(raise it with --memory\)/,
      );
      assert.equal((await run("1280")).code, 0);
    }
  }));
