/** Label images in the ids of Cityscapes, of models that know street classes by other names. */
import type { Color } from "../../core/images/mod.ts";
import { EVALUATED_LABELS, IGNORED_TRAIN_ID, PIXEL_LABELS } from "../../datasets/cityscapes/labels.ts";
import type { StreetMapping } from "../../datasets/segmentation/street_mapping.ts";
import type { IdTable, SegmentSettings } from "./job.ts";

/**
 * The tables by which `trainids` and `labelids` are written, {@linkcode SegmentSettings.idTables}. Classes that Cityscapes
 * does not score become "unlabeled".
 *
 * @param mapping of the model's classes, as `streetMapping` of `datasets/segmentation` gives it
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { streetMapping } from "../../datasets/segmentation/street_mapping.ts";
 * import { streetIdTables } from "./street_ids.ts";
 *
 * const { trainids } = streetIdTables(streetMapping(["sky", "pavement", "kerb"]));
 * assert.deepEqual([...trainids.ids.subarray(0, 4)], [10, 1, 255, 255]);
 * ```
 */
export function streetIdTables(
  { trainIds, labelIds }: Pick<StreetMapping, "trainIds" | "labelIds">,
): Record<keyof NonNullable<SegmentSettings["idTables"]>, IdTable> {
  const trainColors: Color[] = EVALUATED_LABELS.map(({ color }) => color);
  trainColors[IGNORED_TRAIN_ID] = [0, 0, 0];
  return {
    trainids: { ids: ofEveryId(trainIds, IGNORED_TRAIN_ID), palette: trainColors },
    labelids: { ids: ofEveryId(labelIds, 0), palette: PIXEL_LABELS.map(({ color }) => color) },
  };
}

/** `ids`, and `none` for every id beyond them. */
function ofEveryId(ids: ArrayLike<number>, none: number): Uint8Array {
  const all = new Uint8Array(256).fill(none);
  all.set(ids);
  return all;
}
