import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { JSON_FLAG, MODEL_ARGUMENT } from "../../../flags/mod.ts";

/** `bneck models path`. */
export const path = command({
  brief: "print where weights are kept",
  description:
    "Prints the folder of downloaded weights, or the path of a model's file, whether it exists or not. The folder " +
    "is BNECK_CACHE, else bneck in XDG_CACHE_HOME, else ~/.cache/bneck.",
  examples: [
    { line: "bneck models path", does: "the folder" },
    {
      line: 'cp best.pth "$(bneck models path mobilenet_v2)"',
      does: "put a manually downloaded file where it belongs",
    },
  ],
  parameters: {
    flags: { json: JSON_FLAG },
    positional: {
      kind: "tuple",
      parameters: [{ ...MODEL_ARGUMENT, optional: true }],
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
