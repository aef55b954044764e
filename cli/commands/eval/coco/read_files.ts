/** The ground truth and the detections of `bneck eval coco`, in whatever form they are. */
import { importLater } from "../../../../core/import_later.ts";
import {
  type Annotations,
  readAnnotations,
  type ReadOptions,
} from "../../../../datasets/coco/files/annotations.ts";
import { type CocoDetections, readDetections } from "../../../../datasets/coco/files/detections.ts";
import { isOfLabelling } from "../../../../datasets/labelling/is_drawn.ts";

// The readers of other forms are loaded where they are needed, since the start is a good part of a run of half a second.

/**
 * Reads COCO's annotations, or the labels of labelme, CVAT, Pascal VOC and YOLO.
 *
 * @param images the folder of the images, which YOLO's labels need for their sizes
 * @throws {BneckError} They cannot be read.
 */
export async function readTruth(
  path: string,
  images: string | undefined,
  reading: ReadOptions,
): Promise<Annotations> {
  if (!isOfLabelling(path)) return readAnnotations(path, reading);
  const { readLabelledTruth } = await importLater<
    typeof import("../../../../datasets/labelling/label_files.ts")
  >(
    import.meta.resolve("../../../../datasets/labelling/label_files.ts"),
  );
  return await readLabelledTruth(path, images, reading);
}

/**
 * Reads COCO's results, or a folder of YOLO's.
 *
 * @throws {BneckError} They cannot be read.
 */
export async function readFound(
  path: string,
  truth: Annotations,
  reading: ReadOptions,
): Promise<CocoDetections> {
  if (!isOfLabelling(path)) return readDetections(path, truth, reading);
  const { readLabelledDetections } = await importLater<
    typeof import("../../../../datasets/labelling/label_files.ts")
  >(
    import.meta.resolve("../../../../datasets/labelling/label_files.ts"),
  );
  return await readLabelledDetections(path, truth, reading);
}
