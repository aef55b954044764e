import { importLater } from "../../../../core/import_later.ts";
import { TABLE_FORMATS } from "../../../console/table.ts";
import { command } from "../../../command.ts";
import { choiceFlag, JSON_FLAG, WIDE_FLAG } from "../../../flags/mod.ts";

/** What `--task` takes; `all` is all of them. */
export const TASK_CHOICES = ["all", "detect", "segment", "classify"] as const;

/** `bneck models list`. */
export const list = command({
  brief: "list all models",
  description:
    "Prints every model with its task, published score (AP of detection, mIoU of segmentation, top-1 accuracy of " +
    "classification), number of classes, size, licence, and whether its weights are here or have to be downloaded " +
    "first, with bneck models pull. A size after ≈ is that of the weights, where that of the file is not published. A terminal that is too narrow shows the shorter names.",
  examples: [
    { line: "bneck models list", does: "all models" },
    { line: "bneck models list --task segment --format csv", does: "those that segment, as CSV" },
  ],
  parameters: {
    flags: {
      task: choiceFlag("only models for this", TASK_CHOICES, "all"),
      format: choiceFlag("how to print the table", TABLE_FORMATS, "table"),
      json: JSON_FLAG,
      wide: WIDE_FLAG,
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
