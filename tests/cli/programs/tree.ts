/** Commands of every kind, for the tests of parsing, help and completions. None of them does anything but print. */
import type { InputSize } from "../../../models/input_size.ts";
import { command, commandGroup } from "../../../cli/command.ts";
import type { Context } from "../../../cli/context.ts";
import {
  checkGates,
  choiceArgument,
  choiceFlag,
  FILE_FLAGS,
  FILE_FLAGS_EXCLUSIVE,
  type FileFlags,
  folderFlag,
  fractionFlagWithDefault,
  type Gate,
  gatesFlag,
  INPUTS,
  listFlag,
  namesFlag,
  RESULT_FLAGS,
  RESULT_FLAGS_EXCLUSIVE,
  type ResultFlags,
  type Shard,
  shardFlag,
  sizeFlag,
  WORKER_ALIASES,
  WORKER_FLAGS,
  type WorkerFlags,
} from "../../../cli/flags/mod.ts";

const KINDS = ["ids", "color", "overlay", "scores"] as const;
const MODELS = ["mb3-large-075", "mb3-small-100"] as const;

interface SegmentFlags extends ResultFlags, FileFlags, WorkerFlags {
  readonly model: typeof MODELS[number];
  readonly out?: string;
  readonly save: readonly (typeof KINDS[number])[];
  readonly classes?: readonly string[];
  readonly opacity: number;
  readonly size?: InputSize;
  readonly antialias: boolean;
}

/** A command with flags of every kind. */
export const segment = command({
  brief: "label every pixel",
  description:
    "Labels every pixel of images and writes the labels beside them in the same tree of folders, so that " +
    "nothing has to be sorted by hand.",
  examples: [
    { line: "bneck segment photos -o out", does: "label all photos" },
    { line: "bneck segment a.jpg --save ids,color", does: "label one photo" },
  ],
  parameters: {
    positional: INPUTS,
    flags: {
      model: choiceFlag("the model", MODELS, "mb3-large-075"),
      out: folderFlag("where files go"),
      save: listFlag("what to write", KINDS, ["ids", "overlay"]),
      classes: namesFlag("only these classes"),
      opacity: fractionFlagWithDefault("how strong the overlay is", 0.5),
      size: sizeFlag(),
      antialias: { kind: "boolean", default: true, brief: "smooth when shrinking" },
      ...RESULT_FLAGS,
      ...FILE_FLAGS,
      ...WORKER_FLAGS,
    },
    aliases: { m: "model", o: "out", ...WORKER_ALIASES },
  },
  exclusive: [RESULT_FLAGS_EXCLUSIVE, FILE_FLAGS_EXCLUSIVE],
  load: () =>
    Promise.resolve({
      default: function (this: Context, flags: SegmentFlags, ...inputs: string[]) {
        this.printJson({ flags, inputs });
      },
    }),
});

interface CocoFlags {
  readonly min?: readonly Gate[];
  readonly shard?: Shard;
}

const coco = command({
  brief: "COCO's mAP",
  description: "Computes it.",
  examples: [{ line: "bneck eval coco --min AP=0.2", does: "fail below 0.2" }],
  parameters: { flags: { min: gatesFlag, shard: shardFlag } },
  load: () =>
    Promise.resolve({
      default: function (this: Context, { min = [], shard }: CocoFlags) {
        checkGates(min, ["AP", "AP50"]);
        this.printJson({ min, shard });
      },
    }),
});

const show = command({
  brief: "show one model: its 'tags', [size] and $HOME",
  description: "Shows it.",
  examples: [{ line: "bneck models show mb3-large-075", does: "show it" }],
  parameters: {
    positional: { kind: "tuple", parameters: [choiceArgument("a model", MODELS, "MODEL")] },
  },
  load: () =>
    Promise.resolve({
      default: function (this: Context, _flags: Readonly<Record<never, never>>, model: string) {
        this.print(model);
      },
    }),
});

/** The whole tree. */
export const TREE = commandGroup({
  brief: "test",
  description: "A program for tests.",
  routes: {
    segment,
    eval: commandGroup({ brief: "evaluate", description: "Evaluates.", routes: { coco } }),
    models: commandGroup({ brief: "models", description: "Models.", routes: { show } }),
  },
});
