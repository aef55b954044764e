import { createHash } from "node:crypto";
import type { Annotations } from "../../../../datasets/coco/mod.ts";

/** SHA-256 of what annotations say, whatever file they were in; shards of other annotations are not merged. */
export function annotationsDigest({ images, categories, ...columns }: Annotations): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([images.map(({ id }) => id), categories]));
  const { id, image, category, box, area, crowd } = columns;
  for (const column of [id, image, category, box, area, crowd]) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return hash.digest("hex");
}
