/**
 * COCO result files (a list of detections) as typed arrays.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations, ReadOptions } from "./annotations.ts";
import { BoxReader, COMPAT_HINT, wrongBox } from "./box_reader.ts";
import { KeypointsReader } from "./keypoints_reader.ts";
import { areasOfBoxes, areasOfMasks, checkMaskSizes } from "./detection_areas.ts";
import { DetectionRows } from "./detection_rows.ts";
import { NameContradictions } from "../doubts/name_contradictions.ts";
import type { CocoId } from "../ids.ts";
import { type JsonCursor, keyTable } from "../json/json_cursor.ts";
import { type JsonInput, readJson } from "../json/json_file.ts";
import type { Segmentations } from "../masks/segmentations.ts";
import { SegmentationsReader } from "../masks/segmentations_reader.ts";
import { refuseOtherFile, unknownCategory, unknownImage } from "../doubts/other_results.ts";

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
  /** The keypoints, if they were asked for, as {@linkcode Annotations.keypoints}; the third number of each is not used. */
  readonly keypoints?: Float64Array<ArrayBuffer>;
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a result file against its annotations.
 *
 * As in pycocotools the first entry says what the file holds: with a `bbox`, every entry needs one; without,
 * the boxes and areas are those of the masks, or of the keypoints if these are compared.
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

const KEYS = keyTable(
  "image_id",
  "category_id",
  "bbox",
  "score",
  "segmentation",
  "iscrowd",
  "area",
  "file_name",
  "keypoints",
);
const IMAGE_ID = 0,
  CATEGORY_ID = 1,
  BBOX = 2,
  SCORE = 3,
  SEGMENTATION = 4,
  IS_CROWD = 5,
  AREA = 6,
  FILE_NAME = 7,
  KEYPOINTS = 8;
const HAS_IMAGE = 1, HAS_CATEGORY = 2, HAS_BOX = 4, ANNOTATED = 8;

/** After so many entries their number in the whole file is estimated; fewer need no room made for them. */
const ENTRIES_FOR_ESTIMATE = 200;

