import { importLater } from "../../../core/import_later.ts";
import { command } from "../../command.ts";
import {
  countFlagWithDefault,
  FILE_FLAGS,
  fileFlag,
  JSON_FLAG,
  parseImageSize,
  parsePath,
  timeLimitFlag,
  WIDE_FLAG,
} from "../../flags/mod.ts";
import { MAX_THREADS } from "../profile/flags.ts";
import { parseExponent, parseLatency, SCORE_NAMES, SPACE_NAMES } from "./flags.ts";

/** `bneck search`. */
export const search = command({
  brief: "search for a network of a given latency on this CPU",
  description:
    "Searches a space of networks (MobileNetV3's: kernel, expansion, squeeze-and-excite, width, depth and nonlinearity of " +
    "each stage) by evolution, for a given latency on this CPU. Latency is predicted from a table of layers measured " +
    "here; the network found is then measured as a whole, beside MobileNetV3, MobileNetV2 and MnasNet. Nothing is " +
    "trained: a score of untrained networks stands in for accuracy, and the output says how well it ranks the paper's " +
    "networks. The result is a network that profile, export, models show and fit classify accept. Ctrl-C keeps the best " +
    "so far, and the same command continues from there.",
  examples: [
    {
      line: "bneck search --latency 4.0 -o found.json --report search.html",
      does: "300 candidates for 4 ms at 224×224, and a report with the front",
    },
    {
      line: "bneck search --latency 1.2 --size 160 --exponent -0.15 --time-limit 10m -o small.json",
      does: "a small network, with the reward of MobileNetV3-Small",
    },
    {
      line: "bneck search --latency 3 --hard --evaluations 1000 -o found.json",
      does: "the best score within 3 ms, of more candidates",
    },
  ],
  parameters: {
    flags: {
      space: {
        kind: "enum",
        values: SPACE_NAMES,
        default: "mobilenetv3",
        placeholder: "SPACE",
        brief: "the search space",
      },
      latency: {
        kind: "parsed",
        parse: parseLatency,
        placeholder: "MS",
        brief: "the target latency in milliseconds",
      },
      out: { kind: "parsed", parse: parsePath, placeholder: "FILE", brief: "the network to write (.json)" },
      size: {
        kind: "parsed",
        parse: parseImageSize,
        default: "224",
        placeholder: "SIZE",
        brief: "the input size: the side of a square, or HEIGHTxWIDTH",
      },
      score: {
        kind: "enum",
        values: SCORE_NAMES,
        default: "naswot",
        placeholder: "SCORE",
        brief:
          "the score that stands in for accuracy: NASWOT, Zen-score, both, or the number of multiply-adds",
      },
      exponent: {
        kind: "parsed",
        parse: parseExponent,
        default: "-0.07",
        placeholder: "W",
        brief: "the exponent of latency / target in the reward; MobileNetV3-Small's is -0.15",
      },
      hard: {
        kind: "boolean",
        withNegated: false,
        brief:
          "take the target as a limit: up to it only the score counts, above it the reward falls steeply",
      },
      seed: countFlagWithDefault("the seed of the search", 0, { min: 0, max: 2 ** 31 - 1 }),
      evaluations: countFlagWithDefault("how many candidates are scored", 300, { max: 100_000 }),
      timeLimit: timeLimitFlag(
        "stop after about this time, such as 90s, 10m or 1.5h: measuring for the latency table takes a third of it at most, " +
          "scoring candidates the rest; measuring what was found comes on top",
      ),
      threads: countFlagWithDefault("threads of the inference that is timed", 1, { max: MAX_THREADS }),
      report: fileFlag("write a report with charts and tables (.html)"),
      overwrite: { ...FILE_FLAGS.overwrite, brief: "replace the network if it exists" },
      wide: WIDE_FLAG,
      json: JSON_FLAG,
    },
    aliases: { o: "out" },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
