/**
 * COCO result files (a list of detections) as typed arrays.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { Annotations, ReadOptions } from "./annotations.ts";
import { BoxReader } from "./box_reader.ts";
import { DetectionRows } from "./detection_rows.ts";
import { type JsonCursor, keyTable } from "./json/json_cursor.ts";
import { type JsonInput, readJson } from "./json/json_file.ts";
import { rleArea, rleBox } from "./masks/rle.ts";
import { MAX_PIXELS } from "./masks/rle_string.ts";
import { RunBuffer, SegmentationKind, type Segmentations } from "./masks/segmentations.ts";
import { SegmentationsReader } from "./masks/segmentations_reader.ts";

/** Detections against the images and categories of an annotation file. Rows are in file order. */
export interface CocoDetections {
  readonly name: string;
  readonly length: number;
  /** Index in the annotations' `images`. */
  readonly image: Int32Array<ArrayBuffer>;
  /** Index in the annotations' `categories`, or -1 for an unknown one, which is not evaluated. */
  readonly category: Int32Array<ArrayBuffer>;
  /** x, y, width, height in pixels, `[length, 4]`. */
  readonly box: Float64Array<ArrayBuffer>;
  readonly score: Float64Array<ArrayBuffer>;
  /** What area ranges look at: that of the box, or of the mask in files without boxes. */
  readonly area: Float64Array<ArrayBuffer>;
  /** The masks, if they were asked for; a detection without one is taken as its box. */
  readonly segmentations?: Segmentations;
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a result file against its annotations.
 *
 * As in pycocotools the first entry says what the file holds: with a `bbox`, every entry needs one; without,
 * the boxes and areas are those of the masks.
 *
 * @throws {BneckError} The file cannot be read, is not valid JSON (the message names byte and line), or holds an invalid
 * entry (the message names the entry and the field).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./annotations.ts";
 * import { readDetections } from "./detections.ts";
 * const json = (value: unknown) => ({ name: "example.json", bytes: new TextEncoder().encode(JSON.stringify(value)) });
 * const truth = readAnnotations(json({ images: [{ id: 7 }], annotations: [], categories: [{ id: 17, name: "cat" }] }));
 * const found = readDetections(json([{ image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], score: 0.9 }]), truth);
 * assert.ok(found.length === 1 && found.area[0] === 1200);
 * ```
 */
export function readDetections(
  input: JsonInput,
  truth: Annotations,
  options: ReadOptions = {},
): CocoDetections {
  return readJson(input, (cursor) => readResults(cursor, truth, options));
}

const KEYS = keyTable("image_id", "category_id", "bbox", "score", "segmentation", "iscrowd", "area");
const IMAGE_ID = 0, CATEGORY_ID = 1, BBOX = 2, SCORE = 3, SEGMENTATION = 4, IS_CROWD = 5, AREA = 6;
/** After so many entries their number in the whole file is estimated; fewer need no room made for them. */
const ENTRIES_FOR_ESTIMATE = 200;

function readResults(cursor: JsonCursor, truth: Annotations, options: ReadOptions): CocoDetections {
  if (!cursor.whole(() => cursor.atList())) refuseNoList(cursor);
  const images = new Map(truth.images.map(({ id }, index) => [id, index]));
  const categories = new Map(truth.categories.map(({ id }, index) => [id, index]));
  const compat = options.pycocotoolsCompat ?? false;
  const rows = new DetectionRows();
  const masks = new SegmentationsReader();
  const boxes = new BoxReader(cursor), { box } = boxes;
  // What the first entry decides: whether the boxes are given, and whether masks have to be read.
  let withBoxes = true, withMasks = true;

  let lastImageId = NaN, imageIndex = -1;
  let hasImage = false, categoryId = NaN, score = NaN, sides = 0, annotated = false;
  const readField = () => {
    switch (cursor.key(KEYS)) {
      case IMAGE_ID: {
        const id = cursor.integer("image_id");
        if (id !== lastImageId) {
          imageIndex = images.get(id) ?? -1;
          if (imageIndex < 0) {
            cursor.fieldError("image_id", `is ${id}, and no image of ${truth.name} has this id`);
          }
          lastImageId = id;
        }
        hasImage = true;
        break;
      }
      case CATEGORY_ID:
        categoryId = cursor.integer("category_id");
        break;
      case BBOX:
        sides = boxes.read();
        break;
      case SCORE:
        score = cursor.number("score");
        break;
      case SEGMENTATION:
        if (withMasks) masks.read(cursor);
        else cursor.skip();
        break;
      case IS_CROWD:
      case AREA:
        annotated = true;
        cursor.skip();
        break;
      default:
        cursor.skip();
    }
  };
  let unknown = 0;
  const length = cursor.elements("detections", (index) => {
    if (index === 0) withMasks = true;
    hasImage = annotated = false;
    categoryId = score = NaN;
    sides = 0;
    masks.begin();
    cursor.object(readField);
    if (!hasImage) cursor.fieldError("image_id", "is missing");
    if (categoryId !== categoryId) cursor.fieldError("category_id", "is missing");
    if (score !== score) {
      const hint = annotated ? ", and annotations without scores are not detections" : "";
      cursor.fieldError("score", `is missing${hint}`);
    }
    if (index === 0) {
      withBoxes = sides > 0;
      withMasks = !withBoxes || options.masks === true;
      if (!withBoxes && !masks.found) cursor.fieldError("bbox", 'is missing, and so is "segmentation"');
    }
    if (withBoxes ? sides !== 4 : sides !== 0 && sides !== 4) {
      cursor.fieldError("bbox", sides === 0 ? "is missing" : `has ${sides} numbers, not 4`);
    }
    if (sides === 0) {
      if (!masks.found) cursor.fieldError("segmentation", "is missing");
      if (compat && !masks.compressed) {
        cursor.fieldError("segmentation", "is not compressed run lengths, and there is no bbox");
      }
      box.fill(NaN);
    } else if ((box[2] < 0 || box[3] < 0) && !compat) {
      cursor.fieldError("bbox", `has the negative size ${box[2]} × ${box[3]}`);
    }
    const categoryIndex = categories.get(categoryId) ?? -1;
    if (categoryIndex < 0) {
      if (!compat) {
        cursor.fieldError("category_id", `is ${categoryId}, and no category of ${truth.name} has this id`);
      }
      unknown++;
    }
    if (index === ENTRIES_FOR_ESTIMATE) rows.reserve(Math.ceil(1.1 * cursor.estimateCount(index)) + 256);
    rows.push(imageIndex, categoryIndex, box[0], box[1], box[2], box[3], score);
    if (withMasks) masks.commit();
  });
  const warnings: string[] = [];
  if (length === 0) {
    if (compat) throw usageError(`cannot read ${cursor.name}: there are no detections in it`);
    warnings.push(`${cursor.name}: there are no detections in it`);
  }
  if (unknown > 0) {
    const detections = unknown === 1 ? "1 detection is" : `${unknown} detections are`;
    warnings.push(`${cursor.name}: ${detections} of a category that ${truth.name} does not list: dropped`);
  }
  const detections = {
    name: cursor.name,
    length,
    ...rows.finish(),
    area: new Float64Array(length),
    segmentations: withMasks ? masks.finish() : undefined,
    warnings,
  };
  if (options.masks) checkImageSizes(detections, truth);
  if (withBoxes || length === 0) areasOfBoxes(detections);
  else {
    if (!options.masks) checkImageSizes(detections, truth);
    areasOfMasks(detections, truth);
  }
  return options.masks ? detections : { ...detections, segmentations: undefined };
}

function refuseNoList(cursor: JsonCursor): never {
  if (cursor.atObject()) {
    cursor.members(keyTable("images", "annotations", "categories"), (key) => {
      if (key >= 0) {
        throw usageError(
          `cannot read ${cursor.name}: it is an annotation file, not detection results ` +
            `([{"image_id": …, "category_id": …, "bbox": […], "score": …}, …])`,
        );
      }
      cursor.skipMember();
    });
  }
  throw usageError(`cannot read ${cursor.name}: it is not a list of detections`);
}

function areasOfBoxes({ box, area }: CocoDetections): void {
  for (let row = 0; row < area.length; row++) area[row] = box[4 * row + 2] * box[4 * row + 3];
}

/** Areas from the masks, and boxes where none is given. */
function areasOfMasks({ box, area, image, segmentations }: CocoDetections, truth: Annotations): void {
  const masks = segmentations!;
  const runs = new RunBuffer();
  for (let row = 0; row < area.length; row++) {
    const withoutBox = Number.isNaN(box[4 * row]);
    if (masks.kind[row] === SegmentationKind.runs) {
      area[row] = masks.area[row];
      if (withoutBox) box.set(masks.box.subarray(4 * row, 4 * row + 4), 4 * row);
      continue;
    }
    const { height, width } = truth.images[image[row]];
    runs.clear();
    runs.addRow(masks, row, height, width);
    area[row] = rleArea(runs.counts, 0, runs.length);
    if (withoutBox) rleBox(runs.counts, 0, runs.length, height, width, box, 4 * row);
  }
}

/** Polygons and boxes are drawn on the image's grid, so its size must be known. */
function checkImageSizes({ name, image, segmentations }: CocoDetections, truth: Annotations): void {
  for (let row = 0; row < image.length; row++) {
    if (segmentations!.kind[row] === SegmentationKind.runs) continue;
    const { id, width, height } = truth.images[image[row]];
    if (width > 0 && height > 0 && width * height <= MAX_PIXELS) continue;
    throw usageError(
      `cannot compare the masks of ${name}: ${truth.name} gives the size of image ${id} as ${width}×${height}`,
    );
  }
}
