/**
 * Reading COCO annotation files.
 *
 * @module
 */
import { type Hint, usageError } from "../../core/errors.ts";
import { AnnotationRows } from "./annotation_rows.ts";
import type { Annotations, CocoCategory, CocoImage, ReadOptions } from "./annotations.ts";
import { BoxReader } from "./box_reader.ts";
import { type CocoId, compareIds, IdCodes, quotedId } from "./ids.ts";
import { type JsonCursor, keyTable } from "./json/json_cursor.ts";
import { isMaskSize } from "./masks/rle_string.ts";
import { MaskMeasure } from "./masks/mask_measure.ts";
import { SegmentationKind } from "./masks/segmentations.ts";

const FILE_KEYS = keyTable("images", "annotations", "categories");
const IMAGES = 0, ANNOTATIONS = 1, CATEGORIES = 2;

/** The last two are of LVIS. */
const IMAGE_KEYS = keyTable(
  "id",
  "width",
  "height",
  "file_name",
  "not_exhaustive_category_ids",
  "neg_category_ids",
);
const CATEGORY_KEYS = keyTable("id", "name");
const ANNOTATION_KEYS = keyTable(
  "id",
  "image_id",
  "category_id",
  "bbox",
  "area",
  "iscrowd",
  "segmentation",
  "ignore",
);
const ID = 0, IMAGE_ID = 1, CATEGORY_ID = 2, BBOX = 3, AREA = 4, IS_CROWD = 5, SEGMENTATION = 6, IGNORE = 7;

/** What a negative box size can be read with. */
export const COMPAT_HINT: Hint = {
  option: "pycocotoolsCompat",
  advice: "correct the box, or count with it as pycocotools does",
};

