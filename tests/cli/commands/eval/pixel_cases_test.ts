/** Inputs made after public reports of people who score label images. */
import assert from "node:assert/strict";
import { encodeLabelPng, encodeRgbImage } from "../../../../core/images/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { evaluate, refusal } from "./support.ts";
import { inFolder, write } from "../../../support/folders.ts";

const PIXELS = "cases/pixels";

const at = (path: string) => shared(`${PIXELS}/${path}`);

testWithShared(
  PIXELS,
  "masks as RGB, by colour and as TIFF score as the same masks in PNG",
  () =>
    inFolder(async (cwd) => {
      const classes = ["--classes", at("07-mask-kinds/classes.json")];
      for (const kind of ["l_rgb3", "l_color", "l_tif"]) {
        const predictions = at(`07-mask-kinds/${kind === "l_tif" ? "l_rgb3" : "l_tif"}`);
        const labels = ["--labels", at(`07-mask-kinds/${kind}`), "--predictions", predictions];
        const { stdout } = await evaluate(["segmentation", ...labels, ...classes, "--json"], cwd);
        const { mIoU, ignoredPixels } = JSON.parse(stdout);
        assert.deepEqual([mIoU, ignoredPixels], [1, 44_106], kind);
      }
    }),
);

testWithShared(
  PIXELS,
  "each photo of Roboflow's layout is scored with its mask",
  () =>
    inFolder(async (cwd) => {
      const folder = at("01-roboflow/valid");
      const classes = ["--classes", at("01-roboflow/classes.json")];
      const { stdout } = await evaluate(
        ["segmentation", "--images", folder, "--labels", folder, ...classes, "--json"],
        cwd,
      );
      const { images, mIoU } = JSON.parse(stdout);
      assert.deepEqual([images, mIoU.toFixed(4)], [4, "0.6434"]);
    }),
);

testWithShared(
  PIXELS,
  "labels named after their photo, and names in another Unicode form, pair",
  () =>
    inFolder(async (cwd) => {
      const classes = ["--classes", at("05-bom/bom.json"), "--map-predictions", at("05-bom/mp.json")];
      for (const [images, labels] of [["svi", "svl"], ["nfi", "nfl"]]) {
        const folders = [
          "--images",
          at(`13-pair-names/${images}`),
          "--labels",
          at(`13-pair-names/${labels}`),
        ];
        const { stdout } = await evaluate(["segmentation", ...folders, ...classes, "--json"], cwd);
        assert.equal(JSON.parse(stdout).images, 2);
      }
    }),
);

testWithShared(
  PIXELS,
  "Cityscapes: what cannot be scored is named, and truth in trainIds is recognised",
  () =>
    inFolder(async (cwd) => {
      const city = (root: string, predictions: string) => [
        "cityscapes",
        "--root",
        at(root),
        "--predictions",
        at(predictions),
      ];
      const cut = await refusal(
        city("11-instanceids-8bit/R_inst8", "11-instanceids-8bit/R_inst8/results"),
        cwd,
        1,
      );
      assert.match(cut, /_instanceIds\.png: its instance ids are cut to 8 bits/);
      const jpeg = await refusal(city("12-cs-predictions/cs", "12-cs-predictions/jpgmask"), cwd, 1);
      assert.match(jpeg, /files passed over: .*_pred\.jpg .*\(JPEG cannot hold labels\)/);
      const { stderr, stdout } = await evaluate(
        [...city("15-gt-trainids/R_gttrain", "15-gt-trainids/R_gttrain/results"), "--json"],
        cwd,
      );
      assert.match(stderr, /the ground truth is read as trainIds: the values of .* fit no other numbering/);
      // As of the same set in labelIds, whose instance ids are sound.
      const set = city("12-cs-predictions/cs", "15-gt-trainids/R_gttrain/results");
      const labelIds = JSON.parse((await evaluate([...set, "--json"], cwd)).stdout);
      const trainIds = JSON.parse(stdout);
      for (const name of ["classScores", "classInstScores", "averageScoreCategories"]) {
        assert.deepEqual(trainIds[name], labelIds[name], name);
      }
    }),
);

testWithShared(
  PIXELS,
  "a class that ground truth holds under an ignored id is said",
  () =>
    inFolder(async (cwd) => {
      const folder = ["--predictions", at("14-all-ignored/pr"), "--labels", at("14-all-ignored/l_bin255")];
      const { stderr } = await evaluate([
        "segmentation",
        ...folder,
        "--classes",
        at("14-all-ignored/bin01.json"),
      ], cwd);
      assert.match(stderr, /no pixel of car, and 93\.1 % of the pixels predicted as it are ignored \(255\)/);
    }),
);

Deno.test("ground truth that is ignored everywhere is an error, and a palette of other colours a warning", () =>
  inFolder(async (cwd) => {
    const labels = { width: 2, height: 1, data: Uint8Array.of(0, 1) };
    await write(`${cwd}/l/a.png`, encodeLabelPng(labels, [[255, 0, 0], [0, 0, 255]]));
    await write(`${cwd}/p/a.png`, encodeLabelPng(labels));
    await write(`${cwd}/labelmap.txt`, "# label:color_rgb:parts:actions\nsky:0,0,255::\nroad:255,0,0::\n");
    const args = ["segmentation", "--predictions", "p", "--labels", "l", "--classes", "labelmap.txt"];
    const { stderr } = await evaluate(args, cwd);
    assert.match(
      stderr,
      /warning: the palette of l\/a\.png contradicts the colours of the class list: id 0 has the/,
    );
    await write(`${cwd}/l/a.png`, encodeLabelPng({ ...labels, data: Uint8Array.of(9, 9) }));
    const result = await runCli(["eval", ...args, "--ignore", "9"], { cwd });
    assert.equal(result.code, 1);
    assert.match(result.stderr, /there is nothing to score: all pixels of the ground truth are ignored/);
  }));

Deno.test("colour-coded predictions are read by the colours of the class list", () =>
  inFolder(async (cwd) => {
    await write(`${cwd}/l/a_mask.png`, encodeLabelPng({ width: 2, height: 1, data: Uint8Array.of(0, 1) }));
    const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 255, 255, 0, 0) };
    await write(`${cwd}/p/a.png`, await encodeRgbImage(image, "png"));
    await write(`${cwd}/labelmap.txt`, "sky:0,0,255::\nroad:255,0,0::\n");
    const args = [
      "segmentation",
      "--predictions",
      "p",
      "--labels",
      "l",
      "--classes",
      "labelmap.txt",
      "--json",
    ];
    assert.equal(JSON.parse((await evaluate(args, cwd)).stdout).mIoU, 1);
  }));
