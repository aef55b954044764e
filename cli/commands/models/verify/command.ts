import { command } from "../../../command.ts";
import { JSON_FLAG, textFlag, WEIGHTS_FLAGS } from "../../../flags/mod.ts";
import { MODEL_ARGUMENT } from "../argument.ts";

/** `bneck models verify`. */
export const verify = command({
  brief: "check files of weights",
  description:
    "Reads files of weights (PyTorch, safetensors, ONNX) and says what each is: its digest, the architecture and " +
    "number of classes that its names and shapes tell, and whether all its numbers are finite. Named models are " +
    "checked against their published digest too; without an argument, all whose weights are here, the model that " +
    "comes with bneck among them. Nothing in a " +
    "file is executed. The exit status is 3 when one of them is not as it should be.",
  examples: [
    { line: "bneck models verify", does: "check everything that is here" },
    { line: "bneck models verify checkpoint.pth", does: "what network are these weights for?" },
    {
      line: "bneck models verify checkpoint.pth --arch tf_mobilenetv3_large_100",
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
  load: () => import("./run.ts"),
});
