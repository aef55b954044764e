/** The code of `bneck fit segment`. */
import { baseName } from "../../../../core/files/mod.ts";
import { usageError } from "../../../../core/errors.ts";
import { type ClassList, readClassList } from "../../../../datasets/segmentation/mod.ts";
import { inspectMasks, pairMasks, type ValidationSource } from "../../../../models/fit/mod.ts";
import type { Context } from "../../../context.ts";
import type { FitFlags } from "../flags.ts";
import { checkOutputs, inspecting, runFitCommand, validationOf } from "../run_fit.ts";

interface Flags extends FitFlags {
  readonly images: string;
  readonly labels: string;
  readonly classes: string;
}

export default async function fitSegment(this: Context, flags: Flags): Promise<void> {
  const { images, labels } = flags;
  await checkOutputs(flags);
  const list = await readClassList(flags.classes);
  const pairs = await pairMasks(images, labels, list);
  const val = validationOf(flags.val);
  const validation: ValidationSource = "share" in val
    ? val
    : { images: await valPairs(val.folder, images, labels, list) };
  const data = await inspecting(this, flags, (options) => inspectMasks(pairs, validation, list, options));
  const sources = [images, ..."folder" in val ? [val.folder] : []];
  await runFitCommand(this, flags, { task: "segment", data, sources });
}

/** The folders in `--val` are called as those of `--images` and `--labels`. */
async function valPairs(folder: string, images: string, labels: string, list: ClassList) {
  const [photos, masks] = [images, labels].map((path) =>
    `${folder}/${baseName(path.replace(/[\\/]+$/, ""))}`
  );
  for (const path of [photos, masks]) {
    const there = await Deno.stat(path).catch(() => undefined);
    if (!there?.isDirectory && !(path === masks && there?.isFile)) {
      throw usageError(
        `--val ${folder}: there is no folder ${path}; it must hold folders called as --images and --labels`,
      );
    }
  }
  return await pairMasks(photos, masks, list);
}
