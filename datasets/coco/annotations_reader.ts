/**
 * Reading COCO annotation files.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { Annotations, CocoCategory, CocoImage, ReadOptions } from "./annotations.ts";
import { BoxReader } from "./box_reader.ts";
import { byteColumn, float64Column } from "./columns.ts";
import { type JsonCursor, keyTable } from "./json/json_cursor.ts";
import { MAX_PIXELS } from "./masks/rle_string.ts";
import { SegmentationKind } from "./masks/segmentations.ts";
import { SegmentationsReader } from "./masks/segmentations_reader.ts";

const FILE_KEYS = keyTable("images", "annotations", "categories");
const IMAGES = 0, ANNOTATIONS = 1, CATEGORIES = 2;

const IMAGE_KEYS = keyTable("id", "width", "height", "file_name");
const CATEGORY_KEYS = keyTable("id", "name");
const ANNOTATION_KEYS = keyTable(
  "id",
  "image_id",
  "category_id",
  "bbox",
  "area",
  "iscrowd",
  "segmentation",
);
const ID = 0, IMAGE_ID = 1, CATEGORY_ID = 2, BBOX = 3, AREA = 4, IS_CROWD = 5, SEGMENTATION = 6;

/** Reads one annotation file: its three lists, in whatever order they come. */
export class AnnotationsReader {
  readonly #images = new Map<number, CocoImage>();
  readonly #categories = new Map<number, CocoCategory>();
  readonly #id = float64Column();
  readonly #imageId = float64Column();
  readonly #categoryId = float64Column();
  readonly #box = float64Column();
  readonly #area = float64Column();
  readonly #crowd = byteColumn();
  readonly #masks: SegmentationsReader | undefined;
  readonly #warnings: string[] = [];
  #withoutCrowd = 0;

  constructor(readonly cursor: JsonCursor, readonly options: ReadOptions) {
    if (options.masks) this.#masks = new SegmentationsReader();
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

  #readImages(): void {
    const cursor = this.cursor;
    let id = NaN, width = 0, height = 0, fileName = "";
    const readField = () => {
      const key = cursor.key(IMAGE_KEYS);
      if (key === 0) id = cursor.integer("id");
      else if (cursor.null()) return;
      else if (key === 1) width = cursor.integer("width");
      else if (key === 2) height = cursor.integer("height");
      else if (key === 3) fileName = cursor.string("file_name");
      else cursor.skip();
    };
    let repeated = 0;
    cursor.elements("images", () => {
      id = NaN;
      width = height = 0;
      fileName = "";
      cursor.object(readField);
      if (Number.isNaN(id)) cursor.fieldError("id", "is missing");
      if (this.#images.has(id)) repeated++;
      this.#images.set(id, { id, fileName, width, height });
    });
    if (repeated > 0) {
      this.#warn(repeated, "image has an id", "images have an id", "that was used before; the last counts");
    }
  }

  #readCategories(): void {
    const cursor = this.cursor;
    let id = NaN, name: string | undefined;
    const readField = () => {
      const key = cursor.key(CATEGORY_KEYS);
      if (key === 0) id = cursor.integer("id");
      else if (key === 1) name = cursor.string("name");
      else cursor.skip();
    };
    cursor.elements("categories", () => {
      id = NaN;
      name = undefined;
      cursor.object(readField);
      if (Number.isNaN(id)) cursor.fieldError("id", "is missing");
      this.#categories.set(id, { id, name: name ?? String(id) });
    });
  }

