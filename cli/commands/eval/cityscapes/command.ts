import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { folderFlag, namesFlag, textFlag, TTA_FLAG } from "../../../flags/mod.ts";
import {
  required,
  SAVE_FLAGS,
  SCORE_ALIASES,
  SCORE_EXCLUSIVE,
  SCORE_FLAGS,
  SOURCE_EXCLUSIVE,
  taskModelFlags,
  WHEN_STOPPED,
} from "../flags.ts";

/** `bneck eval cityscapes`. */
export const cityscapes = command({
  brief: "IoU and iIoU as Cityscapes' own script computes them",
  description:
    "Scores label images at full resolution against gtFine: IoU and iIoU of the 19 classes and 7 categories, " +
    "equal to cityscapesScripts' evalPixelLevelSemanticLabeling. Runs a model over leftImg8bit, or reads " +
    "predictions in labelIds or trainIds, recognised by names and values. Of a model with other classes, those " +
    "that Cityscapes also has are scored; the others are left out as ignored ground truth is. The default model is " +
    "street, whose weights are for non-commercial use.",
  examples: [
    {
      line: "bneck eval cityscapes --root cityscapes -m street",
      does: "run a model over val and score it",
    },
    {
      line: "bneck eval cityscapes --root cityscapes --predictions out --json",
      does: "score predictions; JSON in the layout of the official script",
    },
    {
      line: "bneck eval cityscapes --root cityscapes --predictions out --min mIoU=0.57 --report report.html",
      does: "exit with 4 below 57 %, and write a report",
    },
  ],
  parameters: {
    flags: {
      root: required(folderFlag("the folder that holds gtFine and, to run a model, leftImg8bit")),
      split: { ...textFlag("the split to score", "NAME"), optional: false, default: "val" },
      ...taskModelFlags("segment"),
      tta: TTA_FLAG,
      predictions: folderFlag("score the label images in this folder, found by city_sequence_frame"),
      ids: {
        kind: "enum",
        values: ["labelIds", "trainIds"],
        optional: true,
        placeholder: "KIND",
        brief: "how the predictions are numbered (by default recognised from names and values)",
      },
      ...SAVE_FLAGS,
      classes: namesFlag("score only these classes; pixels of the others are left out, as ignored ones are"),
      instances: {
        kind: "boolean",
        default: true,
        brief: "also score iIoU, where there are *_instanceIds.png",
      },
      ...SCORE_FLAGS,
    },
    aliases: SCORE_ALIASES,
  },
  exclusive: [SCORE_EXCLUSIVE, ...SOURCE_EXCLUSIVE, ["predictions", "tta"], [
    "predictions",
    "savePredictions",
  ], ["model", "ids"]],
  whenStopped: WHEN_STOPPED,
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
