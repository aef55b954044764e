/** A model that `bneck eval coco` runs on the images of a set. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { encodeRgbImage } from "../../../../core/images/mod.ts";
import { runCli, spawnCli } from "../../../support/run_cli.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { testImage } from "../../../support/test_image.ts";
import { smallSet } from "./coco_set.ts";
import { evaluate, refusal } from "./support.ts";
import { copy, filesIn, inFolder, write } from "../../../support/folders.ts";
import { STREET_PHOTO } from "../../../support/street.ts";
import { COCO, type Scores, scores, withSet } from "./coco_runs.ts";

/**
 * Runs `test` in a folder with a street scene in `images/` and, in `truth.json`, what the embedded detector finds in
 * it: objects with other category ids than COCO's, in another order.
 */
function withPhoto(test: (cwd: string, objects: number) => Promise<void>): Promise<void> {
  return inFolder(async (cwd) => {
    await copy(STREET_PHOTO, `${cwd}/images/000042.png`);
    const args = ["detect", "images", "-o", "out", "--save", "coco", "--score", "0.3"];
    const { code, stderr } = await runCli(args, { cwd });
    assert.equal(code, 0, stderr);
    const found: { category_id: number; bbox: number[] }[] = JSON.parse(
      await Deno.readTextFile(`${cwd}/out/detections.coco.json`),
    );
    const cars = found.filter(({ category_id }) => category_id === 3);
    assert.ok(cars.length > 1);
    await write(
      `${cwd}/truth.json`,
      JSON.stringify({
        images: [{ id: 42, file_name: "000042.png", width: 480, height: 360 }],
        annotations: cars.map(({ bbox }, i) => ({
          id: i + 1,
          image_id: 42,
          category_id: 8,
          bbox,
          area: bbox[2] * bbox[3],
          iscrowd: 0,
        })),
        categories: [{ id: 1, name: "unicorn" }, { id: 8, name: "Car" }],
      }),
    );
    await test(cwd, cars.length);
  });
}

