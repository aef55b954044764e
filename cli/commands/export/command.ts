import { importLater } from "../../../core/import_later.ts";
import { command } from "../../command.ts";
import {
  FILE_FLAGS,
  JSON_FLAG,
  MODEL_OR_FILE_ARGUMENT,
  namesFlag,
  parsePath,
  sizeFlag,
  WEIGHTS_FLAGS,
} from "../../flags/mod.ts";

/** `bneck export`. */
export const exportOnnx = command({
  brief: "write a model as an ONNX file",
  description:
    "Writes a model with its weights as one ONNX file that takes the raw image (image, uint8, 1 × height × width × 3) and " +
    "returns what the heads compute; resizing and normalising are in the file. With --raw it is the bare network, from " +
    "normalised floats (input, 1 × 3 × height × width). With several heads the file resizes images as bneck run does, " +
    "with one (--heads) as bneck detect or bneck segment do. Labels, preprocessing, licence and source travel in the file's " +
    "metadata, so that every command that takes --model takes the file.",
  examples: [
    {
      line: "bneck export everyday -o mine.onnx --heads segment",
      does: "one head of the embedded model",
    },
    {
      line: "bneck export mobilenet_v3_large -o mine.onnx --half",
      does: "half the size, nearly the same results; after bneck models pull mobilenet_v3_large",
    },
    {
      line:
        "bneck export --weights best.pth --arch lraspp_mobilenet_v3_large --labels names.txt -o mine.onnx",
      does: "your own weights, without Python",
    },
  ],
  parameters: {
    flags: {
      out: {
        kind: "parsed",
        parse: parsePath,
        placeholder: "FILE",
        brief: "the file to write",
      },
      ...WEIGHTS_FLAGS,
      heads: namesFlag("only these of the model's heads: detect, segment or classify", "HEADS"),
      raw: { kind: "boolean", withNegated: false, brief: "export the bare network, from normalised floats" },
      size: sizeFlag(
        "always resize to this: a square's side (224) or HEIGHTxWIDTH (512x1024); when left out, it follows each image",
      ),
      half: { kind: "boolean", withNegated: false, brief: "store weights in half precision" },
      overwrite: { ...FILE_FLAGS.overwrite, brief: "replace the file if it exists" },
      json: JSON_FLAG,
    },
    aliases: { o: "out" },
    positional: {
      kind: "tuple",
      parameters: [{ ...MODEL_OR_FILE_ARGUMENT, optional: true }],
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
