import { command } from "../../command.ts";
import { modelFlag } from "../../flags/mod.ts";
import {
  CLASSIFY_FLAGS,
  CLASSIFY_SAVES,
  type ClassifyFlags,
  PREDICT_ALIASES,
  PREDICT_EXCLUSIVE,
  PREDICT_FLAGS,
  PREDICT_INPUTS,
  type PredictFlags,
  saveFlag,
} from "../predict/flags.ts";
import { predictWith } from "../predict/predict_with.ts";

type Flags = Omit<PredictFlags<typeof CLASSIFY_SAVES[number]>, "classes"> & ClassifyFlags;

/** All classes compete, so none can be excluded. */
const { classes: _, ...others } = PREDICT_FLAGS;

const flags = { ...others, model: modelFlag(others.model.brief, ["classify"]) };

const SAVES = ["classes"] as const;

/** `bneck classify`. */
export const classify = command({
  brief: "name the class of images (needs a model from models pull, or your own)",
  description:
    "Classifies images and prints, for each, the likeliest classes with their probabilities. With --out it saves them " +
    "as one JSON file per image. No classifier comes with bneck: name one whose weights were fetched (bneck models " +
    "pull), or your own weights.",
  examples: [
    {
      line: "bneck classify photo.jpg -m mobilenet_v3_large",
      does: "the five likeliest of ImageNet's classes, after bneck models pull mobilenet_v3_large",
    },
    {
      line: "bneck classify photos --weights best.pth --labels names.txt -k 1 --jsonl",
      does: "your own network, one line of JSON per image",
    },
  ],
  parameters: {
    flags: { ...flags, save: saveFlag(CLASSIFY_SAVES, SAVES), ...CLASSIFY_FLAGS },
    aliases: { ...PREDICT_ALIASES, k: "top" },
    positional: PREDICT_INPUTS,
  },
  exclusive: PREDICT_EXCLUSIVE,
  load: predictWith<Flags>(SAVES, (classify) => ({ classify })),
});
