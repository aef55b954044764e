import { commandGroup } from "../command.ts";
import { cityscapes } from "./eval/cityscapes.ts";
import { coco } from "./eval/coco.ts";
import { imagenet } from "./eval/imagenet.ts";
import { merge } from "./eval/merge.ts";
import { segmentation } from "./eval/segmentation.ts";

/** `bneck eval`. A benchmark is an entry here. */
export const evaluation = commandGroup({
  brief: "score predictions as the benchmarks do",
  description:
    "Scores a model, or predictions that exist, against ground truth. The numbers are those of the benchmarks' own " +
    "tools. Nothing is scored on a part of a set unless it is asked for with --limit or --shard.",
  routes: { coco, cityscapes, segmentation, imagenet, merge },
});