function readResults(cursor: JsonCursor, truth: Annotations, options: ReadOptions): CocoDetections {
  if (!cursor.whole(() => cursor.atList())) refuseOtherFile(cursor);
  const images = new Map(truth.images.map(({ id }, index) => [id, index]));
  const categories = new Map(truth.categories.map(({ id }, index) => [id, index]));
  const compat = options.pycocotoolsCompat ?? false;
  const rows = new DetectionRows();
  const masks = new SegmentationsReader(compat);
  const keypoints = options.keypoints === undefined ? undefined : new KeypointsReader(options.keypoints);
  const boxes = new BoxReader(cursor), { box } = boxes;
  // What the first entry decides: whether the boxes are given, and whether masks have to be read.
  let withBoxes = true, withMasks = true;

  let lastImageId: CocoId = NaN, imageIndex = -1;
  let lastCategoryId: CocoId = NaN, categoryIndex = -1;
  /** Which of the fields below the entry has, as bits: one variable, since it is cleared for each of a million. */
  let seen = 0;
  let score = NaN, sides = 0;
  let fileName: string | undefined;
  const contradictions = new NameContradictions(truth);
  const readField = () => {
    switch (cursor.key(KEYS)) {
      case IMAGE_ID: {
        const id = cursor.id("image_id");
        if (id !== lastImageId) {
          imageIndex = images.get(id) ?? -1;
          if (imageIndex < 0) {
            cursor.fieldError("image_id", `is ${unknownImage(id, images, truth)}`);
          }
          lastImageId = id;
        }
        seen |= HAS_IMAGE;
        break;
      }
      case CATEGORY_ID: {
        const id = cursor.id("category_id");
        if (id !== lastCategoryId) {
          categoryIndex = categories.get(id) ?? -1;
          lastCategoryId = id;
        }
        seen |= HAS_CATEGORY;
        break;
      }
      case BBOX:
        seen |= HAS_BOX;
        sides = boxes.read(withBoxes);
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
        seen |= ANNOTATED;
        cursor.skip();
        break;
      case FILE_NAME:
        fileName = cursor.textIfAny("file_name");
        break;
      case KEYPOINTS:
        if (keypoints) keypoints.read(cursor);
        else cursor.skip();
        break;
      default:
        cursor.skip();
    }
  };
  let unknown = 0;
  const length = cursor.elements("detections", (index) => {
    if (index === 0) {
      withBoxes = beginsWithBox(cursor);
      withMasks = keypoints === undefined && (!withBoxes || options.masks === true);
    }
    seen = 0;
    score = NaN;
    sides = 0;
    fileName = undefined;
    if (withMasks) masks.begin();
    keypoints?.begin();
    cursor.object(readField);
    if ((seen & HAS_IMAGE) === 0) cursor.fieldError("image_id", "is missing");
    if ((seen & HAS_CATEGORY) === 0) cursor.fieldError("category_id", "is missing");
    if (score !== score) {
      const hint = seen & ANNOTATED ? ", and annotations without scores are not detections" : "";
      cursor.fieldError("score", `is missing${hint}`);
    }
    if (keypoints && !keypoints.found) {
      cursor.fieldError("keypoints", "is missing, and keypoints are to be compared");
    }
    if (index === 0 && !withBoxes && !masks.found && !keypoints) {
      const what = boxes.passedOver && `${boxes.passedOver}, not [x, y, width, height]`;
      cursor.fieldError(
        "bbox",
        what ? `is ${what}` : `is ${seen & HAS_BOX ? "empty" : "missing"}, and so is "segmentation"`,
      );
    }
    if (withBoxes ? sides !== 4 : sides !== 0 && sides !== 4) {
      cursor.fieldError("bbox", wrongBox((seen & HAS_BOX) !== 0, sides));
    }
    if (keypoints && sides === 0) keypoints.boxInto(box);
    else if (sides === 0) {
      if (!masks.found) cursor.fieldError("segmentation", "is missing");
      if (compat && !masks.compressed) {
        cursor.fieldError("segmentation", "is not compressed run lengths, and there is no bbox");
      }
      box.fill(NaN);
    } else if ((box[2] < 0 || box[3] < 0) && !compat) {
      cursor.fieldError("bbox", `has the negative size ${box[2]} × ${box[3]}`, COMPAT_HINT);
    }
    if (fileName !== undefined) contradictions.add(imageIndex, fileName);
    if (categoryIndex < 0) {
      if (!compat) {
        cursor.fieldError("category_id", `is ${unknownCategory(lastCategoryId, categories, truth)}`);
      }
      unknown++;
    }
    if (index === ENTRIES_FOR_ESTIMATE) rows.reserve(Math.ceil(1.1 * cursor.estimateCount(index)) + 256);
    rows.push(imageIndex, categoryIndex, box[0], box[1], box[2], box[3], score);
    if (withMasks) masks.commit();
    keypoints?.commit();
  });
  const warnings: string[] = [];
  if (length === 0) {
    if (compat) throw usageError(`cannot read ${cursor.name}: there are no detections in it`);
    warnings.push(`${cursor.name}: there are no detections in it`);
  }
  warnings.push(...contradictions.warnings(cursor.name));
  if (masks.rowsWithShortParts > 0) {
    warnings.push(
      `${cursor.name}: ${masks.rowsWithShortParts} of the masks have polygons of fewer than three corners, which ` +
        `enclose nothing: left out`,
    );
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
    ...keypoints && { keypoints: keypoints.finish() },
    warnings,
  };
  if (options.masks) checkMaskSizes(detections, truth);
  if (withBoxes || keypoints || length === 0) areasOfBoxes(detections);
  else {
    if (!options.masks) checkMaskSizes(detections, truth);
    areasOfMasks(detections, truth);
  }
  return options.masks ? detections : { ...detections, segmentations: undefined };
}

/**
 * Whether the entry at the cursor, which stays there, has a box. As in pycocotools, an empty list is none.
 */
function beginsWithBox(cursor: JsonCursor): boolean {
  const start = cursor.position;
  let found = false;
  cursor.object(() => {
    if (cursor.key(BOX_KEY) === 0 && cursor.atList()) found = cursor.list(() => cursor.skip()) > 0;
    else cursor.skip();
  });
  cursor.position = start;
  return found;
}

const BOX_KEY = keyTable("bbox");
