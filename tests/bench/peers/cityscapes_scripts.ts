/** Scoring Cityscapes label images: cityscapesScripts beside bneck, on made-up scenes of 1024 × 2048 pixels. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeLabelPng } from "../../../core/images/mod.ts";
import { pairPredictions, readCityscapes } from "../../../datasets/cityscapes/mod.ts";
import { streetScene } from "../street_scene.ts";
import { bneckCommand } from "./bneck.ts";
import type { Contender } from "./rounds.ts";
import { pythonWith } from "./scratch.ts";

/** How many images are scored. */
export const PAIRS = 20;

/** The contenders, with what they need installed and made. */
export async function cityscapesScripts(scratch: string): Promise<Contender[]> {
  // It calls `numpy.in1d`, which numpy 2.4 dropped.
  const python = await pythonWith(scratch, "cityscapes", ["cityscapesScripts", "numpy<2.4"]);
  const root = join(scratch, "cityscapes-data");
  if (!existsSync(`${root}/pairs.json`)) await writeScenes(root);
  return [
    bneckCommand("bneck eval cityscapes", [
      ...[
        "eval",
        "cityscapes",
        "--root",
        root,
        "--predictions",
        `${root}/results`,
        "--workers",
        "2",
        "--json",
      ],
    ], (printed) => ({ seconds: {}, found: JSON.parse(printed).averageScoreClasses })),
    {
      name: "cityscapesScripts",
      command: python,
      args: [
        "-W",
        "ignore",
        fileURLToPath(new URL("cityscapes_scripts.py", import.meta.url)),
        `${root}/pairs.json`,
      ],
    },
  ];
}

async function writeScenes(root: string): Promise<void> {
  const truthFolder = `${root}/gtFine/val/madeup`;
  await Deno.mkdir(truthFolder, { recursive: true });
  await Deno.mkdir(`${root}/results`, { recursive: true });
  for (let scene = 1; scene <= PAIRS; scene++) {
    const { truth, instances, prediction } = streetScene(2048, 1024, scene);
    const name = `madeup_000000_${String(scene).padStart(6, "0")}`;
    await Deno.writeFile(`${truthFolder}/${name}_gtFine_labelIds.png`, encodeLabelPng(truth));
    await Deno.writeFile(`${truthFolder}/${name}_gtFine_instanceIds.png`, encodeLabelPng(instances));
    await Deno.writeFile(`${root}/results/${name}_pred.png`, encodeLabelPng(prediction));
  }
  const pairs = await pairPredictions(await readCityscapes(root, "val"), `${root}/results`);
  await Deno.writeTextFile(`${root}/pairs.json`, JSON.stringify(pairs));
}
