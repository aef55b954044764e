/**
 * What tells annotations apart.
 *
 * @module
 */
import type { Annotations } from "./annotations.ts";
import { idToJson } from "../ids.ts";

/**
 * SHA-256 of the content of annotations, whatever file they were in, as hexadecimal digits. Evaluations of different
 * annotations must not be merged.
 */
export async function annotationsDigest({ images, categories, ...columns }: Annotations): Promise<string> {
  // Loaded here, since most evaluations do without it and the start of the program counts.
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  const named = categories.map((category) => ({ ...category, id: idToJson(category.id) }));
  hash.update(JSON.stringify([images.map((image) => idToJson(image.id)), named]));
  if (images.some(({ negativeCategoryIds }) => negativeCategoryIds !== undefined)) {
    const lists = images.map(({ negativeCategoryIds = [], notExhaustiveCategoryIds = [] }) =>
      [negativeCategoryIds, notExhaustiveCategoryIds].map((ids) => ids.map(idToJson))
    );
    hash.update(JSON.stringify(lists));
  }
  const { id, image, category, box, area, crowd, ignored, keypoints } = columns;
  for (
    const column of [
      id,
      image,
      category,
      box,
      area,
      crowd,
      ...ignored ? [ignored] : [],
      ...keypoints ? [keypoints] : [],
    ]
  ) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return hash.digest("hex");
}
