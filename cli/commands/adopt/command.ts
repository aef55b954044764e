import { importLater } from "../../../core/import_later.ts";
import { command } from "../../command.ts";
import { FILE_FLAGS, JSON_FLAG, parsePath } from "../../flags/mod.ts";
import { ANSWER_FLAGS } from "./flags.ts";

/** `bneck adopt`. */
export const adopt = command({
  brief: "make a model of an ONNX file that others exported",
  description:
    "Finds out how the file is used, from its metadata, from the files of Hugging Face beside it, from its shapes and from " +
    "one run, and prints each finding with the flags that change it. With --out it writes a copy that says all of it in its " +
    "metadata; every command that takes --model takes that copy.",
  examples: [
    {
      line: "bneck adopt yolov8n.onnx -o yolov8n.bneck.onnx",
      does: "an export of ultralytics, which says everything",
    },
    {
      line:
        "bneck adopt seg.onnx --task segment --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --labels names.txt -o seg.bneck.onnx",
      does: "a network that says nothing",
    },
  ],
  parameters: {
    flags: {
      out: {
        kind: "parsed",
        parse: parsePath,
        optional: true,
        placeholder: "FILE",
        brief: "the copy to write; without it nothing is written",
      },
      ...ANSWER_FLAGS,
      overwrite: { ...FILE_FLAGS.overwrite, brief: "replace the file if it exists" },
      json: JSON_FLAG,
    },
    aliases: { o: "out" },
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "FILE", brief: "the ONNX file" }],
    },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
