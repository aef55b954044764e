/**
 * The rules of LVIS, where each class was looked for in a part of the images only (Gupta et al. 2019, section 3;
 * `LVISResults.limit_dets_per_image` and `LVISEval._prepare` of lvis-api).
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations } from "../files/annotations.ts";
import type { CocoDetections } from "../files/detections.ts";
import type { CocoId } from "../ids.ts";
import type { CocoParams } from "../params.ts";

/** What becomes of detections by the rules; a row each. */
export interface FederatedDetections {
  /** Index of the category, -1 for a detection that is not evaluated. */
  readonly category: Int32Array<ArrayBuffer>;
  /** 1 where it can be right but not wrong. */
  readonly neverWrong: Uint8Array<ArrayBuffer>;
}

/**
 * Of each image the detections with the highest scores, of all categories up to the limit, count, if their category is
 * known to be there or not to be there.
 *
 * @param evaluated for each category of the file -1 if it is not evaluated
 * @throws {BneckError} (usage) The annotations were read without the lists of LVIS.
 */
export function federatedDetections(
  truth: Annotations,
  detections: CocoDetections,
  { maxDetections }: CocoParams,
  evaluated: Int32Array,
): FederatedDetections {
  const places = new Map(truth.categories.map(({ id }, place) => [id, place]));
  const placesOf = (ids: readonly CocoId[] | undefined): Set<number> => {
    if (ids === undefined) {
      throw usageError(`cannot apply the rules of LVIS: ${truth.name} was read without its lists`);
    }
    return new Set(ids.flatMap((id) => places.get(id) ?? []));
  };
  const known = truth.images.map(({ negativeCategoryIds }) => placesOf(negativeCategoryIds));
  const notExhaustive = truth.images.map(({ notExhaustiveCategoryIds }) =>
    placesOf(notExhaustiveCategoryIds)
  );
  for (let row = 0; row < truth.length; row++) {
    const image = truth.image[row], category = truth.category[row];
    if (image >= 0 && category >= 0 && evaluated[category] >= 0) known[image].add(category);
  }
  const category = detections.category.slice();
  dropBeyond(maxDetections[maxDetections.length - 1], detections, category, truth.images.length);
  const neverWrong = new Uint8Array(category.length);
  for (let row = 0; row < category.length; row++) {
    const image = detections.image[row];
    if (image < 0 || category[row] < 0) continue;
    if (notExhaustive[image].has(category[row])) neverWrong[row] = 1;
    if (!known[image].has(category[row])) category[row] = -1;
  }
  return { category, neverWrong };
}

/** Takes the category from those of each image that are not among its `limit` first by score, then by place. */
function dropBeyond(
  limit: number,
  { image, score }: CocoDetections,
  category: Int32Array,
  images: number,
): void {
  const counts = new Int32Array(images);
  for (let row = 0; row < image.length; row++) if (image[row] >= 0) counts[image[row]]++;
  const rows = new Map<number, number[]>();
  for (let row = 0; row < image.length; row++) {
    if (image[row] < 0 || counts[image[row]] <= limit) continue;
    const others = rows.get(image[row]);
    if (others === undefined) rows.set(image[row], [row]);
    else others.push(row);
  }
  for (const ofImage of rows.values()) {
    ofImage.sort((a, b) => score[b] - score[a] || a - b);
    for (const row of ofImage.slice(limit)) category[row] = -1;
  }
}
