import { restoreCityscapes } from "./cityscapes/scored.ts";
import { restoreCoco } from "./coco/scored.ts";
import { restoreImagenet } from "./imagenet/scored.ts";
import type { SavedState } from "./saved_state.ts";
import type { Scored } from "./scored.ts";
import { restoreSegmentation } from "./segmentation/scored.ts";

/** How the evaluation in a saved state is restored, by benchmark; `where` names the file in errors. */
export const BENCHMARKS: Readonly<Record<string, (saved: SavedState, where: string) => Scored>> = {
  coco: restoreCoco,
  cityscapes: restoreCityscapes,
  segmentation: restoreSegmentation,
  imagenet: restoreImagenet,
};
