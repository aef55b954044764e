/**
 * Annotations and detections in the order in which they are compared: those of one image together, by
 * category within the image, and of nothing but the images and categories that are evaluated.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations, CocoCategory } from "../files/annotations.ts";
import type { CocoDetections } from "../files/detections.ts";
import { federatedDetections } from "./federated.ts";
import type { CocoParams } from "../params.ts";
import type { Segmentations } from "../masks/segmentations.ts";
import { type CocoId, compareIds, quotedId } from "../ids.ts";
import { orderGroups, stableOrder } from "./sort.ts";

/**
 * The rows to compare, by image and category. A row stands for an annotation or a detection, its source; the
 * columns of numbers are those of the sources, in file order.
 */
export interface Rows {
  /** Where the rows of each image begin and the last one's end, `[images + 1]`. */
  readonly start: Int32Array;
  /** Index of the evaluated category of each row; 0 for all when categories do not count. */
  readonly category: Int32Array;
  /** The source of each row. */
  readonly source: Int32Array;
  /** x, y, width, height of each source, `[sources, 4]`. */
  readonly box: Float64Array;
  /** Area of each source. */
  readonly area: Float64Array;
  /** Masks of the sources, if they are compared. */
  readonly segmentations?: Segmentations;
  /** Keypoints of the sources, if they are compared, `[sources, 3 · keypoints]`. */
  readonly keypoints?: Float64Array;
}

/** All that a part of an evaluation needs; flat, so that it can be handed to a worker. */
export interface ComparisonTable {
  /** The images compared here, ascending: ids, and `[images, 2]` heights and widths. */
  readonly imageIds: readonly CocoId[];
  readonly imageSizes: Float64Array;
  readonly categoryCount: number;
  readonly truth: Rows & {
    /** Of each source, 1 for a crowd. */
    readonly crowd: Uint8Array;
    /** Of each source, 1 where it is neither missed nor found, see {@linkcode Annotations.ignored}. */
    readonly ignored?: Uint8Array;
    /** Of each source, 1 where a match is to read as none: pycocotools' annotations of id 0. */
    readonly neverMatched: Uint8Array;
  };
  readonly detections: Rows & {
    /** Of each source. */
    readonly score: Float64Array;
    /** Of each source, 1 where it is right or nothing: LVIS, where not all objects of a class are annotated. */
    readonly neverWrong?: Uint8Array;
  };
}

/**
 * The evaluated categories; one that stands for all when categories do not count.
 *
 * @throws {BneckError} The annotations do not list one of them.
 */
export function evaluatedCategories(truth: Annotations, params: CocoParams): CocoCategory[] {
  if (!params.useCategories) return [{ id: -1, name: "all categories" }];
  if (!params.categoryIds) return [...truth.categories];
  return [...new Set(params.categoryIds)].sort(compareIds).map((id) => categoryOf(truth, id));
}

function categoryOf(truth: Annotations, id: CocoId): CocoCategory {
  const category = truth.categories.find((one) => one.id === id);
  if (!category) throw usageError(`cannot evaluate category ${quotedId(id)}: ${truth.name} does not list it`);
  return category;
}

/**
 * Orders annotations and detections for comparison; with `imageIds`, only those of these evaluated images.
 *
 * With `pycocotoolsCompat` a quirk of pycocotools is kept: of annotations with one id, the last one takes the place of
 * all others, even in other images, and is then compared as often as the id occurs.
 *
 * @throws {BneckError} An image is not listed or not evaluated, or masks, keypoints or lists of LVIS are needed that were
 *   not read.
 */
export function comparisonTable(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
  imageIds?: readonly CocoId[],
): ComparisonTable {
  if (params.iouType === "segm" && !truth.segmentations) {
    throw usageError(`cannot compare masks: ${truth.name} was read without its masks`);
  }
  if (params.iouType === "keypoints") checkKeypoints(truth, detections, params);
  const evaluated = evaluatedImages(truth, params);
  const compared = imageIds ? imagesOfIds(truth, imageIds) : evaluated;
  const isEvaluated = new Uint8Array(truth.images.length);
  for (const image of evaluated) isEvaluated[image] = 1;
  for (const image of compared) {
    if (!isEvaluated[image]) {
      throw usageError(`cannot compare image ${quotedId(truth.images[image].id)}: it is not evaluated`);
    }
  }
  const place = new Int32Array(truth.images.length).fill(-1);
  compared.forEach((image, i) => place[image] = i);
  const categoryPlace = placeOfCategories(truth, params);

  const imageSizes = new Float64Array(2 * compared.length);
  compared.forEach((image, i) => {
    imageSizes[2 * i] = truth.images[image].height;
    imageSizes[2 * i + 1] = truth.images[image].width;
  });
  const grouping = { place, categoryPlace, imageCount: compared.length, params };
  const neverMatched = new Uint8Array(truth.length);
  if (params.pycocotoolsCompat) truth.id.forEach((id, row) => neverMatched[row] = id === 0 ? 1 : 0);
  const federated = params.lvis ? federatedDetections(truth, detections, params, categoryPlace) : undefined;
  return {
    imageIds: compared.map((image) => truth.images[image].id),
    imageSizes,
    categoryCount: evaluatedCategories(truth, params).length,
    truth: {
      ...group(truth, grouping, sourcesWithRepeatedIds(truth, params, isEvaluated, categoryPlace)),
      crowd: truth.crowd,
      ignored: truth.ignored,
      neverMatched,
    },
    detections: {
      ...group(federated ? { ...detections, category: federated.category } : detections, grouping),
      score: detections.score,
      neverWrong: federated?.neverWrong,
    },
  };
}

