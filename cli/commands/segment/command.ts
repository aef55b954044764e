import { command } from "../../command.ts";
import {
  KNOWN_PIXELS,
  PREDICT_ALIASES,
  PREDICT_EXCLUSIVE,
  PREDICT_FLAGS,
  PREDICT_INPUTS,
  type PredictFlags,
  saveFlag,
  SEGMENT_FLAGS,
  SEGMENT_SAVES,
  type SegmentFlags,
  taskFlags,
} from "../predict/flags.ts";
import { predictWith } from "../predict/predict_with.ts";

const SAVES = ["ids", "overlay"] as const;

/** `bneck segment`. */
export const segment = command({
  brief: "give every pixel of images a class",
  description:
    "Segments images and prints, for each, which classes it shows and how much of it they cover. With --out " +
    "it saves label images with exact class ids (ids), images in class colours (color), photos under them " +
    "(overlay), the probability of each pixel's class (scores) or of all but the background (mask), photos " +
    "without their background (cutouts, of models that return a matte), labels in Cityscapes' trainIds or " +
    "labelIds (trainids, labelids), and for all images one COCO file of the regions (dataset, or coco with the ids of " +
    "--annotations). The folders of the inputs are kept. Videos are read with ffmpeg. " +
    KNOWN_PIXELS,
  examples: [
    { line: "bneck segment photo.jpg", does: "print what the photo shows" },
    {
      line: "bneck segment street.png -m street -o out",
      does: "the same of a street scene, in street classes",
    },
    {
      line: "bneck segment photos -o out --save ids --jsonl > found.jsonl",
      does: "labels only, and one line of JSON per image",
    },
  ],
  parameters: {
    flags: {
      ...PREDICT_FLAGS,
      ...taskFlags("segment"),
      save: saveFlag(SEGMENT_SAVES, SAVES),
      ...SEGMENT_FLAGS,
    },
    aliases: PREDICT_ALIASES,
    positional: PREDICT_INPUTS,
  },
  exclusive: PREDICT_EXCLUSIVE,
  load: predictWith<PredictFlags<typeof SEGMENT_SAVES[number]> & SegmentFlags>(
    SAVES,
    (segment) => ({ segment }),
  ),
});
