/**
 * Labels of YOLO: a text file for each image, as ground truth and as detections.
 *
 * @module
 */
import { basename, dirname, join, relative } from "node:path";
import { inputError, usageError } from "../../core/errors.ts";
import { exists, readUserText } from "../../core/files/mod.ts";
import { uprightSize } from "../../core/images/upright_size.ts";
import type { Annotations } from "../coco/files/annotations.ts";
import { mapCategories } from "../coco/categories.ts";
import type { CocoId } from "../coco/ids.ts";
import { imageMatcher } from "../coco/image_files.ts";
import { IMAGE_EXTENSIONS } from "../../core/files/search.ts";
import { listFiles, withoutExtension } from "../list_files.ts";
import { firstTen } from "../messages.ts";
import type { LabelledImage, LabelledObject, LabelledSet } from "./labelled_image.ts";
import { findClasses, NOT_LABELS, readYoloData, type YoloClasses } from "./yolo_classes.ts";
import { readYoloFile } from "./yolo_line.ts";

/** Images whose headers are read at once. */
const AT_ONCE = 8;

/** An image and its labels; an image without a file of labels shows nothing. */
interface Pair {
  readonly name: string;
  readonly image: string;
  readonly labels: string | undefined;
}

/**
 * Reads ground truth: of a `data.yaml` the images to validate on, of a folder all its labels.
 *
 * @param images the folder of the images, which the sizes are taken from; by default `images` in place of `labels` in the
 * path, or the folder of the labels
 * @throws {BneckError} Files cannot be read, the names of the classes are unknown, or labels have no image.
 */
