import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { JSON_FLAG, MODEL_ARGUMENT } from "../../../flags/mod.ts";

/** `bneck models show`. */
export const show = command({
  brief: "describe a model",
  description:
    "Prints what a model is and can do, where its weights come from and under which licence, how images are " +
    "prepared for it, its published scores, its classes, and which of this was verified. For a file that bneck " +
    "exported, it prints what the file says about itself.",
  examples: [
    { line: "bneck models show mobilenet_v3_large", does: "its origin and its scores" },
    {
      line: "bneck models show ssdlite320_mobilenet_v3_large --json",
      does: "the same, with all classes, for programs",
    },
    { line: "bneck models show mine.onnx", does: "what an exported file holds, and its licence" },
  ],
  parameters: {
    flags: { json: JSON_FLAG },
    positional: {
      kind: "tuple",
      parameters: [{
        ...MODEL_ARGUMENT,
        placeholder: "MODEL|FILE",
        brief: "the name of a model, or an exported file",
      }],
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
