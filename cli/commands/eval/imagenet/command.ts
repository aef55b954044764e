import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { fileFlag, folderFlag, modelFlag } from "../../../flags/mod.ts";
import {
  required,
  SCORE_ALIASES,
  SCORE_EXCLUSIVE,
  SCORE_FLAGS,
  SOURCE_EXCLUSIVE,
  taskModelFlags,
  WHEN_STOPPED,
} from "../flags.ts";

/** `bneck eval imagenet`. */
export const imagenet = command({
  brief: "top-1 and top-5 accuracy of classifiers (needs a model from models pull, or predictions)",
  description:
    "Scores a classifier on images whose class is known: from their folders (one for each class), a CSV or text " +
    "file (ImageNet's val labels, Kaggle's LOC_val_solution.csv) or a JSON list. Networks with 1000 outputs and with " +
    "1001, background first, are told apart. No classifier comes with bneck: name one whose weights were fetched " +
    "(bneck models pull), or your own.",
  examples: [
    {
      line: "bneck eval imagenet -m mobilenet_v3_large --images val",
      does: "a folder for each class, named by its WordNet id; after bneck models pull mobilenet_v3_large",
    },
    {
      line: "bneck eval imagenet -m mobilenet_v3_large --images val --labels val.csv --min top1=0.7",
      does: "classes from a file; exit with 4 below 70 %; after bneck models pull mobilenet_v3_large",
    },
    {
      line: "bneck eval imagenet --predictions found.jsonl --images val --labels images.json --per-class",
      does: "score what bneck classify --jsonl printed",
    },
  ],
  parameters: {
    flags: {
      images: required(folderFlag("the images")),
      labels: fileFlag("which image has which class; when left out, the images' folders say it"),
      classTable: fileFlag(
        "the classes in the order of their index: JSON, or a text file with one WordNet id per line",
      ),
      ...taskModelFlags("classify"),
      model: modelFlag("the model to run: its name, or a file that bneck export wrote", ["classify"]),
      predictions: fileFlag(
        "score these instead: lines of JSON with the classes of an image, as classify prints them",
      ),
      background: {
        kind: "boolean",
        withNegated: false,
        brief: "in the predictions index 0 is a background class, as in TensorFlow's networks",
      },
      ...SCORE_FLAGS,
    },
    aliases: SCORE_ALIASES,
  },
  exclusive: [SCORE_EXCLUSIVE, ...SOURCE_EXCLUSIVE, ["model", "background"], ["weights", "background"]],
  whenStopped: WHEN_STOPPED,
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
