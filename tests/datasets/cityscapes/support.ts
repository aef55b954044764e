/** Small Cityscapes frames for the tests. */
import { encodeLabelPng, type LabelMap } from "../../../core/images/mod.ts";
import { streetScene } from "../../bench/street_scene.ts";

/** What {@linkcode writeSet} writes for a frame. */
export interface Frame {
  /** `city_000000_000001` */
  readonly name: string;
  readonly truth: LabelMap;
  readonly instances: LabelMap | null;
  readonly prediction: LabelMap;
}

/** `count` made-up frames of 96 × 48 pixels in two cities. */
export function frames(count: number): Frame[] {
  return Array.from({ length: count }, (_, k) => ({
    name: `${k % 2 === 0 ? "ulm" : "bad-honnef"}_000000_${String(k).padStart(6, "0")}`,
    ...streetScene(96, 48, k + 1),
  }));
}

/**
 * Writes frames in the layout of Cityscapes, predictions into `results`, and runs `test` with the folder.
 *
 * @param ending of the predictions' names
 */
export async function withSet(
  frames: readonly Frame[],
  test: (root: string) => Promise<void>,
  ending = "_pred.png",
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/results`);
    for (const { name, truth, instances, prediction } of frames) {
      const folder = `${root}/gtFine/val/${name.split("_")[0]}`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeFile(`${folder}/${name}_gtFine_labelIds.png`, encodeLabelPng(truth));
      if (instances !== null) {
        await Deno.writeFile(`${folder}/${name}_gtFine_instanceIds.png`, encodeLabelPng(instances));
      }
      await Deno.writeFile(`${root}/results/${name}${ending}`, encodeLabelPng(prediction));
    }
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
