/**
 * Labels as COCO's files.
 *
 * @module
 */
import { concatenate } from "../../core/bytes.ts";
import { type CocoId, idAsJsonText } from "../coco/ids.ts";
import type { JsonInput } from "../coco/json/json_file.ts";
import { compressCounts } from "../coco/masks/rle_string.ts";
import {
  areaOfParts,
  boxAround,
  boxCorners,
  type LabelledImage,
  type LabelledObject,
  type LabelledSet,
  maskOfParts,
} from "./labelled_image.ts";
import { LABELME_BACKGROUND, LABELME_IGNORE } from "./labelme.ts";

/** Labels that stand for no object. */
const NO_OBJECTS: readonly string[] = [LABELME_BACKGROUND, LABELME_IGNORE, "background"];

/**
 * The set as an annotation file in memory: images and categories are numbered from 1 in their order. Boxes and polygons
 * stay as they are; the area of a box is its own, of all else that of the mask.
 */
export function asAnnotations({ path, images, classes }: LabelledSet): Exclude<JsonInput, string> {
  const kept = classes.filter((name) => !NO_OBJECTS.includes(name));
  const ids = new Map(kept.map((name, k) => [name, k + 1]));
  const pieces = [
    `{"categories":${JSON.stringify(kept.map((name) => ({ id: ids.get(name), name })))},"images":`,
    JSON.stringify(
      images.map(({ name, width, height }, k) => ({ id: k + 1, file_name: name, width, height })),
    ),
    ',"annotations":[',
  ];
  let count = 0;
  for (const [k, image] of images.entries()) {
    for (const object of image.objects) {
      const category = ids.get(object.label);
      if (category === undefined) continue;
      const annotation = {
        id: count + 1,
        image_id: k + 1,
        category_id: category,
        bbox: boxAround(object.parts),
        area: areaOfParts(object.parts, image),
        segmentation: segmentationOf(object, image),
        iscrowd: object.isCrowd ? 1 : 0,
        keypoints: object.keypoints,
      };
      pieces.push(`${count++ === 0 ? "" : ","}\n${JSON.stringify(annotation)}`);
    }
  }
  pieces.push("]}");
  return { name: path, bytes: encoded(pieces) };
}

/** Detections as a results file in memory. */
export function asResults(
  path: string,
  detections: Iterable<{
    readonly imageId: CocoId;
    readonly categoryId: CocoId;
    readonly image: LabelledImage;
    readonly object: LabelledObject;
  }>,
): Exclude<JsonInput, string> {
  const pieces = ["["];
  for (const { imageId, categoryId, image, object } of detections) {
    const { parts, score } = object;
    const boxOnly = parts.length === 1 && parts[0].kind === "box";
    const result = {
      bbox: boxAround(parts),
      score,
      keypoints: object.keypoints,
      // pycocotools measures polygons of results only as run lengths.
      ...(boxOnly ? {} : { segmentation: runsOf(object, image) }),
    };
    const ids = `"image_id":${idAsJsonText(imageId)},"category_id":${idAsJsonText(categoryId)}`;
    pieces.push(`${pieces.length === 1 ? "" : ","}\n{${ids},${JSON.stringify(result).slice(1)}`);
  }
  pieces.push("]");
  return { name: path, bytes: encoded(pieces) };
}

function segmentationOf(object: LabelledObject, image: LabelledImage): unknown {
  const { parts } = object;
  if (parts.some(({ kind }) => kind === "mask")) return runsOf(object, image);
  return parts.flatMap((part) =>
    part.kind === "polygon" ? [part.corners] : part.kind === "box" ? [boxCorners(part.box)] : []
  );
}

function runsOf({ parts }: LabelledObject, image: LabelledImage): unknown {
  const { counts, height, width } = maskOfParts(parts, image);
  return { size: [height, width], counts: compressCounts(counts) };
}

function encoded(pieces: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  return concatenate(pieces.map((piece) => encoder.encode(piece)));
}
