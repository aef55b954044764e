import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { countFlag, fileFlag, folderFlag, parseCount, TTA_FLAG } from "../../../flags/mod.ts";
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

/** `bneck eval segmentation`. */
export const segmentation = command({
  brief: "mIoU, accuracies and boundary F-score on any folder of label images",
  description:
    "Scores label images against ground truth of the same names in other folders (CamVid, PASCAL VOC, your own): " +
    "mIoU, pixel accuracy, mean accuracy, frequency-weighted IoU and, with --boundary, the boundary F-score. Runs a " +
    "model over the images, its classes matched to those of --classes by name, or reads predictions in the ids of " +
    "--classes. The default model is the embedded one, everyday or street, that has most of the classes.",
  examples: [
    {
      line:
        "bneck eval segmentation --images camvid/images -m street --labels camvid/labels --classes classes.json",
      does: "run the embedded street model over CamVid and score it",
    },
    {
      line:
        "bneck eval segmentation --predictions out --labels camvid/labels --classes classes.json --per-class",
      does: "score label images that exist, and print every class",
    },
    {
      line:
        "bneck eval segmentation --predictions out --labels SegmentationClass --classes voc.json --ignore 255 --list val.txt",
      does: "PASCAL VOC: one of its lists, its border pixels ignored",
    },
  ],
  parameters: {
    flags: {
      images: folderFlag("the photos"),
      labels: required(
        folderFlag(
          "the ground truth: PNGs with a class id per pixel, labels of labelme, Pascal VOC or YOLO, or an XML file of CVAT or a JSON " +
            "file of COCO",
        ),
      ),
      classes: required(
        fileFlag('the classes: JSON such as {"ignore": 255, "classes": [{"id": 0, "name": "road"}]}'),
      ),
      ...taskModelFlags("segment"),
      tta: TTA_FLAG,
      predictions: folderFlag("score the label images in this folder instead of running a model"),
      ignore: {
        kind: "parsed",
        parse: (text: string): number => parseCount(text.trim(), 0, 65535),
        variadic: ",",
        optional: true,
        placeholder: "IDS",
        brief: "leave out pixels whose ground truth is one of these ids, besides those of --classes",
      },
      map: fileFlag("new ids for the ground truth: a JSON file, or a list such as 7:0,8:1"),
      mapPredictions: fileFlag("the same for predictions; with a model, from the places of its classes"),
      list: fileFlag("score only the names in this file, one per line"),
      boundary: countFlag("also score boundaries, at a tolerance of N pixels", { min: 0, max: 200 }),
      ...SAVE_FLAGS,
      ...SCORE_FLAGS,
    },
    aliases: SCORE_ALIASES,
  },
  exclusive: [SCORE_EXCLUSIVE, ...SOURCE_EXCLUSIVE, ["predictions", "tta"], [
    "predictions",
    "savePredictions",
  ]],
  whenStopped: WHEN_STOPPED,
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
