import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { JSON_FLAG, MODEL_ARGUMENT } from "../../../flags/mod.ts";

/** `bneck models pull`. */
export const pull = command({
  brief: "fetch the weights of models",
  description:
    "Downloads weights, checks them against the published SHA-256 and keeps them in the cache folder. An " +
    "interrupted download resumes where it stopped. This is the only command that uses the network; without one, it says " +
    "what to download by other means and where to put it.",
  examples: [
    { line: "bneck models pull mobilenet_v3_large", does: "fetch torchvision's classifier" },
    {
      line: "BNECK_CACHE=/data/bneck bneck models pull fastseg-large-f128 ssdlite320_mobilenet_v3_large",
      does: "fetch two into a custom folder",
    },
  ],
  parameters: {
    flags: { json: JSON_FLAG },
    positional: { kind: "array", parameter: MODEL_ARGUMENT, minimum: 1 },
  },
  whenStopped: "the same command continues with the download",
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
