/** Which flags of `bneck eval coco` go together. */
import { usageError } from "../../../../core/errors.ts";
import { flagName } from "../../../arguments.ts";
import { refuseReplacing } from "../../../replacing.ts";
import type { CocoCommandFlags } from "./flags.ts";

/** @throws {BneckError} (usage) Flags that do not go together, or that name a file twice. */
export function checkFlags(flags: CocoCommandFlags, results: readonly string[]): void {
  if (flags.oksSigmas !== undefined && flags.iouType !== "keypoints") {
    throw usageError("--oks-sigmas are those of keypoints: give --iou-type keypoints");
  }
  if (flags.lvis && flags.iouType === "keypoints") {
    throw usageError("LVIS has boxes and masks, no keypoints: give --lvis without --iou-type keypoints");
  }
  if (flags.compare) {
    if (flags.annotations.length > 1) throw usageError("--compare takes one --annotations file");
    if (results.length !== 2) {
      throw usageError(
        `--compare takes two results files, as in --compare A.json B.json; got ${results.length}`,
      );
    }
    return;
  }
  if (results.length > 0) {
    throw usageError(
      `unexpected argument ${results[0]}; a results file is given as --detections ${results[0]}`,
    );
  }
  if (flags.images === undefined && flags.detections === undefined) {
    throw usageError(
      "nothing to score: --images DIR runs a model over a folder, --detections FILE reads results",
    );
  }
  if (flags.detections === undefined && flags.iouType === "keypoints") {
    throw usageError(
      "--iou-type keypoints needs keypoints, which no model finds; give --detections with keypoints",
    );
  }
  checkSeveral(flags);
  const { saveDetections, saveState, report, imagesSubset, weights, model } = flags;
  const { annotations: [annotations], detections: [detections] = [], modelLabels } = flags;
  refuseReplacing(
    { saveDetections, saveState, report },
    { annotations, detections, imagesSubset, model, weights, modelLabels },
  );
}

/** What there is no place for in a table of several sets. */
const OF_ONE_SET = [
  "perClass",
  "report",
  "shard",
  "saveState",
  "saveDetections",
  "imagesSubset",
  "timings",
] as const;

function checkSeveral(flags: CocoCommandFlags): void {
  const { annotations, detections = [] } = flags;
  if (annotations.length <= 1 && detections.length <= 1) return;
  const given = OF_ONE_SET.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (given !== undefined) {
    throw usageError(
      `${flagName(given)} is for one set, and there are ${Math.max(annotations.length, detections.length)}`,
    );
  }
  if (detections.length === 0 || annotations.length === 1 || detections.length === annotations.length) return;
  throw usageError(
    `${detections.length} --detections for ${annotations.length} --annotations: give as many, in the same order`,
  );
}
