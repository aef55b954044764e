/**
 * Labels as ground truth of pixels: what is drawn of each image.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { withoutExtension } from "../list_files.ts";
import { type Annotations, readAnnotations } from "../coco/files/annotations.ts";
import { maskOf } from "../coco/masks/segmentations.ts";
import { plainName } from "../class_names.ts";
import type { ClassList } from "../segmentation/class_list.ts";
import { type DrawnLabels, type LabelledImage, type LabelledSet } from "./labelled_image.ts";
import { LABELME_BACKGROUND, LABELME_IGNORE } from "./labelme.ts";
import { readLabels } from "./label_files.ts";
import { finishSet } from "./reading.ts";

/** Names of the class of pixels that no object covers. */
const BACKGROUND = ["background", LABELME_BACKGROUND];

/** Label maps that are drawn, by the name of their image or their file. */
export interface DrawnSet {
  readonly path: string;
  readonly images: readonly { readonly name: string; readonly labels: DrawnLabels }[];
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads labels of labelme, CVAT, Pascal VOC and YOLO, or COCO's annotations, and gives their classes the ids of a class list: by name,
 * whatever its capitals and signs. Pixels of no object get the id of the class `background` (labelme's `_background_`), or
 * where the list has none, an ignored id; labelme's `__ignore__` an ignored id.
 *
 * @param images the folder of the images, which YOLO's labels need for their sizes
 * @throws {BneckError} The labels cannot be read, or have a class that the list has not.
 */
export async function readDrawnSet(path: string, list: ClassList, images?: string): Promise<DrawnSet> {
  const set = /\.json$/i.test(path)
    ? fromAnnotations(readAnnotations(path, { masks: true }))
    : await readLabels(path, images);
  const known = [...list.classes, ...list.ignored ?? []];
  const ids = new Map(known.map(({ id, name }) => [plainName(name), id]));
  const ignored: number | undefined = list.ignore[0];
  const background = BACKGROUND.map((name) => ids.get(plainName(name))).find((id) => id !== undefined) ??
    ignored;
  if (background === undefined) {
    throw usageError(
      `${path}: pixels that no object covers have no class: the class list needs a class "background" or an id to ignore`,
    );
  }
  const idOf = (label: string): number | undefined =>
    ids.get(plainName(label)) ??
      (label === LABELME_IGNORE ? ignored : BACKGROUND.includes(label) ? background : undefined);
  const unknown = set.classes.filter((label) =>
    idOf(label) === undefined &&
    set.images.some(({ objects }) => objects.some((object) => object.label === label))
  );
  if (unknown.length > 0) {
    throw usageError(
      `${path} has objects of classes that are not in the class list: ${unknown.slice(0, 10).join(", ")}` +
        `${unknown.length > 10 ? ", …" : ""}; add them, with ids to ignore if they are not to be scored`,
    );
  }
  return {
    path,
    notes: set.notes,
    images: set.images.map(({ name, file, source, width, height, objects }) => ({
      name: file === undefined ? name : withoutExtension(file),
      labels: {
        width,
        height,
        background,
        source,
        objects: objects.map(({ label, parts }) => ({ id: idOf(label)!, parts })),
      },
    })),
  };
}

/** COCO's annotations; objects of crowds are regions like others. */
function fromAnnotations(truth: Annotations): LabelledSet {
  const byImage = truth.images.map(
    (image): LabelledImage & { objects: LabelledImage["objects"][number][] } => {
      const { fileName, id, width, height } = image;
      return { name: fileName || String(id), source: truth.name, width, height, objects: [] };
    },
  );
  for (let row = 0; row < truth.length; row++) {
    const image = byImage[truth.image[row]], category = truth.categories[truth.category[row]];
    if (image === undefined || category === undefined) continue;
    if (!(image.width > 0 && image.height > 0)) {
      throw usageError(`${truth.name} does not give the size of ${image.name}`);
    }
    const mask = maskOf(truth.segmentations!, row, image);
    if (mask === undefined) continue;
    if (mask.width !== image.width || mask.height !== image.height) {
      throw usageError(
        `${truth.name} has a mask of ${mask.width}×${mask.height} pixels for ${image.name}, which has another size`,
      );
    }
    image.objects.push({ label: category.name, parts: [{ kind: "mask", mask }] });
  }
  return finishSet(truth.name, byImage, truth.categories.map(({ name }) => name), truth.warnings);
}
