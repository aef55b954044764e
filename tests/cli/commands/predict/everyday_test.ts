import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readImage, readLabelMap } from "../../../../core/images/mod.ts";
import { decodeMask, decompressCounts } from "../../../../datasets/coco/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { assertSameLabels } from "../../../support/same_labels.ts";
import { inFolder } from "../../../support/folders.ts";
import { STREET_PHOTO } from "../../../support/street.ts";

const EVERYDAY = fileURLToPath(new URL("../../../../models/weights/everyday-lraspp/", import.meta.url));

Deno.test("segment labels people and horses as the decoder did in PyTorch, at the size of its training", () =>
  inFolder(async (cwd) => {
    const photo = `${EVERYDAY}parity/image.png`;
    const args = ["segment", photo, "--size", "384", "-o", "out", "--save", "ids"];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /: background 9\d\.\d %, horse 6\.\d %, person 2\.\d %\n$/);
    assertSameLabels(
      await readLabelMap(join(cwd, "out/image.ids.png")),
      await readLabelMap(`${EVERYDAY}parity/mask.png`),
    );
  }));

Deno.test("segment --tta flip averages each image with its mirror image", () =>
  inFolder(async (cwd) => {
    const photo = `${EVERYDAY}samples/000000423617.jpg`;
    const once = await runCli(["segment", photo, "--jsonl"], { cwd });
    const twice = await runCli(["segment", photo, "--jsonl", "--tta", "flip"], { cwd });
    assert.equal(twice.code, 0, twice.stderr);
    const pixels = (stdout: string) => JSON.parse(stdout).classes.map((c: { pixels: number }) => c.pixels);
    assert.notDeepEqual(pixels(twice.stdout), pixels(once.stdout));
    const refused = await runCli(["segment", photo, "--tta", "rotate"], { cwd });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--tta/);
  }));

Deno.test("run --save cutouts,coco writes objects as transparent PNGs, and their masks as segmentation", () =>
  inFolder(async (cwd) => {
    const photo = `${EVERYDAY}samples/000000214753.jpg`;
    const args = ["run", photo, "-o", "out", "--save", "cutouts,coco", "--json"];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    assert.equal(code, 0, stderr);
    const { objects, files, width, height } = JSON.parse(stdout).images[0];
    const results = JSON.parse(await Deno.readTextFile(join(cwd, "out/detections.coco.json")));
    assert.equal(results.length, objects.length);
    const names = (files as string[]).map((file) => file.slice(file.lastIndexOf("/") + 1));
    assert.deepEqual(names, [1, 2, 3, 4].map((number) => `000000214753.cutout-00${number}.png`));
    for (const [row, { segmentation, bbox: [x, y, w, h] }] of results.entries()) {
      assert.deepEqual(segmentation.size, [height, width]);
      const counts = decompressCounts(segmentation.counts)!;
      const mask = decodeMask({ height, width, counts });
      const inside = mask.reduce((sum, value) => sum + value, 0);
      assert.ok(inside > 0 && inside <= Math.ceil(w + 1) * Math.ceil(h + 1));
      mask.forEach((value, at) => {
        const [column, line] = [Math.floor(at / height), at % height];
        if (value) assert.ok(column >= x - 1 && column <= x + w + 1 && line >= y - 1 && line <= y + h + 1);
      });
      const cutout = await readImage(join(cwd, files[row]));
      assert.ok(cutout.width <= Math.ceil(w) + 1 && cutout.height <= Math.ceil(h) + 1);
    }
  }));

Deno.test("cutouts need both heads", async () => {
  const { code, stderr } = await runCli([
    "run",
    "x.jpg",
    "-o",
    "out",
    "--heads",
    "detect",
    "--save",
    "cutouts",
  ]);
  assert.equal(code, 2);
  assert.match(stderr, /--save cutouts needs objects and the classes of pixels: run both heads/);
});

Deno.test("the street model says that its weights are non-commercial, and hints at everyday photos", async () => {
  const photo = `${EVERYDAY}samples/000000000790.jpg`;
  const everyday = await runCli(["segment", photo]);
  assert.doesNotMatch(everyday.stderr, /commercial|-m everyday/);
  const street = await runCli(["segment", photo, "-m", "street"]);
  assert.match(street.stderr, /the weights of mb3-large-075\.coco-street are for non-commercial use only/);
  assert.match(street.stderr, /knows street scenes only, .* \(mean probability 0\.\d\d\): -m everyday knows/);
  const fitting = await runCli(["segment", STREET_PHOTO, "-m", "street"]);
  assert.doesNotMatch(fitting.stderr, /-m everyday/);
  // The detector beside it is not bound.
  assert.doesNotMatch((await runCli(["detect", photo, "-m", "street"])).stderr, /commercial/);
});
