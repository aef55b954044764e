import assert from "node:assert/strict";
import { encodeLabelPng, encodeRgbImage } from "../../../../core/images/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { testImage } from "../../../support/test_image.ts";
import { evaluate } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";

Deno.test("images with more pixels than --max-pixels are refused by every evaluation", () =>
  inFolder(async (cwd) => {
    await write(`${cwd}/photos/a.png`, await encodeRgbImage(testImage(40, 30), "png"));
    const labels = { width: 40, height: 30, data: new Uint8Array(1200) };
    await write(`${cwd}/labels/a.png`, encodeLabelPng(labels, []));
    await write(`${cwd}/classes.json`, JSON.stringify({ classes: [{ id: 0, name: "sky" }] }));
    const image = { id: 1, file_name: "a.png", width: 40, height: 30 };
    const truth = { images: [image], annotations: [], categories: [{ id: 1, name: "person" }] };
    await write(`${cwd}/truth.json`, JSON.stringify(truth));

    const set = ["--labels", "labels", "--classes", "classes.json"];
    for (
      const args of [
        ["segmentation", "--predictions", "labels", ...set],
        ["segmentation", "--images", "photos", ...set],
        ["coco", "--annotations", "truth.json", "--images", "photos"],
      ]
    ) {
      const { code, stderr } = await runCli(["eval", ...args, "--max-pixels", "1199"], { cwd });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /a\.png: 40×30 is 1200 pixels, more than the limit of 1199 \(raise it with --max-pixels\)/,
      );
      await evaluate([...args, "--max-pixels", "1200"], cwd);
    }
  }));

Deno.test("photos that need more than --memory are refused by evaluations of a model", () =>
  inFolder(async (cwd) => {
    await write(`${cwd}/photos/a.png`, await encodeRgbImage(testImage(800, 600), "png"));
    const labels = { width: 800, height: 600, data: new Uint8Array(480_000) };
    await write(`${cwd}/labels/a.png`, encodeLabelPng(labels, []));
    await write(`${cwd}/classes.json`, JSON.stringify({ classes: [{ id: 0, name: "background" }] }));
    const image = { id: 1, file_name: "a.png", width: 800, height: 600 };
    const truth = { images: [image], annotations: [], categories: [{ id: 1, name: "person" }] };
    await write(`${cwd}/truth.json`, JSON.stringify(truth));

    const set = ["--labels", "labels", "--classes", "classes.json"];
    for (
      const args of [
        ["segmentation", "--images", "photos", ...set],
        ["coco", "--annotations", "truth.json", "--images", "photos"],
      ]
    ) {
      const { code, stderr } = await runCli(["eval", ...args, "--memory", "1M"], { cwd });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /a\.png: an image of 800×600 pixels takes about 2 MB of memory, more than the limit of 2 MB|raise it with --memory/,
      );
      await evaluate([...args, "--memory", "2M"], cwd);
    }
    const files = ["segmentation", "--predictions", "labels", ...set];
    const { code, stderr } = await runCli(["eval", ...files, "--memory", "1M"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /--predictions and --memory exclude each other/);
  }));
