import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { JSON_FLAG, MODEL_ARGUMENT, textFlag, WEIGHTS_FLAGS } from "../../../flags/mod.ts";

/** `bneck models verify`. */
export const verify = command({
  brief: "check files of weights",
  description:
    "Reads files of weights (PyTorch, safetensors, ONNX) and describes each: its digest, the architecture and number " +
    "of classes recognised from its names and shapes, and whether all its numbers are finite. Named models are also " +
    "checked against their published digest; without an argument, all models whose weights are present, including the " +
    "one that comes with bneck. Nothing in a file is executed. The exit status is 3 if any check fails.",
  examples: [
    { line: "bneck models verify", does: "check all weights present" },
    { line: "bneck models verify best.pth", does: "find out which network these weights are for" },
    {
      line: "bneck models verify best.pth --arch tf_mobilenetv3_large_100",
      does: "list every parameter that does not fit",
    },
  ],
  parameters: {
    flags: {
      arch: textFlag("the architecture that the files should be for", "NAME"),
      weightsKey: WEIGHTS_FLAGS.weightsKey,
      json: JSON_FLAG,
    },
    positional: {
      kind: "array",
      parameter: {
        ...MODEL_ARGUMENT,
        placeholder: "MODEL|FILE",
        brief: "the name of a model, or a file of weights",
      },
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