Deno.test("a model's classes are found by name, and what it detects is what bneck detect saves", () =>
  withPhoto(async (cwd, objects) => {
    const args = [...COCO, "--images", "images", "--save-detections", "saved/found.json", "--json"];
    const { stdout, stderr } = await evaluate(args, cwd);
    const json: Scores = JSON.parse(stdout);
    assert.deepEqual([json.model, json.objects, json.images], ["mb3-large-075.coco-everyday", objects, 1]);
    // Its best detections are the truth, so no other stands above them.
    assert.ok(json.metrics.AP! > 0.999 && json.metrics.AR100! > 0.999, JSON.stringify(json.metrics));
    assert.match(stderr, /truth\.json has no category for person, .* and \d+ more; these are not scored/);
    assert.match(stderr, /does not know unicorn; their objects count as missed/);
    assert.match(stderr, /\d+ detections in 1 image in .* \(\d+\.\d images\/s\)/);

    const detect = ["detect", "images", "-o", "all", "--save", "coco", "--score", "0.001", "--max", "100"];
    assert.equal((await runCli(detect, { cwd })).code, 0);
    const all: { category_id: number }[] = JSON.parse(
      await Deno.readTextFile(`${cwd}/all/detections.coco.json`),
    );
    const cars = all.filter(({ category_id }) => category_id === 3).map((result) => ({
      ...result,
      category_id: 8,
    }));
    assert.ok(cars.length > objects);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${cwd}/saved/found.json`)), cars);

    const again = await scores([...COCO, "--detections", "saved/found.json"], cwd);
    assert.deepEqual(again.metrics, json.metrics);
  }));

Deno.test("images that cannot be read count as missed and end with 1; missing ones stop the run at once", () =>
  withPhoto(async (cwd, objects) => {
    const truth = JSON.parse(await Deno.readTextFile(`${cwd}/truth.json`));
    const add = (id: number, file_name: string) => {
      truth.images.push({ id, file_name, width: 480, height: 360 });
      truth.annotations.push({ ...truth.annotations[0], id: 1000 + id, image_id: id });
    };
    add(43, "broken.jpg");
    add(44, "other.jpg");
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    await write(`${cwd}/images/broken.jpg`, "this is no image");

    const args = [...COCO, "--images", "images"];
    const missing = await refusal([...args, "--save-detections", "found.json"], cwd, 2);
    assert.match(
      missing,
      /1 of 3 images are not in images, so nothing was run; the first is other\.jpg \(leave them out with --skip-missing\)/,
    );
    assert.ok(!existsSync(`${cwd}/found.json`));

    const skipped = await runCli(["eval", ...args, "--skip-missing", "--json"], { cwd });
    assert.equal(skipped.code, 1);
    assert.match(skipped.stderr, /cannot read images\/broken\.jpg: not an image/);
    assert.match(skipped.stderr, /1 image could not be read: the objects in them count as missed/);
    const json: Scores = JSON.parse(skipped.stdout);
    assert.deepEqual([json.images, json.objects], [2, objects + 1]);
    assert.ok(Math.abs(json.metrics.AR100! - objects / (objects + 1)) < 1e-9);

    await write(`${cwd}/images/other.jpg`, await encodeRgbImage(testImage(64, 48), "jpeg"));
    const resized = await runCli(["eval", ...args, "--skip-missing"], { cwd });
    assert.match(
      resized.stderr,
      /1 image of another size than annotated: .*other\.jpg is 64×48, .* of 480×360/,
    );
  }));

Deno.test("file names that lead out of the folder are not followed", () =>
  withPhoto(async (cwd) => {
    const truth = JSON.parse(await Deno.readTextFile(`${cwd}/truth.json`));
    await copy(STREET_PHOTO, `${cwd}/secret.png`);
    for (const name of ["../secret.png", `${cwd}/secret.png`, "x/../../secret.png"]) {
      truth.images[0].file_name = name;
      await write(`${cwd}/truth.json`, JSON.stringify(truth));
      assert.match(await refusal([...COCO, "--images", "images"], cwd, 2), /1 of 1 images are not in images/);
    }
    // A folder in the name may be missing on the disk.
    truth.images[0].file_name = "val2017/000042.png";
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    await evaluate([...COCO, "--images", "images", "-q"], cwd);
  }));

Deno.test("a model that cannot be found, or has none of the classes, is refused", () =>
  withSet(async (cwd) => {
    await Deno.mkdir(`${cwd}/images`);
    const args = [...COCO, "--images", "images"];
    assert.match(await refusal([...args, "-m", "mb3-large-057"], cwd, 2), /did you mean mb3-large-075/);
    assert.match(
      await refusal([...COCO, "--images", "nowhere"], cwd, 2),
      /cannot read nowhere: no such file/,
    );
    const truth = { ...smallSet(2).truth, categories: [{ id: 3, name: "unicorn" }] };
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    assert.match(await refusal(args, cwd, 2), /cannot be scored: truth\.json has none of its 80 classes/);
  }));

Deno.test("Ctrl-C while the model runs ends with 130, without scores and files", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/images`);
    const truth = { ...smallSet(1500).truth };
    const [first, ...others] = truth.images;
    for (const { file_name } of others) await Deno.symlink(STREET_PHOTO, `${cwd}/images/${file_name}`);
    // What is said of it shows that the model runs.
    await write(`${cwd}/images/${first.file_name}`, "this is not an image");
    await write(`${cwd}/truth.json`, JSON.stringify(truth));
    const args = [
      ...COCO,
      "--images",
      "images",
      "--save-detections",
      "found.json",
      "--report",
      "report.html",
    ];
    const child = spawnCli(["eval", ...args], { cwd });
    await child.stdin.close();
    const stdout = new Response(child.stdout).text();
    let stderr = "", interrupted = false;
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      if (interrupted || !stderr.includes("not an image")) continue;
      child.kill("SIGINT");
      interrupted = true;
    }
    assert.equal((await child.status).code, 130, stderr);
    assert.equal(await stdout, "");
    assert.deepEqual(filesIn(cwd).filter((name) => !name.startsWith("images/")), ["truth.json"]);
  }));

testWithShared(
  ["data/coco-mini", "golden/centernet/centernet.json"],
  "the embedded detector's AP on coco-mini is within 0.02 of the reference's",
  async () => {
    const { sets } = JSON.parse(await Deno.readTextFile(shared("golden/centernet/centernet.json")));
    for (const [set, name] of [["val", "mini-val"], ["train", "mini-train"]]) {
      const { metrics } = await scores([
        "coco",
        "--annotations",
        shared(`data/coco-mini/instances_${set}2017.json`),
        "--images",
        shared(`data/coco-mini/${set}2017`),
      ], ".");
      // It keeps the aspect of the images, as the reference's letterbox does.
      for (const metric of ["AP", "AP50"] as const) {
        const reference = sets[name].letterbox.stats[metric];
        assert.ok(Math.abs(metrics[metric]! - reference) < 0.02, `${name}: ${metric} ${metrics[metric]}`);
      }
    }
  },
);
