/**
 * Reading COCO annotation files.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import { AnnotationRows } from "./annotation_rows.ts";
import type { Annotations, ReadOptions } from "./annotations.ts";
import { BoxReader, COMPAT_HINT, wrongBox } from "./box_reader.ts";
import { checkImageSizes, count, countRepeated, fillAreas } from "./complete_annotations.ts";
import { type CocoId, compareIds, IdCodes } from "../ids.ts";
import {
  type ListedCategories,
  type ListedImages,
  readCategories,
  readImages,
} from "./images_and_categories.ts";
import { type JsonCursor, keyTable } from "../json/json_cursor.ts";

const FILE_KEYS = keyTable("images", "annotations", "categories");
const IMAGES = 0, ANNOTATIONS = 1, CATEGORIES = 2;

// In the order of COCO's own files, in which a name is found at once.
const ANNOTATION_KEYS = keyTable(
  "segmentation",
  "area",
  "iscrowd",
  "image_id",
  "bbox",
  "category_id",
  "id",
  "ignore",
  "num_keypoints",
  "keypoints",
);
const SEGMENTATION = 0, AREA = 1, IS_CROWD = 2, IMAGE_ID = 3, BBOX = 4, CATEGORY_ID = 5, ID = 6;
const IGNORE = 7, NUM_KEYPOINTS = 8, KEYPOINTS = 9;

/** Reads one annotation file: its three lists, in whatever order they come. */
export class AnnotationsReader {
  #images: ListedImages = { byId: new Map(), repeated: 0, ofLvis: 0 };
  #categories: ListedCategories = { byId: new Map(), repeated: 0 };
  #rows: AnnotationRows;
  readonly #codes = new IdCodes();
  readonly #warnings: string[] = [];

  constructor(readonly cursor: JsonCursor, readonly options: ReadOptions) {
    this.#rows = new AnnotationRows(options);
  }

  /**
   * Reads all of it, once.
   *
   * @throws {BneckError} as {@linkcode readAnnotations} does.
   */
  read(): Annotations {
    const cursor = this.cursor;
    if (cursor.whole(() => cursor.atList())) {
      throw usageError(
        `cannot read ${cursor.name}: it is a list, as detection results are, not an annotation file ` +
          `({"images": […], "annotations": […], "categories": […]})`,
      );
    }
    const found = new Set<number>();
    cursor.members(FILE_KEYS, (key) => {
      if (key >= 0 && found.has(key)) this.#forget(key);
      found.add(key);
      if (key === IMAGES) this.#images = readImages(cursor, this.options);
      else if (key === ANNOTATIONS) this.#readAnnotations();
      else if (key === CATEGORIES) this.#categories = readCategories(cursor, this.options);
      else cursor.skipMember();
    });
    for (
      const [key, name] of [[IMAGES, "images"], [ANNOTATIONS, "annotations"], [CATEGORIES, "categories"]]
    ) {
      if (!found.has(key as number)) throw usageError(`cannot read ${cursor.name}: it has no "${name}"`);
    }
    return this.#finish();
  }

