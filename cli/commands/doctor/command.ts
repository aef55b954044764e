import { command } from "../../command.ts";
import { JSON_FLAG } from "../../flags/mod.ts";

/** `bneck doctor`. */
export const doctor = command({
  brief: "check that this machine can run bneck",
  description:
    "Checks everything that bneck depends on and says what is missing and what to do about it: the version of " +
    "Deno, onnxruntime (a small network is run), the embedded models' weights, the processor's instruction sets, memory, the image codecs (each " +
    "decodes an image), ffmpeg, the folder for downloaded models and Deno's permissions. The exit status is 0 when bneck " +
    "can be used and 3 when not.",
  examples: [
    { line: "bneck doctor", does: "check this machine" },
    {
      line: "bneck doctor --json > machine.json",
      does: "keep the findings, for example beside measured times",
    },
  ],
  parameters: { flags: { json: JSON_FLAG } },
  // Named so that it can be imported without permission to read, of which it tells.
  load: () => import("./run.ts"),
});
