/**
 * COCO result files (a list of detections) as typed arrays.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { Annotations, ReadOptions } from "./annotations.ts";
import { COMPAT_HINT, wrongBox } from "./annotations_reader.ts";
import { BoxReader } from "./box_reader.ts";
import { DetectionRows } from "./detection_rows.ts";
import { NameContradictions } from "./name_contradictions.ts";
import { type CocoId, quotedId } from "./ids.ts";
import { type JsonCursor, keyTable } from "./json/json_cursor.ts";
import { type JsonInput, readJson } from "./json/json_file.ts";
import { MaskMeasure } from "./masks/mask_measure.ts";
import { isMaskSize } from "./masks/rle_string.ts";
import { SegmentationKind, type Segmentations } from "./masks/segmentations.ts";
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

const KEYS = keyTable(
  "image_id",
  "category_id",
  "bbox",
  "score",
  "segmentation",
  "iscrowd",
  "area",
  "file_name",
);
const IMAGE_ID = 0,
  CATEGORY_ID = 1,
  BBOX = 2,
  SCORE = 3,
  SEGMENTATION = 4,
  IS_CROWD = 5,
  AREA = 6,
  FILE_NAME = 7;
/** After so many entries their number in the whole file is estimated; fewer need no room made for them. */
const ENTRIES_FOR_ESTIMATE = 200;

function readResults(cursor: JsonCursor, truth: Annotations, options: ReadOptions): CocoDetections {
  if (!cursor.whole(() => cursor.atList())) refuseNoList(cursor);
  const images = new Map(truth.images.map(({ id }, index) => [id, index]));
  const categories = new Map(truth.categories.map(({ id }, index) => [id, index]));
  const compat = options.pycocotoolsCompat ?? false;
  const rows = new DetectionRows();
  const masks = new SegmentationsReader(compat);
  const boxes = new BoxReader(cursor), { box } = boxes;
  // What the first entry decides: whether the boxes are given, and whether masks have to be read.
  let withBoxes = true, withMasks = true;

  let lastImageId: CocoId = NaN, imageIndex = -1;
  let lastCategoryId: CocoId = NaN, categoryIndex = -1;
  let hasImage = false, hasCategory = false, hasBox = false, score = NaN, sides = 0, annotated = false;
  let fileName: string | undefined;
  const contradictions = new NameContradictions(truth);
  const readField = () => {
    switch (cursor.key(KEYS)) {
      case IMAGE_ID: {
        const id = cursor.id("image_id");
        if (id !== lastImageId) {
          imageIndex = images.get(id) ?? -1;
          if (imageIndex < 0) {
            cursor.fieldError("image_id", `is ${unknownId(id, images, "image", truth.name)}`);
          }
          lastImageId = id;
        }
        hasImage = true;
        break;
      }
      case CATEGORY_ID:
        hasCategory = true;
        lastCategoryId = cursor.id("category_id");
        categoryIndex = categories.get(lastCategoryId) ?? -1;
        break;
      case BBOX:
        hasBox = true;
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
        annotated = true;
        cursor.skip();
        break;
      case FILE_NAME:
        fileName = cursor.textIfAny("file_name");
        break;
      default:
        cursor.skip();
    }
  };
  let unknown = 0;
  const length = cursor.elements("detections", (index) => {
    if (index === 0) {
      withBoxes = beginsWithBox(cursor);
      withMasks = !withBoxes || options.masks === true;
    }
    hasImage =
      hasCategory =
      hasBox =
      annotated =
        false;
    score = NaN;
    sides = 0;
    fileName = undefined;
    masks.begin();
    cursor.object(readField);
    if (!hasImage) cursor.fieldError("image_id", "is missing");
    if (!hasCategory) cursor.fieldError("category_id", "is missing");
    if (score !== score) {
      const hint = annotated ? ", and annotations without scores are not detections" : "";
      cursor.fieldError("score", `is missing${hint}`);
    }
    if (index === 0 && !withBoxes && !masks.found) {
      cursor.fieldError("bbox", `is ${hasBox ? "empty" : "missing"}, and so is "segmentation"`);
    }
    if (withBoxes ? sides !== 4 : sides !== 0 && sides !== 4) {
      cursor.fieldError("bbox", wrongBox(hasBox, sides));
    }
    if (sides === 0) {
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
        const what = unknownId(lastCategoryId, categories, "category", truth.name);
        cursor.fieldError("category_id", `is ${what}`);
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

/** Says that none of the images or categories has an id, and what looks like it. */
function unknownId(id: CocoId, known: ReadonlyMap<CocoId, number>, what: string, file: string): string {
  const digits = typeof id === "string" && /^-?\d{1,15}$/.test(id) ? Number(id) : undefined;
  const other = typeof id === "string" ? digits : String(id);
  const alike = other !== undefined && known.has(other)
    ? ` (there the id is the ${typeof other === "string" ? "text" : "number"} ${quotedId(other)})`
    : "";
  return `${quotedId(id)}, and no ${what} of ${file} has this id${alike}`;
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
  const measure = new MaskMeasure(segmentations!);
  for (let row = 0; row < area.length; row++) {
    const missing = Number.isNaN(box[4 * row]) ? box : undefined;
    // Only an entry with a box may lack a mask; pycocotools makes one of the box.
    area[row] = measure.area(row, truth.images[image[row]], missing, 4 * row) ??
      box[4 * row + 2] * box[4 * row + 3];
  }
}

/** Polygons and boxes are drawn on the image's grid, so its size must be known. */
function checkImageSizes({ name, image, segmentations }: CocoDetections, truth: Annotations): void {
  for (let row = 0; row < image.length; row++) {
    if (segmentations!.kind[row] === SegmentationKind.runs) continue;
    const { id, width, height } = truth.images[image[row]];
    if (isMaskSize(width, height)) continue;
    throw usageError(
      `cannot compare the masks of ${name}: ${truth.name} gives the size of image ${
        quotedId(id)
      } as ${width}×${height}`,
    );
  }
}
