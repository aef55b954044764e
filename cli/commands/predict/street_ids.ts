/** `--save trainids,labelids`: labels in the ids of Cityscapes. */
import { usageError } from "../../../core/errors.ts";
import type { Color } from "../../../core/images/mod.ts";
import { EVALUATED_LABELS, IGNORED_TRAIN_ID, PIXEL_LABELS } from "../../../datasets/cityscapes/mod.ts";
import { streetMapping } from "../../../datasets/segmentation/mod.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import { type FileKind, MAPPED_FILES, type SegmentSettings } from "../../../models/pipeline/mod.ts";
import type { Context } from "../../context.ts";

/**
 * The tables that map the classes of `model` to Cityscapes' ids, for those of `files` that need them. Classes that Cityscapes does not
 * score become "unlabeled", with a warning that names them.
 *
 * @throws {BneckError} (usage) when the model has none of Cityscapes' classes.
 */
export function streetIdTables(
  { log }: Context,
  model: RunnableModel,
  files: readonly FileKind[],
): SegmentSettings["idTables"] {
  const kinds = MAPPED_FILES.filter((kind) => files.includes(kind));
  const { trainIds, labelIds, matched, unmatched } = streetMapping(
    model.labels.segment!.map(({ name }) => name),
  );
  if (matched.length === 0) {
    throw usageError(`--save ${kinds.join(",")}: ${model.name} has none of the classes of Cityscapes`);
  }
  const renamed = matched.filter(({ name, cityscapes }) => name !== cityscapes);
  if (renamed.length > 0) {
    log.info(
      `in Cityscapes' terms: ${renamed.map(({ name, cityscapes }) => `${name} → ${cityscapes}`).join(", ")}`,
    );
  }
  if (unmatched.length > 0) {
    log.warn(
      `Cityscapes has no class for ${
        unmatched.join(", ")
      }: these pixels get ${IGNORED_TRAIN_ID} in trainids, 0 in labelids`,
    );
  }
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
