/** What the flags of `bneck eval coco` ask to read and to score. */
import type { Annotations, ReadOptions } from "../../../../datasets/coco/files/annotations.ts";
import { categoryLabels, spaceless } from "../../../../datasets/coco/categories.ts";
import type { CocoId } from "../../../../datasets/coco/ids.ts";
import { areaRanges, COCO_SIGMAS, type CocoParams, cocoParams } from "../../../../datasets/coco/params.ts";
import { checkNames } from "../../../flags/mod.ts";
import type { CocoFlags } from "./flags.ts";

/** What has to be read of the files. */
export function readingOf(
  { iouType, oksSigmas, lvis, honorIgnore, pycocotoolsCompat }: CocoFlags,
): ReadOptions {
  const keypoints = iouType === "keypoints" ? (oksSigmas?.sigmas ?? COCO_SIGMAS).length : undefined;
  return { masks: iouType === "segm", keypoints, lvis, honorIgnore, pycocotoolsCompat };
}

/**
 * What is scored.
 *
 * @throws {BneckError} (usage) A class is unknown, or a number is invalid.
 */
export function paramsOf(
  flags: CocoFlags,
  truth: Annotations,
  imageIds: readonly CocoId[] | undefined,
): CocoParams {
  const { iouType, oksSigmas, lvis, classes, classAgnostic, maxDets, iouThresholds, pycocotoolsCompat } =
    flags;
  return cocoParams({
    iouType,
    ...(oksSigmas && { oksSigmas: oksSigmas.sigmas }),
    ...(lvis && { lvis }),
    pycocotoolsCompat,
    imageIds,
    categoryIds: classes && categoriesNamed(classes, truth),
    ...(classAgnostic && { useCategories: false }),
    ...(flags.areaRanges && { areaRanges: areaRanges(flags.areaRanges) }),
    ...(maxDets && { maxDetections: maxDets }),
    ...(iouThresholds && { iouThresholds: [...iouThresholds].sort((a, b) => a - b) }),
  });
}

/**
 * The ids of the categories with these names, or with their labels where a name is not enough or has a comma.
 *
 * @throws {BneckError} (usage) A name is unknown.
 */
function categoriesNamed(names: readonly string[], { categories }: Annotations): CocoId[] {
  const labels = [categoryLabels(categories), categoryLabels(categories, spaceless)];
  checkNames("--classes", names, [...new Set([...categories.map(({ name }) => name), ...labels.flat()])]);
  return categories
    .filter(({ name }, k) => [name, ...labels.map((of) => of[k])].some((known) => names.includes(known)))
    .map(({ id }) => id);
}
