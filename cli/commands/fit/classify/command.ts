import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { fileFlag, folderFlag } from "../../../flags/mod.ts";
import { FIT_ALIASES, FIT_FLAGS, WHEN_STOPPED } from "../flags.ts";

/** `bneck fit classify`. */
export const fitClassify = command({
  brief: "learn to classify images from folders, one folder per class",
  description:
    "Trains a linear classifier on what the backbone sees in whole images. Each folder in --images holds the images of " +
    "the class that it is named for. A classifier by nearest means on the same features is scored beside it. The file is a model: bneck classify new -m FILE.",
  examples: [
    {
      line: "bneck fit classify --images byclass -o parts.safetensors",
      does: "train on four fifths of the images of byclass/bolt, byclass/nut, …",
    },
    {
      line: "bneck fit classify --images byclass --network found.json --size 96 -o parts.safetensors",
      does: "train a network that bneck search found, from scratch",
    },
    {
      line: "bneck fit classify --images train --val test -o parts.safetensors --report parts.html",
      does: "validate on the images of test/bolt, test/nut, …, and write a report",
    },
  ],
  parameters: {
    flags: {
      images: { ...folderFlag("the folder of the classes' folders"), optional: false },
      network: fileFlag(
        "train this network whole, from random weights: a file of bneck search; --tune does not go with it",
      ),
      ...FIT_FLAGS,
    },
    aliases: FIT_ALIASES,
  },
  whenStopped: WHEN_STOPPED,
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