  #readAnnotations(): void {
    const cursor = this.cursor, masks = this.#masks;
    const boxes = new BoxReader(cursor), { box } = boxes;
    let id = NaN, imageId = NaN, categoryId = NaN, area = NaN, crowd = -1, sides = 0;
    const readField = () => {
      switch (cursor.key(ANNOTATION_KEYS)) {
        case ID:
          id = cursor.integer("id");
          break;
        case IMAGE_ID:
          imageId = cursor.integer("image_id");
          break;
        case CATEGORY_ID:
          categoryId = cursor.integer("category_id");
          break;
        case BBOX:
          sides = boxes.read();
          break;
        case AREA:
          area = cursor.number("area");
          break;
        case IS_CROWD:
          crowd = cursor.flag("iscrowd");
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
      sides = 0;
      masks?.begin();
      cursor.object(readField);
      if (id !== id) cursor.fieldError("id", "is missing");
      if (imageId !== imageId) cursor.fieldError("image_id", "is missing");
      if (categoryId !== categoryId) cursor.fieldError("category_id", "is missing");
      if (area !== area) cursor.fieldError("area", "is missing");
      if (masks && !masks.found) {
        cursor.fieldError("segmentation", "is missing, and masks are to be compared");
      }
      if (sides === 0 && masks) box.fill(NaN);
      else if (sides !== 4) {
        cursor.fieldError("bbox", sides === 0 ? "is missing" : `has ${sides} numbers, not 4`);
      }
      if ((box[2] < 0 || box[3] < 0) && !this.options.pycocotoolsCompat) {
        cursor.fieldError("bbox", `has the negative size ${box[2]} × ${box[3]}`);
      }
      if (crowd < 0) {
        if (this.options.pycocotoolsCompat) cursor.fieldError("iscrowd", "is missing");
        this.#withoutCrowd++;
        crowd = 0;
      }
      this.#id.push(id);
      this.#imageId.push(imageId);
      this.#categoryId.push(categoryId);
      this.#box.reserve(4);
      for (let i = 0; i < 4; i++) this.#box.push(box[i]);
      this.#area.push(area);
      this.#crowd.push(crowd);
      masks?.commit();
    });
  }

  #finish(): Annotations {
    const images = [...this.#images.values()].sort((a, b) => a.id - b.id);
    const categories = [...this.#categories.values()].sort((a, b) => a.id - b.id);
    const image = indexOfIds(this.#imageId.finish(), images);
    const category = indexOfIds(this.#categoryId.finish(), categories);
    const length = this.#id.length;
    const id = this.#id.finish();
    const repeatedIds = countRepeated(id), zeroIds = count(id, 0);
    this.#warn(this.#withoutCrowd, "annotation has", "annotations have", 'no "iscrowd", taken as 0');
    const unlistedImage = 'of an image that is not in "images": not evaluated';
    this.#warn(count(image, -1), "annotation is", "annotations are", unlistedImage);
    const unlistedCategory = 'of a category that is not in "categories": not evaluated';
    this.#warn(count(category, -1), "annotation is", "annotations are", unlistedCategory);
    const repeated = "that was used before: as in pycocotools, the last annotation with an id stands for all";
    this.#warn(repeatedIds, "annotation has an id", "annotations have an id", repeated);
    if (!this.options.pycocotoolsCompat) {
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
      box: this.#box.finish(),
      area: this.#area.finish(),
      crowd: this.#crowd.finish(),
      segmentations: this.#masks?.finish(),
      repeatedIds,
      warnings: this.#warnings,
    };
    checkImageSizes(annotations);
    return annotations;
  }

  #warn(times: number, one: string, many: string, what: string): void {
    if (times > 0) this.#warnings.push(`${this.cursor.name}: ${times} ${times === 1 ? one : many} ${what}`);
  }
}

/** The index of each id in `items`, which ascend, or -1. */
function indexOfIds(
  ids: Float64Array,
  items: readonly { readonly id: number }[],
): Int32Array<ArrayBuffer> {
  const indices = new Map(items.map(({ id }, index) => [id, index]));
  const result = new Int32Array(ids.length);
  let lastId = NaN, lastIndex = -1;
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== lastId) {
      lastId = ids[i];
      lastIndex = indices.get(lastId) ?? -1;
    }
    result[i] = lastIndex;
  }
  return result;
}

function count(values: Int32Array | Float64Array, value: number): number {
  let times = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === value) times++;
  return times;
}

function countRepeated(ids: Float64Array): number {
  let ascending = true;
  for (let i = 1; i < ids.length && ascending; i++) ascending = ids[i] > ids[i - 1];
  return ascending ? 0 : ids.length - new Set(ids).size;
}

/** Polygons are drawn on the image's grid, so its size must be known. */
function checkImageSizes({ name, segmentations, image, images }: Annotations): void {
  if (!segmentations) return;
  for (let row = 0; row < image.length; row++) {
    if (segmentations.kind[row] !== SegmentationKind.polygons || image[row] < 0) continue;
    const { id, width, height } = images[image[row]];
    if (width > 0 && height > 0 && width * height <= MAX_PIXELS) continue;
    throw usageError(
      `cannot read ${name}: the image of id ${id} has polygons but its size is ${width}×${height}; ` +
        `give its "width" and "height"`,
    );
  }
}
