import assert from "node:assert/strict";
import { join } from "node:path";
import { VOC_21 } from "../../../../datasets/voc/labels.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { runCli } from "../../../support/run_cli.ts";
import { writeVocMasks } from "../../../support/voc_masks.ts";
import { inFolder } from "../../../support/folders.ts";

/** How far a score may be from the one that was measured when the decoder was trained. */
const TOLERANCE = 0.003;

async function meanIou(args: readonly string[], cwd: string): Promise<number> {
  const { code, stdout, stderr } = await runCli(["eval", "segmentation", ...args, "--json"], { cwd });
  assert.equal(code, 0, stderr);
  const { classes } = JSON.parse(stdout) as { classes: { iou: number | null; pixels: number }[] };
  // As the weights' README does: of the classes that occur in the ground truth.
  const occurring = classes.filter(({ pixels }) => pixels > 0);
  return occurring.reduce((sum, { iou }) => sum + iou!, 0) / occurring.length;
}

function assertNear(found: number, expected: number): void {
  assert.ok(Math.abs(found - expected) <= TOLERANCE, `mIoU ${found}, expected ${expected}`);
}

testWithShared(
  "data/coco-mini",
  "the everyday model has its published mIoU on COCO's photos with VOC's classes",
  () =>
    inFolder(async (cwd) => {
      for (const split of ["val2017", "train2017"]) {
        await Deno.mkdir(join(cwd, "labels"), { recursive: true });
        await Deno.mkdir(join(cwd, "images"), { recursive: true });
        await writeVocMasks(shared(`data/coco-mini/instances_${split}.json`), join(cwd, "labels"));
        for (const { name } of Deno.readDirSync(shared(`data/coco-mini/${split}`))) {
          await Deno.symlink(shared(`data/coco-mini/${split}/${name}`), join(cwd, "images", name));
        }
      }
      const classes = VOC_21.map(({ name }, id) => ({ id, name }));
      await Deno.writeTextFile(join(cwd, "classes.json"), JSON.stringify({ ignore: 255, classes }));
      const args = ["--images", "images", "--labels", "labels", "--classes", "classes.json"];
      assertNear(await meanIou([...args, "--size", "384"], cwd), 0.450);
      assertNear(await meanIou(args, cwd), 0.451);
    }),
);

testWithShared(
  "data/everyday",
  "the everyday model has its published mIoU on photos like those of its training",
  () =>
    inFolder(async (cwd) => {
      const root = shared("data/everyday");
      const folders = ["--images", `${root}/val/images`, "--labels", `${root}/val/masks`];
      const args = [...folders, "--classes", `${root}/classes.json`];
      assertNear(await meanIou([...args, "--size", "384"], cwd), 0.528);
      assertNear(await meanIou([...args, "--size", "384", "--tta", "flip"], cwd), 0.531);
    }),
);
