import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { fileFlag, folderFlag } from "../../../flags/mod.ts";
import { FIT_ALIASES, FIT_FLAGS, WHEN_STOPPED } from "../flags.ts";

/** `bneck fit segment`. */
export const fitSegment = command({
  brief: "learn to segment your own classes from images with masks",
  description:
    "Trains an LR-ASPP decoder, and with 200 images or more the last blocks of the backbone. Masks are PNGs with a class " +
    "id per pixel and the names of their images. A run that was interrupted continues where it stopped when it is started " +
    "again. With one thread the same command gives the same file. The file is a model: bneck segment new -m FILE.",
  examples: [
    {
      line: "bneck fit segment --images photos --labels masks --classes classes.json -o leaves.safetensors",
      does: "train on four fifths of the images, validate on the others",
    },
    {
      line:
        "bneck fit segment --images photos --labels masks --classes classes.json -o leaves.safetensors --dry-run",
      does: "look at the data first, and at how long it will take",
    },
    {
      line:
        "bneck fit segment --images train/images --labels train/masks --val val --classes classes.json -o leaves.safetensors --report leaves.html",
      does: "validate on val/images and val/masks, and write a report",
    },
  ],
  parameters: {
    flags: {
      images: { ...folderFlag("the photos"), optional: false },
      labels: {
        ...folderFlag(
          "the masks: PNGs with a class id per pixel, labels of labelme or YOLO, or a file of CVAT or COCO",
        ),
        optional: false,
      },
      classes: {
        ...fileFlag('the classes: JSON such as {"ignore": 255, "classes": [{"id": 0, "name": "leaf"}]}'),
        optional: false,
      },
      ...FIT_FLAGS,
    },
    aliases: FIT_ALIASES,
  },
  whenStopped: WHEN_STOPPED,
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
