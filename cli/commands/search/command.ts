import { importLater } from "../../../core/import_later.ts";
import { command } from "../../command.ts";
import { countFlagWithDefault, FILE_FLAGS, fileFlag, JSON_FLAG, parsePath } from "../../flags/mod.ts";
import { MAX_THREADS, parseImageSize } from "../profile/flags.ts";
import { parseDuration, parseExponent, parseLatency, SCORE_NAMES, SPACE_NAMES } from "./flags.ts";

/** `bneck search`. */
export const search = command({
  brief: "search a network for the latency that this CPU has",
  description:
    "Searches the networks of a space (MobileNetV3's: kernel, expansion, squeeze-and-excite, width, depth and " +
    "nonlinearity of each stage) by evolution, for a latency on this CPU. Latency is predicted from a table of layers " +
    "measured here; what was found is then measured whole, beside MobileNetV3, MobileNetV2 and MnasNet. Nothing is " +
    "trained: a score of untrained networks stands in for accuracy, and the result says how well it ranks the paper's " +
    "networks. The file is a network: profile, export, models show and fit classify take it. Ctrl-C keeps the best so " +
    "far, and the same command goes on from there.",
  examples: [
    {
      line: "bneck search --latency 4.0 -o found.json --report search.html",
      does: "300 candidates for 4 ms at 224×224, and a page with the front",
    },
    {
      line: "bneck search --latency 1.2 --size 160 --exponent -0.15 --time-limit 10m -o small.json",
      does: "a small network, with the reward of MobileNetV3-Small",
    },
    {
      line: "bneck search --latency 3 --hard --evaluations 1000 -o found.json",
      does: "the best score that is not slower than 3 ms, of more candidates",
    },
  ],
  parameters: {
    flags: {
      space: { kind: "enum", values: SPACE_NAMES, default: "mobilenetv3", brief: "what is searched" },
      latency: {
        kind: "parsed",
        parse: parseLatency,
        placeholder: "MS",
        brief: "the latency that is aimed at, in milliseconds",
      },
      out: { kind: "parsed", parse: parsePath, placeholder: "FILE", brief: "the network to write (.json)" },
      size: {
        kind: "parsed",
        parse: parseImageSize,
        default: "224",
        placeholder: "SIZE",
        brief: "the size of images: the side of a square, or HEIGHTxWIDTH",
      },
      score: {
        kind: "enum",
        values: SCORE_NAMES,
        default: "naswot",
        brief: "what stands in for accuracy: NASWOT, Zen-score, both, or the number of multiply-adds",
      },
      exponent: {
        kind: "parsed",
        parse: parseExponent,
        default: "-0.07",
        placeholder: "W",
        brief: "the power of latency / target in the reward; MobileNetV3-Small's is -0.15",
      },
      hard: {
        kind: "boolean",
        withNegated: false,
        brief: "reward accuracy alone up to the target, and nothing much above it",
      },
      seed: countFlagWithDefault("another seed searches elsewhere", 0, { min: 0, max: 2 ** 31 - 1 }),
      evaluations: countFlagWithDefault("candidates that are judged", 300, { max: 100_000 }),
      timeLimit: {
        kind: "parsed",
        parse: parseDuration,
        optional: true,
        placeholder: "TIME",
        brief: "judge candidates no longer than this, such as 90s, 10m or 1.5h",
      },
      threads: countFlagWithDefault("threads of the inference whose latency counts", 1, { max: MAX_THREADS }),
      report: fileFlag("write a page with charts and tables (.html)"),
      overwrite: { ...FILE_FLAGS.overwrite, brief: "replace the network if it exists" },
      json: JSON_FLAG,
    },
    aliases: { o: "out" },
  },
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