export async function readYolo(path: string, images?: string): Promise<LabelledSet> {
  const ofFolder = !/\.ya?ml$/i.test(path);
  const data = ofFolder ? undefined : await readYoloData(path);
  const classes = data ?? await findClasses(path);
  if (classes === undefined) throw unknownNames(path);
  const pairs = data ? await pairsOfSplit(path, data.val) : await pairsOfFolder(path, images);
  if (pairs.length === 0) throw usageError(`there are no images for the labels of ${path}`);
  const found: LabelledImage[] = [];
  let next = 0;
  const work = async () => {
    while (next < pairs.length) {
      const at = next++;
      found[at] = await readPair(pairs[at], classes);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { path, images: found, classes: classes.names, notes: [] };
}

async function readPair(
  { name, image, labels }: Pair,
  { names, keypoints }: YoloClasses,
): Promise<LabelledImage> {
  const size = await uprightSize(image);
  const form = { classes: names.length, scored: false, keypoints };
  const objects = labels === undefined ? [] : await readYoloFile(labels, size, form);
  return {
    name,
    source: labels,
    ...size,
    objects: objects.map(({ index, part, keypoints }) => ({ label: names[index], parts: [part], keypoints })),
  };
}

function unknownNames(path: string) {
  return usageError(
    `the names of the classes of ${path} are unknown: put a data.yaml with "names", or a classes.txt with a name on ` +
      "each line, beside the labels",
  );
}

/** The images of folders and lists, with labels where ultralytics looks for them. */
async function pairsOfSplit(path: string, places: readonly string[]): Promise<Pair[]> {
  if (places.length === 0) {
    throw usageError(`${path} names no images to validate on ("val"): give the folder of labels`);
  }
  const pairs: Pair[] = [];
  for (const place of places) {
    const isList = /\.txt$/i.test(place);
    const files = isList
      ? await readImageList(place)
      : (await listFiles(place, IMAGE_EXTENSIONS)).paths.map((file) => join(place, file));
    const folder = isList ? dirname(place) : place;
    for (const image of files) {
      const labels = labelsOf(image);
      pairs.push({ name: relative(folder, image), image, labels: exists(labels) ? labels : undefined });
    }
  }
  if (pairs.length > 0 && pairs.every(({ labels }) => labels === undefined)) {
    const [{ image }] = pairs;
    throw inputError(
      `none of the ${pairs.length} images of ${path} has labels: those of ${image} would be ${
        labelsOf(image)
      }`,
    );
  }
  return pairs;
}

async function readImageList(path: string): Promise<string[]> {
  const text = await readUserText(path, { what: "the list of images" });
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.map((line) => line.startsWith("/") ? line : join(dirname(path), line));
}

/** `a/images/val/x.jpg` has its labels in `a/labels/val/x.txt`. */
function labelsOf(image: string): string {
  return `${withoutExtension(image.replace(/(^|\/)images\/(?!.*\/images\/)/, "$1labels/"))}.txt`;
}

async function pairsOfFolder(folder: string, images: string | undefined): Promise<Pair[]> {
  const labels = await labelFiles(folder);
  const place = images ?? imagesBeside(folder);
  const { paths } = await listFiles(place, IMAGE_EXTENSIONS);
  const byStem = new Map(labels.map((path) => [stemOf(path), path]));
  const byName = Map.groupBy(labels, (path) => basename(stemOf(path)));
  const used = new Set<string>();
  const pairs = paths.map((path): Pair => {
    const stem = withoutExtension(path);
    const alike = byName.get(basename(stem)) ?? [];
    const found = byStem.get(stem) ?? (alike.length === 1 ? alike[0] : undefined);
    if (found !== undefined) used.add(found);
    return { name: path, image: join(place, path), labels: found && join(folder, found) };
  });
  const lost = labels.filter((path) => !used.has(path));
  if (lost.length > 0) {
    throw inputError(
      `${lost.length} of ${labels.length} files of labels have no image in ${place}, so nothing was scored:` +
        firstTen(lost),
      undefined,
      { option: "images", advice: "name the folder of the images" },
    );
  }
  return pairs;
}

/** `labels/val` has its images in `images/val`, or with the labels. */
function imagesBeside(folder: string): string {
  const beside = folder.replace(/(^|\/)labels(?=\/|$)(?!.*\/labels(\/|$))/, "$1images");
  return beside !== folder && exists(beside) ? beside : folder;
}

async function labelFiles(folder: string): Promise<string[]> {
  const { paths } = await listFiles(folder, ["txt"]);
  const labels = paths.filter((path) => !NOT_LABELS.includes(basename(path).toLowerCase()));
  if (labels.length === 0) throw usageError(`${folder} holds no labels of YOLO (*.txt)`);
  return labels;
}

/** The name of an image without its extension, as its labels have it: `a/x.txt` or, of bneck, `a/x.yolo.txt`. */
function stemOf(path: string): string {
  return path.replace(/(\.yolo)?\.txt$/i, "");
}

/** A detection with the ids of its image and category. */
export interface YoloDetection {
  readonly imageId: CocoId;
  readonly categoryId: CocoId;
  readonly image: LabelledImage;
  readonly object: LabelledObject;
}

/**
 * Reads detections: images by the names of files, categories by the names of classes. A folder
 * that does not name them has those of the annotations in the order of their ids.
 *
 * @param keypoints how many each object has, if they are compared
 * @throws {BneckError} Files cannot be read, lines have no score, or images or classes are unknown.
 */
export async function readYoloDetections(
  folder: string,
  truth: Annotations,
  keypoints?: number,
): Promise<{ readonly detections: readonly YoloDetection[]; readonly warnings: readonly string[] }> {
  const given = await findClasses(folder);
  const names = given?.names ?? truth.categories.map(({ name }) => name);
  const classes = names.map((name) => ({ name }));
  const { categoryIds, warnings } = mapCategories({ name: folder, classes }, truth);
  const assumed = given === undefined
    ? [`${folder} does not name its classes: taken for those of ${truth.name} in the order of their ids`]
    : [];
  const stems = truth.images.map((image) => ({ ...image, fileName: withoutExtension(image.fileName) }));
  const find = imageMatcher({ name: truth.name, images: stems });
  // ultralytics writes a score of each keypoint, too.
  const assumedForm = keypoints === undefined ? undefined : { count: keypoints, numbers: 3 as const };
  const form = { classes: names.length, scored: true, keypoints: given?.keypoints ?? assumedForm };
  const detections: YoloDetection[] = [];
  for (const path of await labelFiles(folder)) {
    const image = find(stemOf(path));
    if (image === undefined) throw usageError(`${truth.name} lists no image for ${join(folder, path)}`);
    const { width, height, id: imageId } = image;
    if (!(width > 0 && height > 0)) {
      throw usageError(`${truth.name} does not give the size of ${path}, which YOLO's boxes are shares of`);
    }
    const labelled = { name: image.fileName, width, height, objects: [] };
    for (const { index, part, keypoints, score } of await readYoloFile(join(folder, path), image, form)) {
      const categoryId = categoryIds[index];
      if (categoryId === undefined) continue;
      detections.push({
        imageId,
        categoryId,
        image: labelled,
        object: { label: names[index], parts: [part], keypoints, score },
      });
    }
  }
  return { detections, warnings: [...assumed, ...warnings] };
}
