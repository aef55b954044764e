import { usageError } from "../../../core/errors.ts";
import { flagName } from "../../arguments.ts";
import { command } from "../../command.ts";
import { listFlag } from "../../flags/mod.ts";
import {
  ALL_SAVES,
  DETECT_FLAGS,
  type DetectFlags,
  PREDICT_ALIASES,
  PREDICT_EXCLUSIVE,
  PREDICT_FLAGS,
  PREDICT_INPUTS,
  type PredictFlags,
  saveFlag,
  SEGMENT_FLAGS,
  type SegmentFlags,
  taskFlags,
} from "../predict/flags.ts";
import { predictWith } from "../predict/predict_with.ts";

interface Flags extends PredictFlags, DetectFlags, SegmentFlags {
  readonly heads: readonly (typeof HEADS[number])[];
}

const HEADS = ["detect", "segment"] as const;

const SAVES = ["boxes", "json", "ids", "overlay"] as const;

/** `bneck run`. */
export const run = command({
  brief: "detect and segment in a single pass",
  description:
    "Runs several heads of a model in one pass of its backbone, which costs little more than running one of " +
    "them. Takes the flags of detect and segment; --classes applies to both. Saves, besides what these do, each " +
    "object as a transparent PNG (cutouts), its mask the largest connected part of its class's pixels inside its box; " +
    "with --save coco, results have such masks as segmentation. By default it knows what detect and segment know: COCO's " +
    "80 classes of objects, Pascal VOC's 20 classes of pixels; with -m street, 11 classes of street scenes.",
  examples: [
    { line: "bneck run photos -o out", does: "boxes and overlays of a folder" },
    {
      line: "bneck run photos -o out --save cutouts",
      does: "people, animals and things cut out of photos",
    },
    { line: "bneck run photo.jpg --json", does: "objects and classes as one JSON object" },
  ],
  parameters: {
    flags: {
      ...PREDICT_FLAGS,
      ...taskFlags("detect", "segment"),
      heads: listFlag("what to run", HEADS, HEADS),
      save: saveFlag(ALL_SAVES, SAVES),
      ...DETECT_FLAGS,
      ...SEGMENT_FLAGS,
    },
    aliases: PREDICT_ALIASES,
    positional: PREDICT_INPUTS,
  },
  exclusive: PREDICT_EXCLUSIVE,
  load: predictWith<Flags>(SAVES, (flags, configured) => {
    for (const head of HEADS) if (!flags.heads.includes(head)) refuseFlagsOf(head, flags, configured);
    return {
      ...(flags.heads.includes("detect") && { detect: flags }),
      ...(flags.heads.includes("segment") && { segment: flags }),
    };
  }),
});

/**
 * Flags of `bneck.json` are passed over, and those at their defaults change nothing.
 *
 * @throws {BneckError} (usage) A flag is given of a head that does not run.
 */
function refuseFlagsOf(head: typeof HEADS[number], flags: Flags, configured: ReadonlySet<string>): void {
  const [own, others]: readonly Readonly<Record<string, object>>[] = head === "detect"
    ? [DETECT_FLAGS, SEGMENT_FLAGS]
    : [SEGMENT_FLAGS, DETECT_FLAGS];
  const given = Object.entries(own).find(([name, flag]) => {
    if (configured.has(name) || Object.hasOwn(others, name)) return false;
    const value = flags[name as keyof Flags];
    return value !== undefined && ("default" in flag ? String(flag.default) : undefined) !== String(value);
  });
  if (given === undefined) return;
  const [name] = given;
  const flag = flags[name as keyof Flags] === false ? `--no-${flagName(name).slice(2)}` : flagName(name);
  throw usageError(`${flag} is for ${head}, which --heads ${flags.heads.join(",")} does not run`);
}
