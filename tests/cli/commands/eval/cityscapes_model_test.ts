/** A model that `bneck eval cityscapes` runs. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readLabelMap } from "../../../../core/images/mod.ts";
import { assertClose, CAMVID_CLASSES, evaluate, refusal } from "./support.ts";
import { copy, write } from "../../../support/folders.ts";
import { STREET_PHOTO, STREET_TRUTH } from "../../../support/street.ts";
import { withStreetFrame } from "./street_frame.ts";

Deno.test("the embedded model is scored on the classes it shares with Cityscapes, and the others are named", () =>
  withStreetFrame(async (root) => {
    const { stdout, stderr } = await evaluate([
      "cityscapes",
      "--root",
      root,
      "--json",
      "--save-predictions",
      "out",
    ], root);
    assert.match(stderr, /pavement → sidewalk, tree → vegetation/);
    assert.match(
      stderr,
      /the mean is over 11 of the 19 classes, which hold 100\.0 % of their pixels; it is not Cityscapes' mIoU/,
    );
    assert.match(stderr, /Left out: wall, traffic light, terrain, truck, bus, train, motorcycle, bicycle/);
    assert.match(stderr, /network input 360×480/);
    const scores = JSON.parse(stdout);
    assert.equal(scores.classScores["traffic light"], null);
    assert.equal(scores.averageScoreCategories, null);
    assert.equal(scores.leftOut.length, 8);

    // The same pixels as CamVid's classes, which are the same classes under other names.
    await copy(STREET_PHOTO, `${root}/camvid/images/a.png`);
    await copy(STREET_TRUTH, `${root}/camvid/labels/a.png`);
    await write(`${root}/classes.json`, JSON.stringify(CAMVID_CLASSES));
    const folders = ["--images", "camvid/images", "--labels", "camvid/labels", "--classes", "classes.json"];
    const camvid = JSON.parse(
      (await evaluate(["segmentation", "-m", "street", ...folders, "--json"], root)).stdout,
    );
    assertClose(scores.averageScoreClasses, camvid.mIoU);
    assert.equal(scores.classScores.rider, camvid.classes[10].iou);

    // What was saved scores the same, under a name that the official script finds.
    assert.ok(existsSync(join(root, "out/ulm_000000_000001_labelIds.png")));
    const kept = Object.keys(scores.classScores).filter((name) =>
      scores.classScores[name] !== null || name === "rider"
    );
    const args = [
      "cityscapes",
      "--root",
      root,
      "--predictions",
      "out",
      "--json",
      "--classes",
      kept.join(","),
    ];
    const again = JSON.parse((await evaluate(args, root)).stdout);
    for (const name of kept) assert.equal(again.classScores[name], scores.classScores[name]);
    assert.deepEqual(again.confMatrix, scores.confMatrix);
  }));

Deno.test("predictions are saved neither over others nor among the inputs", () =>
  withStreetFrame(async (root) => {
    const args = ["cityscapes", "--root", root, "--save-predictions"];
    await write(`${root}/out/ulm_000000_000001_labelIds.png`, "mine");
    assert.match(await refusal([...args, "out"], root, 2), /1 of 1 predictions exist already.*--overwrite/);
    assert.equal(await Deno.readTextFile(`${root}/out/ulm_000000_000001_labelIds.png`), "mine");
    await evaluate([...args, "out", "--overwrite"], root);
    await readLabelMap(`${root}/out/ulm_000000_000001_labelIds.png`);
    assert.match(await refusal([...args, root], root, 2), /holds inputs of this evaluation/);
    assert.match(await refusal([...args, "gtFine/val/ulm"], root, 2), /holds inputs of this evaluation/);
  }));

Deno.test("the size at which the model runs changes, full resolution is scored always", () =>
  withStreetFrame(async (root) => {
    const { stdout, stderr } = await evaluate(
      ["cityscapes", "--root", root, "--size", "512x1024", "--json"],
      root,
    );
    assert.match(stderr, /network input 520×1024/);
    const pixels = JSON.parse(stdout).confMatrix.flat().reduce(
      (sum: number, count: number) => sum + count,
      0,
    );
    assert.equal(pixels, 480 * 360);
  }));