function checkKeypoints(
  truth: Annotations,
  detections: CocoDetections,
  { oksSigmas = [] }: CocoParams,
): void {
  for (const { name, length, keypoints } of [truth, detections]) {
    if (keypoints?.length === 3 * oksSigmas.length * length) continue;
    throw usageError(`cannot compare keypoints: ${name} was not read with ${oksSigmas.length} of an object`);
  }
}

/**
 * Indices of the evaluated images, ascending.
 *
 * @throws {BneckError} The annotations do not list one of them.
 */
export function evaluatedImages(truth: Annotations, params: CocoParams): number[] {
  return params.imageIds ? imagesOfIds(truth, params.imageIds) : truth.images.map((_, i) => i);
}

/** Indices of images, ascending, each once. */
function imagesOfIds(truth: Annotations, ids: readonly CocoId[]): number[] {
  const wanted = new Set(ids);
  const indices: number[] = [];
  truth.images.forEach(({ id }, i) => {
    if (wanted.delete(id)) indices.push(i);
  });
  for (const id of wanted) {
    throw usageError(`cannot evaluate image ${quotedId(id)}: ${truth.name} does not list it`);
  }
  return indices;
}

/** The images `[from, to)` of a table, as views on it. */
export function imagesOfTable(table: ComparisonTable, from: number, to: number): ComparisonTable {
  const rowsOfImages = <T extends Rows>(rows: T): T => {
    const first = rows.start[from], last = rows.start[to];
    return {
      ...rows,
      start: rows.start.slice(from, to + 1).map((row) => row - first),
      category: rows.category.subarray(first, last),
      source: rows.source.subarray(first, last),
    };
  };
  return {
    imageIds: table.imageIds.slice(from, to),
    imageSizes: table.imageSizes.subarray(2 * from, 2 * to),
    categoryCount: table.categoryCount,
    truth: rowsOfImages(table.truth),
    detections: rowsOfImages(table.detections),
  };
}

/** For each category of the file its place among the evaluated ones, or -1. */
function placeOfCategories(truth: Annotations, params: CocoParams): Int32Array<ArrayBuffer> {
  const place = new Int32Array(truth.categories.length).fill(-1);
  const wanted = params.categoryIds && new Set(params.categoryIds);
  let next = 0;
  truth.categories.forEach(({ id }, i) => {
    if (!wanted || wanted.has(id)) place[i] = next++;
  });
  return place;
}

/**
 * The annotations to compare, in the order in which pycocotools lists them, where ids are repeated; undefined
 * where they are not, and it is that of the file.
 */
function sourcesWithRepeatedIds(
  { id, image, category, images, repeatedIds }: Annotations,
  params: CocoParams,
  isEvaluated: Uint8Array,
  categoryPlace: Int32Array,
): Int32Array | undefined {
  if (repeatedIds === 0 || !params.pycocotoolsCompat) return undefined;
  const last = new Map<number, number>();
  id.forEach((value, row) => last.set(value, row));
  // An annotation is looked up by the image and category it has, and only then replaced.
  const listed: number[] = [];
  for (let row = 0; row < id.length; row++) {
    const known = !params.useCategories || (category[row] >= 0 && categoryPlace[category[row]] >= 0);
    if (image[row] >= 0 && isEvaluated[image[row]] === 1 && known) listed.push(row);
  }
  // One that comes here from another image stands after those of images before that one.
  return stableOrder(Int32Array.from(listed), image, images.length).map((row) => last.get(id[row])!);
}

interface Grouping {
  /** For each image of the file its place among the compared ones, or -1; the same for categories. */
  readonly place: Int32Array;
  readonly categoryPlace: Int32Array;
  readonly imageCount: number;
  readonly params: CocoParams;
}

/** Orders sources (all by default) by image and category, otherwise leaving their order. */
function group(
  columns: Annotations | CocoDetections,
  { place, categoryPlace, imageCount, params }: Grouping,
  sources?: Int32Array,
): Rows {
  // The place of each source's image, or -1 for what is not compared.
  const { image, category, length } = columns;
  const imageOf = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const known = image[i] >= 0 && category[i] >= 0 && categoryPlace[category[i]] >= 0;
    imageOf[i] = known ? place[image[i]] : -1;
  }
  const count = sources ? sources.length : length;
  const start = new Int32Array(imageCount + 1);
  for (let i = 0; i < count; i++) {
    const at = imageOf[sources ? sources[i] : i];
    if (at >= 0) start[at + 1]++;
  }
  for (let i = 1; i <= imageCount; i++) start[i] += start[i - 1];

  const byImage = new Int32Array(start[imageCount]), next = start.slice();
  for (let i = 0; i < count; i++) {
    const source = sources ? sources[i] : i;
    if (imageOf[source] >= 0) byImage[next[imageOf[source]]++] = source;
  }
  const rowCategory = new Int32Array(byImage.length), rowSource = new Int32Array(byImage.length);
  for (let i = 0; i < byImage.length; i++) rowCategory[i] = categoryPlace[category[byImage[i]]];
  orderGroups(byImage, rowCategory, start, categoryPlace.length, rowSource);
  return {
    start,
    category: params.useCategories ? rowCategory : rowCategory.fill(0),
    source: rowSource,
    box: columns.box,
    area: columns.area,
    segmentations: params.iouType === "segm" ? columns.segmentations : undefined,
    keypoints: params.iouType === "keypoints" ? columns.keypoints : undefined,
  };
}
