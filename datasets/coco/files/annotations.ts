/**
 * COCO annotation files (`instances_val2017.json`) as typed arrays.
 *
 * @module
 */
import { AnnotationsReader } from "./annotations_reader.ts";
import type { CocoId } from "../ids.ts";
import { type JsonInput, readJson } from "../json/json_file.ts";
import type { Segmentations } from "../masks/segmentations.ts";
import type { Frequency } from "../params.ts";

/** One image of an annotation file. */
export interface CocoImage {
  readonly id: CocoId;
  /** Empty where the file gives none. */
  readonly fileName: string;
  /** In pixels as the file has it, which may be a fraction; 0 where it gives none. */
  readonly width: number;
  readonly height: number;
  /** Of LVIS: categories that were looked for and are not in the image. */
  readonly negativeCategoryIds?: readonly CocoId[];
  /** Of LVIS: categories of which not all objects are annotated. */
  readonly notExhaustiveCategoryIds?: readonly CocoId[];
}

/** One category of an annotation file. */
export interface CocoCategory {
  readonly id: CocoId;
  /** Its id where the file gives none. */
  readonly name: string;
  /** Of LVIS. */
  readonly frequency?: Frequency;
}

/** The content of an annotation file. The rows of the typed arrays are the annotations, in file order. */
export interface Annotations {
  readonly name: string;
  /** By ascending id, each id once. */
  readonly images: readonly CocoImage[];
  /** By ascending id, each id once. */
  readonly categories: readonly CocoCategory[];
  readonly length: number;
  /** Of texts and numbers beyond 2⁵³ a fraction that stands for them, NaN where there is none. */
  readonly id: Float64Array<ArrayBuffer>;
  /** Index in `images`, or -1 for an image that is not listed. */
  readonly image: Int32Array<ArrayBuffer>;
  /** Index in `categories`, or -1 for a category that is not listed. */
  readonly category: Int32Array<ArrayBuffer>;
  /** x, y, width, height in pixels, `[length, 4]`; NaN where a file read for its masks has no box. */
  readonly box: Float64Array<ArrayBuffer>;
  /** In pixels; where the file gives none that of the mask if masks were read, otherwise that of the box. */
  readonly area: Float64Array<ArrayBuffer>;
  /** 1 for regions of many objects, which detections may hit any number of times. */
  readonly crowd: Uint8Array<ArrayBuffer>;
  /**
   * 1 for objects that are neither missed nor found, see {@linkcode ReadOptions.honorIgnore}; of keypoints those without
   * any.
   */
  readonly ignored?: Uint8Array<ArrayBuffer>;
  /** The masks, if they were asked for. */
  readonly segmentations?: Segmentations;
  /** The keypoints, if they were asked for: x, y and visibility of each, `[length, 3 · keypoints]`. */
  readonly keypoints?: Float64Array<ArrayBuffer>;
  /** How many annotations have an id that was used before. */
  readonly repeatedIds: number;
  /** Whether images have the lists of LVIS, whichever rules are to be applied. */
  readonly isLvis: boolean;
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
}

/** How to read a file. */
export interface ReadOptions {
  /** Whether the masks are needed (`iouType: "segm"`). */
  readonly masks?: boolean;
  /** How many keypoints an object has, if they are needed (`iouType: "keypoints"`). */
  readonly keypoints?: number;
  /** Whether the file is of LVIS: as `lvis-api`, `ignore` is honoured and `iscrowd` is not looked at. */
  readonly lvis?: boolean;
  /** Whether annotations with `"ignore": 1` are neither missed nor found; pycocotools does not look at it. */
  readonly honorIgnore?: boolean;
  /**
   * Accept and refuse what pycocotools does: negative box sizes are read, `iscrowd` and `area` must be there, detections
   * of unknown categories are dropped, and so on.
   */
  readonly pycocotoolsCompat?: boolean;
}

/**
 * Reads an annotation file of any size; nothing but the typed arrays is kept.
 *
 * @throws {BneckError} The file cannot be read, is not valid JSON (the message names byte and line), or holds an invalid
 * entry (the message names the entry and the field).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./annotations.ts";
 * const bytes = new TextEncoder().encode(JSON.stringify({
 *   images: [{ id: 7, file_name: "cat.jpg", width: 640, height: 480 }],
 *   annotations: [{ id: 1, image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], area: 800, iscrowd: 0 }],
 *   categories: [{ id: 17, name: "cat" }],
 * }));
 * const truth = readAnnotations({ name: "cat.json", bytes });
 * assert.ok(truth.images[truth.image[0]].fileName === "cat.jpg");
 * ```
 */
export function readAnnotations(input: JsonInput, options: ReadOptions = {}): Annotations {
  return readJson(input, (cursor) => new AnnotationsReader(cursor, options).read());
}
