/** `--save trainids,labelids`: labels in the ids of Cityscapes. */
import { usageError } from "../../../core/errors.ts";
import { IGNORED_TRAIN_ID } from "../../../datasets/cityscapes/mod.ts";
import { streetMapping } from "../../../datasets/segmentation/mod.ts";
import type { RunnableModel } from "../../../models/entry.ts";
import {
  type FileKind,
  MAPPED_FILES,
  type SegmentSettings,
  streetIdTables,
} from "../../../models/pipeline/mod.ts";
import type { Context } from "../../context.ts";

/**
 * The tables of Cityscapes' ids for those of `files` that need them; says which classes have other names there, and warns
 * of those that it does not score.
 *
 * @throws {BneckError} (usage) when the model has none of Cityscapes' classes.
 */
export function announcedIdTables(
  { log }: Context,
  model: RunnableModel,
  files: readonly FileKind[],
): SegmentSettings["idTables"] {
  const kinds = MAPPED_FILES.filter((kind) => files.includes(kind));
  const mapping = streetMapping(model.labels.segment!.map(({ name }) => name));
  const { matched, unmatched } = mapping;
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
  return streetIdTables(mapping);
}
