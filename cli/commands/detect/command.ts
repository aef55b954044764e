import { command } from "../../command.ts";
import {
  DETECT_FLAGS,
  DETECT_SAVES,
  type DetectFlags,
  KNOWN_OBJECTS,
  PREDICT_ALIASES,
  PREDICT_EXCLUSIVE,
  PREDICT_FLAGS,
  PREDICT_INPUTS,
  type PredictFlags,
  saveFlag,
  taskFlags,
} from "../predict/flags.ts";
import { predictWith } from "../predict/predict_with.ts";

const SAVES = ["boxes", "json"] as const;

/** `bneck detect`. */
export const detect = command({
  brief: "find objects in images",
  description:
    "Finds objects and prints, for each image, how many of which class. With --out it saves images with " +
    "boxes, one JSON or YOLO text file per image, a crop per object, or one COCO results file for all; of models with masks, objects cut out (cutouts). Boxes " +
    "are [x1, y1, x2, y2] in pixels of the upright image. " +
    KNOWN_OBJECTS,
  examples: [
    { line: "bneck detect photo.jpg", does: "print what is in the photo" },
    {
      line: "bneck detect photos -o out --save boxes,coco",
      does: "save images and one COCO results file",
    },
    {
      line: "bneck detect photos --classes person,car --score 0.5 --jsonl",
      does: "one line of JSON per image",
    },
  ],
  parameters: {
    flags: { ...PREDICT_FLAGS, ...taskFlags("detect"), save: saveFlag(DETECT_SAVES, SAVES), ...DETECT_FLAGS },
    aliases: PREDICT_ALIASES,
    positional: PREDICT_INPUTS,
  },
  exclusive: PREDICT_EXCLUSIVE,
  load: predictWith<PredictFlags<typeof DETECT_SAVES[number]> & DetectFlags>(SAVES, (detect) => ({ detect })),
});
