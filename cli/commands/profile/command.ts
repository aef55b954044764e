import { importLater } from "../../../core/import_later.ts";
import { EFFECTS } from "../../../models/zoo/paper_tables.ts";
import { command } from "../../command.ts";
import { countFlag, fileFlag, imageSizeFlag, JSON_FLAG, WEIGHTS_FLAGS } from "../../flags/mod.ts";
import {
  GROUPINGS,
  inputFlag,
  MAX_BATCH,
  MAX_RUNS,
  MAX_THREADS,
  PAPER_TABLE_NAMES,
  parseCounts,
  parseRatio,
  RANDOM_WEIGHTS,
  RESULT_FORMATS,
  SORT_COLUMNS,
} from "./flags.ts";

/** `bneck profile`. */
export const profile = command({
  brief: "count and time every layer of a network",
  description:
    "Prints parameters, MAdds, activations and measured milliseconds of each layer of a network of the catalogue " +
    "(--list), a model, or any ONNX file, on one thread by default. Several networks are compared and measured in " +
    "turns. --paper prints a table of the MobileNetV3 paper beside the figures of this machine, --effect measures " +
    "what a redesign of the paper saves here. MAdds count one multiply and one add as 1.",
  examples: [
    {
      line: "bneck profile mobilenetv3-large-1.0 --report report.html",
      does: "each layer with subtotals of the blocks, and a page with charts",
    },
    {
      line: "bneck profile mobilenetv2-1.0 mine.onnx --size 224",
      does: "compare a network with any ONNX file, measured in turns",
    },
    { line: "bneck profile --paper table3", does: "the paper's table 3 beside the figures of this machine" },
  ],
  parameters: {
    flags: {
      size: imageSizeFlag("the size of the input: the side of a square (224) or HEIGHTxWIDTH (1024x2048)"),
      input: inputFlag(
        "the shape of an input, and optionally the value that fills it, such as image:1x3x224x224 or length:1=7",
      ),
      by: {
        kind: "enum",
        values: GROUPINGS,
        optional: true,
        placeholder: "WHAT",
        brief: "what a row stands for; by default a layer, with subtotals of the blocks",
      },
      sort: {
        kind: "enum",
        values: SORT_COLUMNS,
        optional: true,
        placeholder: "COLUMN",
        brief: "sort by a column, largest first, without subtotals",
      },
      top: countFlag("only the N largest rows by --sort (by default: ms), and the rest as one"),
      count: {
        kind: "enum",
        values: ["plain", "extended"],
        optional: true,
        placeholder: "RULE",
        brief:
          "extended also counts h-swish (2) and the final upsampling (1), as the paper does for Cityscapes",
      },
      threads: {
        kind: "parsed",
        parse: (text: string) => parseCounts(text, MAX_THREADS),
        default: "1",
        placeholder: "N,N,…",
        brief: "threads of one inference; several, such as 1,2,4, are compared",
      },
      batch: {
        kind: "parsed",
        parse: (text: string) => parseCounts(text, MAX_BATCH),
        optional: true,
        placeholder: "N,N,…",
        brief: "images at once; several, such as 1,2,4,8, are compared",
      },
      runs: countFlag("how often to run (by default 5 to 100 times, depending on the MAdds)", {
        max: MAX_RUNS,
      }),
      warmup: countFlag("warm-up runs before those, which do not count", { min: 0, max: MAX_RUNS }),
      latency: { kind: "boolean", default: true, brief: "measure as well as count" },
      measure: {
        kind: "enum",
        values: ["latency", "none"],
        optional: true,
        placeholder: "WHAT",
        brief: "none is the same as --no-latency",
      },
      weights: {
        kind: "parsed",
        parse: String,
        default: RANDOM_WEIGHTS,
        placeholder: "FILE",
        brief: "profile the network that this file of weights is for",
      },
      arch: WEIGHTS_FLAGS.arch,
      weightsKey: WEIGHTS_FLAGS.weightsKey,
      paper: {
        kind: "enum",
        values: PAPER_TABLE_NAMES,
        optional: true,
        placeholder: "TABLE",
        brief: "a table of the MobileNetV3 paper, or the figures of its authors' READMEs",
      },
      effect: {
        kind: "enum",
        values: EFFECTS,
        optional: true,
        placeholder: "REDESIGN",
        brief: "a redesign of the paper, on mobilenetv3-large-1.0 or the given MobileNetV3",
      },
      list: { kind: "boolean", withNegated: false, brief: "list the networks of the catalogue" },
      format: {
        kind: "enum",
        values: RESULT_FORMATS,
        optional: true,
        placeholder: "FORM",
        brief: "how results are printed (by default: table)",
      },
      failAbove: {
        kind: "parsed",
        parse: parseRatio,
        optional: true,
        placeholder: "RATIO",
        brief: "exit with 4 if a network takes more than RATIO times as long as the first, beyond chance",
      },
      json: JSON_FLAG,
      flops: { kind: "boolean", withNegated: false, brief: "print FLOPs, two for each MAdd" },
      wide: { kind: "boolean", withNegated: false, brief: "all columns, wider than the terminal too" },
      report: fileFlag("write a report with charts, one HTML file"),
      trace: fileFlag("write the layers as a trace for Perfetto (ui.perfetto.dev)"),
    },
    positional: {
      kind: "array",
      parameter: {
        parse: String,
        async proposeCompletions(): Promise<string[]> {
          const [{ NETWORKS }, { MODELS }] = await Promise.all([
            importLater<typeof import("../../../models/zoo/mod.ts")>(
              import.meta.resolve("../../../models/zoo/mod.ts"),
            ),
            importLater<typeof import("../../../models/registry.ts")>(
              import.meta.resolve("../../../models/registry.ts"),
            ),
          ]);
          return [...NETWORKS, ...MODELS].map(({ name }) => name);
        },
        placeholder: "NETWORK|FILE",
        brief: "a network of the catalogue, a model, an ONNX file or a file of weights",
      },
    },
  },
  exclusive: [["json", "format"], ["paper", "effect", "list"]],
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
