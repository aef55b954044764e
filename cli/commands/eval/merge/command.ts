import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import { SCORE_EXCLUSIVE, SCORE_FLAGS } from "../flags.ts";

const { perClass, json, format, wide, min, saveState, report } = SCORE_FLAGS;

/** `bneck eval merge`. */
export const merge = command({
  brief: "join what shards of an evaluation counted",
  description:
    "Joins the files that runs with --shard and --save-state left, of any of the benchmarks, and prints the scores " +
    "of all: the same as one run would have printed, to the last digit. Jobs of any scheduler can share an " +
    "evaluation this way. What needs the images or the detections themselves is in the reports of the shards only.",
  examples: [
    {
      line: "bneck eval merge part-1.json part-2.json",
      does: "the scores of two jobs with --shard 1/2 --save-state part-1.json and so on",
    },
    {
      line: "bneck eval merge part-*.json --min AP=0.25",
      does: "exit with 4 if all together are below 0.25",
    },
  ],
  parameters: {
    flags: { perClass, json, format, wide, min, saveState, report },
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "STATE", brief: "a file that --save-state wrote" },
      minimum: 1,
    },
  },
  exclusive: [SCORE_EXCLUSIVE],
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