  /** A list that comes a second time takes the place of the first, as wherever JSON is read into objects. */
  #forget(key: number): void {
    const name = ["images", "annotations", "categories"][key];
    this.#warnings.push(`${this.cursor.name}: "${name}" is there more than once; the last counts`);
    if (key === ANNOTATIONS) this.#rows = new AnnotationRows(this.options);
  }

  #readAnnotations(): void {
    const cursor = this.cursor, rows = this.#rows, { masks, keypoints } = rows, codes = this.#codes;
    const { pycocotoolsCompat: compat = false, honorIgnore = false, lvis = false } = this.options;
    const honored = honorIgnore || lvis;
    const boxes = new BoxReader(cursor), { box } = boxes;
    cursor.textNumbers = !compat;
    let id = NaN, imageId = NaN, categoryId = NaN, area = NaN, crowd = -1, ignored = 0, sides = 0;
    let hasBox = false, labelled = NaN;
    const readField = () => {
      switch (cursor.key(ANNOTATION_KEYS)) {
        case ID:
          if (compat) id = cursor.integer("id");
          else {
            // Objects are told apart by their places, so anything may stand here.
            const given = cursor.idIfAny("id");
            id = typeof given === "number" ? given : given === undefined ? NaN : codes.of(given);
          }
          break;
        case IMAGE_ID:
          imageId = codes.of(cursor.id("image_id"));
          break;
        case CATEGORY_ID:
          categoryId = codes.of(cursor.id("category_id"));
          break;
        case BBOX:
          hasBox = true;
          sides = boxes.read(!masks);
          break;
        case AREA:
          area = compat ? cursor.number("area") : cursor.numberIfAny("area");
          break;
        case IS_CROWD:
          if (lvis) cursor.skip();
          else if (!cursor.null()) crowd = cursor.flag("iscrowd");
          break;
        case IGNORE:
          if (honored && !cursor.null()) ignored = cursor.flag("ignore");
          else cursor.skip();
          break;
        case SEGMENTATION:
          if (masks) masks.read(cursor);
          else cursor.skip();
          break;
        case NUM_KEYPOINTS:
          if (keypoints) labelled = cursor.numberIfAny("num_keypoints");
          else cursor.skip();
          break;
        case KEYPOINTS:
          if (keypoints) keypoints.read(cursor);
          else cursor.skip();
          break;
        default:
          cursor.skip();
      }
    };
    cursor.elements("annotations", () => {
      id = imageId = NaN;
      categoryId = area = labelled = NaN;
      crowd = lvis ? 0 : -1;
      ignored = sides = 0;
      hasBox = false;
      masks?.begin();
      keypoints?.begin();
      cursor.object(readField);
      if (compat && id !== id) cursor.fieldError("id", "is missing");
      if (imageId !== imageId) cursor.fieldError("image_id", "is missing");
      if (categoryId !== categoryId) cursor.fieldError("category_id", "is missing");
      if (masks && sides !== 4) box.fill(NaN);
      else if (sides !== 4) cursor.fieldError("bbox", wrongBox(hasBox, sides));
      if (masks && !masks.found) {
        if (compat) cursor.fieldError("segmentation", "is missing, and masks are to be compared");
        if (sides !== 4) cursor.fieldError("segmentation", "is missing, and so is the bbox");
        rows.withoutMask++;
        ignored = 1;
        // What is found there is neither right nor wrong.
        crowd = 1;
      }
      if (keypoints) {
        if (!keypoints.found) {
          if (compat) cursor.fieldError("keypoints", "is missing, and keypoints are to be compared");
          rows.withoutKeypoints++;
        } else if (labelled !== labelled) {
          if (compat) cursor.fieldError("num_keypoints", "is missing");
          rows.withoutNumber++;
        }
        if (!keypoints.found || (labelled === labelled ? labelled : keypoints.labelled) === 0) ignored = 1;
      }
      if ((box[2] < 0 || box[3] < 0) && !compat && !masks) {
        cursor.fieldError("bbox", `has the negative size ${box[2]} × ${box[3]}`, COMPAT_HINT);
      }
      if (area !== area) {
        if (compat) cursor.fieldError("area", "is missing");
        rows.withoutArea++;
      }
      if (crowd < 0) {
        if (compat) cursor.fieldError("iscrowd", "is missing");
        rows.withoutCrowd++;
        crowd = 0;
      }
      rows.push(id, imageId, categoryId, box, area, crowd, ignored);
    });
  }

  #finish(): Annotations {
    const rows = this.#rows, { lvis = false, pycocotoolsCompat } = this.options;
    const images = [...this.#images.byId.values()].sort((a, b) => compareIds(a.id, b.id));
    const categories = [...this.#categories.byId.values()].sort((a, b) => compareIds(a.id, b.id));
    const image = this.#indexOfIds(rows.imageId.finish(), images);
    const category = this.#indexOfIds(rows.categoryId.finish(), categories);
    const id = rows.id.finish(), { length } = id;
    const repeatedIds = countRepeated(id), zeroIds = count(id, 0);
    const { repeated: repeatedImages } = this.#images;
    const lastCounts = "that was used before; the last counts";
    this.#warn(repeatedImages, "image has an id", "images have an id", lastCounts);
    this.#warn(this.#categories.repeated, "category has an id", "categories have an id", lastCounts);
    this.#warnOfLvis(lvis);
    this.#refuseWithoutKeypoints(length);
    this.#warn(rows.withoutCrowd, "annotation has", "annotations have", 'no "iscrowd", taken as 0');
    const areaFrom = rows.masks ? "mask, or of its box if there is none" : "box";
    this.#warn(rows.withoutArea, "annotation has", "annotations have", `no "area": that of the ${areaFrom}`);
    const unmasked = "no mask: not evaluated, and what is found in its box is neither right nor wrong";
    this.#warn(rows.withoutMask, "annotation has", "annotations have", unmasked);
    const short = "polygons of fewer than three corners, which enclose nothing: left out";
    this.#warn(rows.masks?.rowsWithShortParts ?? 0, "annotation has", "annotations have", short);
    const noKeypoints = "no keypoints: neither missed nor found";
    this.#warn(rows.withoutKeypoints, "annotation has", "annotations have", noKeypoints);
    const noNumber = 'no "num_keypoints": the number of those that are labelled';
    this.#warn(rows.withoutNumber, "annotation has", "annotations have", noNumber);
    const unlistedImage = 'of an image that is not in "images": not evaluated';
    this.#warn(count(image, -1), "annotation is", "annotations are", unlistedImage);
    const unlistedCategory = 'of a category that is not in "categories": not evaluated';
    this.#warn(count(category, -1), "annotation is", "annotations are", unlistedCategory);
    const repeated = pycocotoolsCompat
      ? "that was used before: as in pycocotools, the last annotation with an id stands for all"
      : "that was used before; pycocotools counts the last of them for all, here each counts";
    this.#warn(repeatedIds, "annotation has an id", "annotations have an id", repeated);
    if (!pycocotoolsCompat) {
      const zero = "the id 0, which pycocotools counts as never found; here it counts like any other";
      this.#warn(zeroIds, "annotation has", "annotations have", zero);
    }
    const annotations: Annotations = {
      name: this.cursor.name,
      images,
      categories,
      length,
      id,
      image,
      category,
      box: rows.box.finish(),
      area: rows.area.finish(),
      crowd: rows.crowd.finish(),
      ...rows.withIgnored && { ignored: rows.ignored.finish() },
      segmentations: rows.masks?.finish(),
      ...rows.keypoints && { keypoints: rows.keypoints.finish() },
      repeatedIds,
      isLvis: this.#images.ofLvis > 0,
      warnings: this.#warnings,
    };
    checkImageSizes(annotations);
    if (rows.withoutArea > 0) fillAreas(annotations);
    return annotations;
  }

  /** Says that the rules of LVIS are not applied, or to which images they can't be. */
  #warnOfLvis(lvis: boolean): void {
    const { name } = this.cursor, { byId, ofLvis } = this.#images;
    if (!lvis) {
      if (ofLvis === 0) return;
      this.#warnings.push(
        `${name}: it is an LVIS file, whose rules (300 detections per image, classes that were not looked for ` +
          `everywhere) are not applied: the numbers are those of COCO`,
      );
      return;
    }
    if (ofLvis === 0 && byId.size > 0) {
      throw usageError(
        `cannot read ${name}: no image has "neg_category_ids" or "not_exhaustive_category_ids", so it is not an ` +
          `LVIS file`,
      );
    }
    const missing = byId.size - ofLvis;
    const unlisted = "no list of absent classes: only detections of its objects' classes count";
    if (missing > 0) this.#warn(missing, "image has", "images have", unlisted);
  }

  #refuseWithoutKeypoints(length: number): void {
    if (length === 0 || this.#rows.withoutKeypoints < length) return;
    throw usageError(
      `cannot read ${this.cursor.name}: no annotation has keypoints; those of COCO are in person_keypoints_*.json`,
    );
  }

  /** The index of the item of each code of an id, or -1. */
  #indexOfIds(codes: Float64Array, items: readonly { readonly id: CocoId }[]): Int32Array<ArrayBuffer> {
    const indices = new Map(items.map(({ id }, index) => [this.#codes.of(id), index]));
    const result = new Int32Array(codes.length);
    let lastCode = NaN, lastIndex = -1;
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] !== lastCode) {
        lastCode = codes[i];
        lastIndex = indices.get(lastCode) ?? -1;
      }
      result[i] = lastIndex;
    }
    return result;
  }

  #warn(times: number, one: string, many: string, what: string): void {
    if (times > 0) this.#warnings.push(`${this.cursor.name}: ${times} ${times === 1 ? one : many} ${what}`);
  }
}