/** Reads one annotation file: its three lists, in whatever order they come. */
export class AnnotationsReader {
  #images = new Map<CocoId, CocoImage>();
  #categories = new Map<CocoId, CocoCategory>();
  #rows: AnnotationRows;
  readonly #codes = new IdCodes();
  readonly #warnings: string[] = [];
  #fromLvis = false;

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
      if (key === IMAGES) this.#readImages();
      else if (key === ANNOTATIONS) this.#readAnnotations();
      else if (key === CATEGORIES) this.#readCategories();
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
    if (key === IMAGES) this.#images = new Map();
    else if (key === CATEGORIES) this.#categories = new Map();
    else this.#rows = new AnnotationRows(this.options);
  }

  #readImages(): void {
    const cursor = this.cursor;
    let id: CocoId | undefined, width = 0, height = 0, fileName = "";
    const readField = () => {
      const key = cursor.key(IMAGE_KEYS);
      if (key === 0) id = cursor.id("id");
      else if (key === 1) width = cursor.numberIfAny("width") || 0;
      else if (key === 2) height = cursor.numberIfAny("height") || 0;
      else if (key === 3) fileName = cursor.textIfAny("file_name") ?? "";
      else {
        if (key > 3) this.#fromLvis = true;
        cursor.skip();
      }
    };
    let repeated = 0;
    cursor.elements("images", () => {
      id = undefined;
      width = height = 0;
      fileName = "";
      cursor.object(readField);
      const known = (id as CocoId | undefined) ?? cursor.fieldError("id", "is missing");
      if (this.#images.has(known)) repeated++;
      this.#images.set(known, { id: known, fileName, width, height });
    });
    if (repeated > 0) {
      this.#warn(repeated, "image has an id", "images have an id", "that was used before; the last counts");
    }
  }

  #readCategories(): void {
    const cursor = this.cursor;
    let id: CocoId | undefined, name: string | undefined;
    const readField = () => {
      const key = cursor.key(CATEGORY_KEYS);
      if (key === 0) id = cursor.id("id");
      else if (key === 1) name = cursor.textIfAny("name");
      else cursor.skip();
    };
    cursor.elements("categories", () => {
      id = name = undefined;
      cursor.object(readField);
      const known = (id as CocoId | undefined) ?? cursor.fieldError("id", "is missing");
      this.#categories.set(known, { id: known, name: name ?? String(known) });
    });
  }

  #readAnnotations(): void {
    const cursor = this.cursor, rows = this.#rows, { masks } = rows, codes = this.#codes;
    const compat = this.options.pycocotoolsCompat ?? false;
    const boxes = new BoxReader(cursor), { box } = boxes;
    let id = NaN, imageId = NaN, categoryId = NaN, area = NaN, crowd = -1, ignored = 0, sides = 0;
    let hasBox = false;
    const readField = () => {
      switch (cursor.key(ANNOTATION_KEYS)) {
        case ID:
          // Objects are told apart by their places, so anything may stand here.
          if (compat) id = cursor.integer("id");
          else if (cursor.atNumber() || cursor.atText()) {
            const given = cursor.id("id");
            id = typeof given === "number" ? given : codes.of(given);
          } else cursor.skip();
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
          if (!cursor.null()) crowd = cursor.flag("iscrowd");
          break;
        case IGNORE:
          if (this.options.honorIgnore && !cursor.null()) ignored = cursor.flag("ignore");
          else cursor.skip();
          break;
        case SEGMENTATION:
          if (masks) masks.read(cursor);
          else cursor.skip();
          break;
        default:
          cursor.skip();
      }
    };
    cursor.elements("annotations", () => {
      id = imageId = NaN;
      categoryId = area = NaN;
      crowd = -1;
      ignored = sides = 0;
      hasBox = false;
      masks?.begin();
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
    const rows = this.#rows, { honorIgnore, pycocotoolsCompat } = this.options;
    const images = [...this.#images.values()].sort((a, b) => compareIds(a.id, b.id));
    const categories = [...this.#categories.values()].sort((a, b) => compareIds(a.id, b.id));
    const image = this.#indexOfIds(rows.imageId.finish(), images);
    const category = this.#indexOfIds(rows.categoryId.finish(), categories);
    const id = rows.id.finish(), { length } = id;
    const repeatedIds = countRepeated(id), zeroIds = count(id, 0);
    if (this.#fromLvis) {
      this.#warnings.push(
        `${this.cursor.name}: it is an LVIS file, whose rules (300 detections an image, classes that were not looked ` +
          `for everywhere) are not applied: the numbers are those of COCO`,
      );
    }
    this.#warn(rows.withoutCrowd, "annotation has", "annotations have", 'no "iscrowd", taken as 0');
    const areaFrom = rows.masks ? "mask, or of its box if there is none" : "box";
    this.#warn(rows.withoutArea, "annotation has", "annotations have", `no "area": that of the ${areaFrom}`);
    const unmasked = "no mask: not evaluated, and what is found in its box is neither right nor wrong";
    this.#warn(rows.withoutMask, "annotation has", "annotations have", unmasked);
    const short = "polygons of fewer than three corners, which enclose nothing: left out";
    this.#warn(rows.masks?.rowsWithShortParts ?? 0, "annotation has", "annotations have", short);
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
      ...honorIgnore && { ignored: rows.ignored.finish() },
      segmentations: rows.masks?.finish(),
      repeatedIds,
      warnings: this.#warnings,
    };
    checkImageSizes(annotations);
    if (rows.withoutArea > 0) fillAreas(annotations);
    return annotations;
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

/** What is wrong with a box that has not four numbers. */
export function wrongBox(found: boolean, sides: number): string {
  if (!found) return "is missing";
  return sides === 0 ? "is an empty list, not [x, y, width, height]" : `has ${sides} numbers, not 4`;
}

/** Areas that the file does not give. */
function fillAreas({ area, box, image, images, segmentations }: Annotations): void {
  const measure = segmentations && new MaskMeasure(segmentations);
  for (let row = 0; row < area.length; row++) {
    if (!Number.isNaN(area[row])) continue;
    const size = image[row] < 0 ? undefined : images[image[row]];
    const ofMask = size && measure?.area(row, size);
    area[row] = ofMask ?? box[4 * row + 2] * box[4 * row + 3];
  }
}

function count(values: Int32Array | Float64Array, value: number): number {
  let times = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === value) times++;
  return times;
}

function countRepeated(ids: Float64Array): number {
  let ascending = true;
  for (let i = 1; i < ids.length && ascending; i++) ascending = ids[i] > ids[i - 1];
  if (ascending) return 0;
  // Missing ones, which are NaN, are not repeated.
  const given = ids.filter((id) => id === id);
  return given.length - new Set(given).size;
}

/** Polygons are drawn on the image's grid, so its size must be known. */
function checkImageSizes({ name, segmentations, image, images }: Annotations): void {
  if (!segmentations) return;
  for (let row = 0; row < image.length; row++) {
    if (segmentations.kind[row] !== SegmentationKind.polygons || image[row] < 0) continue;
    const { id, width, height } = images[image[row]];
    if (isMaskSize(width, height)) continue;
    throw usageError(
      `cannot read ${name}: the image of id ${
        quotedId(id)
      } has polygons but its size is ${width}×${height}; ` +
        `give its "width" and "height"`,
    );
  }
}
