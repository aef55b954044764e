/** Files of single images: where they go, and what becomes of those that exist. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeLabelMap, encodeRgbImage } from "../../../../core/images/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { testImage } from "../../../support/test_image.ts";
import { filesIn } from "../../../support/folders.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { jsonLines, resultsIn, withStreet } from "./street.ts";

Deno.test("flags about files are refused without a folder for them", () =>
  withStreet(async (cwd) => {
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
  withStreet(async (cwd) => {
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

Deno.test("files that exist are kept unless --overwrite, and --skip-existing leaves their images out", () =>
  withStreet(async (cwd) => {
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
  withStreet(async (cwd) => {
    await Deno.mkdir(join(cwd, "photos/day 1"));
    await Deno.copyFile(STREET_PHOTO, join(cwd, "photos/day 1/a.png"));
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
  withStreet(async (cwd) => {
    const { code, stderr } = await runCli(["segment", "photos", "-o", "photos"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /output folder photos is also the input folder photos/);
    assert.deepEqual(filesIn(join(cwd, "photos")), ["street.png"]);
  }));

Deno.test("an output folder that cannot be written to is refused before anything is run", () =>
  withStreet(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "file"), "");
    const { code, stderr } = await runCli(["segment", "photos", "-o", "file"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /cannot write to file: it is a file, not a folder/);
  }));

Deno.test("shards do every image once, named as in one run", () =>
  withStreet(async (cwd) => {
    for (const name of ["a", "b", "c", "d"]) {
      await Deno.copyFile(STREET_PHOTO, join(cwd, `photos/${name}.png`));
    }
    for (const shard of ["1/2", "2/2"]) {
      const { code } = await runCli(["segment", "photos", "-o", "out", "--save", "ids", "--shard", shard], {
        cwd,
      });
      assert.equal(code, 0);
    }
    assert.deepEqual(resultsIn(join(cwd, "out")).map((name) => name[0]), ["a", "b", "c", "d", "s"]);
  }));

Deno.test("a report replaces neither a list of inputs nor an image that is not processed", () =>
  withStreet(async (cwd) => {
    await Deno.writeTextFile(join(cwd, "list.txt"), "photos/street.png\n");
    await Deno.copyFile(STREET_PHOTO, join(cwd, "photos/2.png"));
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

Deno.test("numbered files are protected like others, and go with --overwrite where this run has fewer", () =>
  withStreet(async (cwd) => {
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
  withStreet(async (cwd) => {
    await Deno.mkdir(join(cwd, "out"));
    await Deno.writeTextFile(join(cwd, "out/street.objects.json"), "mine");
    const run = ["detect", "photos", "-o", "out", "--save", "json,yolo", "--skip-existing"];
    assert.equal((await runCli(run, { cwd })).code, 0);
    assert.equal(await Deno.readTextFile(join(cwd, "out/street.objects.json")), "mine");
    assert.ok(filesIn(join(cwd, "out")).includes("street.yolo.txt"));
  }));
