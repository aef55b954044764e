/** What a head is fitted to: images with masks, or folders of images. */
import { BneckError, inputError, usageError } from "../../core/errors.ts";
import { classColor, type Color, readImage } from "../../core/images/mod.ts";
import { type ClassList, type FolderPair, pairFolders } from "../../datasets/segmentation/mod.ts";
import { readDrawnSet } from "../../datasets/labelling/drawn_set.ts";
import { isToBeDrawn } from "../../datasets/labelling/is_drawn.ts";
import type { DrawnLabels } from "../../datasets/labelling/labelled_image.ts";
import { classesOfMask, classTable, IGNORED, MAX_FIT_CLASSES, readMask } from "./masks.ts";
import { type Split, splitClasses, splitNames } from "./split.ts";

/** One image with its truth. */
export interface FitImage {
  readonly name: string;
  readonly image: string;
  /** Its mask, or the class of the whole image. */
  readonly truth: string | number;
  /** Its mask where it is drawn. */
  readonly drawn?: DrawnLabels;
}

/** A class to be learned. */
export interface FitClass {
  readonly name: string;
  readonly color: Color;
}

/** An image that was looked at. */
export interface InspectedImage extends FitImage {
  readonly width: number;
  readonly height: number;
  /** Pixels (images, where images are classified) of each class. */
  readonly pixels: Float64Array;
}

/** Images for training and validation, all of which can be read. */
export interface FitData {
  readonly classes: readonly FitClass[];
  /** The class list of masks. */
  readonly list?: ClassList;
  /** By pixel value of a mask; see {@linkcode classTable}. */
  readonly classOfValue: Uint8Array;
  readonly train: readonly InspectedImage[];
  readonly val: readonly InspectedImage[];
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
}

/** Where images for validation come from: a share of those for training, or images of their own. */
export type ValidationSource = { readonly share: number } | { readonly images: readonly FitImage[] };

/** How images are looked at. */
export interface InspectOptions {
  /** By which the images for validation are chosen. @default {0} */
  readonly seed?: number;
  /** Leaves out images that cannot be used. Otherwise they are an error. */
  readonly skipFaulty?: boolean;
  readonly onImage?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Pairs a folder of images with one of masks, or with the labels of labelme, CVAT, Pascal VOC, YOLO or COCO.
 *
 * @throws {BneckError} when labels cannot be read, or images or masks are missing.
 */
export async function pairMasks(images: string, labels: string, list: ClassList): Promise<FitImage[]> {
  const drawn = await isToBeDrawn(labels, images) ? await readDrawnSet(labels, list, images) : undefined;
  const { pairs } = await pairFolders({ images, labels, drawn });
  return pairs.map(({ name, image, label, drawn }: FolderPair) => ({
    name,
    image: image!,
    truth: label,
    ...(drawn ? { drawn } : {}),
  }));
}

/**
 * Looks at images with masks before anything is computed: whether they can be read, fit their masks, and what classes
 * there are.
 *
 * @throws {BneckError} listing what cannot be used, the first ten of it; or when there is too little to learn from.
 */
export async function inspectMasks(
  images: readonly FitImage[],
  validation: ValidationSource,
  list: ClassList,
  options: InspectOptions = {},
): Promise<FitData> {
  const classes = list.classes.map(({ name, color }, i) => ({ name, color: color ?? classColor(i) }));
  refuseClassCount(classes.length);
  const tooLarge = list.classes.find(({ id }) => id > 255);
  if (tooLarge) {
    throw usageError(
      `the class ${tooLarge.name} has the id ${tooLarge.id}: masks to learn from have ids up to 255`,
    );
  }
  const classOfValue = classTable(list);
  const count = async (image: FitImage): Promise<InspectedImage> => {
    const path = String(image.truth);
    const [photo, mask] = await Promise.all([readImage(image.image), readMask(image)]);
    const pixels = new Float64Array(classes.length);
    const { width, height, data } = classesOfMask(mask, classOfValue, path, photo);
    for (let i = 0; i < data.length; i++) if (data[i] !== IGNORED) pixels[data[i]]++;
    return { ...image, width, height, pixels };
  };
  return { list, ...await inspect(images, validation, classes, count, options), classOfValue };
}

/**
 * Looks at images of folders that are named for their classes.
 *
 * @throws {BneckError} as {@linkcode inspectMasks} does.
 */
export async function inspectFolders(
  images: readonly FitImage[],
  validation: ValidationSource,
  names: readonly string[],
  options: InspectOptions = {},
): Promise<FitData> {
  const classes = names.map((name, i) => ({ name, color: classColor(i) }));
  refuseClassCount(classes.length);
  const count = async (image: FitImage): Promise<InspectedImage> => {
    const { width, height } = await readImage(image.image);
    const pixels = new Float64Array(classes.length);
    pixels[Number(image.truth)] = 1;
    return { ...image, width, height, pixels };
  };
  return { ...await inspect(images, validation, classes, count, options), classOfValue: new Uint8Array(0) };
}

function refuseClassCount(count: number): void {
  if (count < 2) throw usageError("there is only one class: at least two are needed to tell them apart");
  if (count > MAX_FIT_CLASSES) {
    throw usageError(`${count} classes are too many: at most ${MAX_FIT_CLASSES} can be learned`);
  }
}

/** Images that are looked at at once. */
const AT_ONCE = 4;

async function inspect(
  images: readonly FitImage[],
  validation: ValidationSource,
  classes: readonly FitClass[],
  count: (image: FitImage) => Promise<InspectedImage>,
  options: InspectOptions,
): Promise<Pick<FitData, "classes" | "train" | "val" | "notes">> {
  const own = "images" in validation ? validation.images : [];
  const all = [...images, ...own];
  const found: (InspectedImage | undefined)[] = [];
  const faults: string[] = [];
  let [next, done] = [0, 0];
  const work = async () => {
    while (next < all.length) {
      options.signal?.throwIfAborted();
      const at = next++;
      try {
        found[at] = await count(all[at]);
      } catch (error) {
        if (!(error instanceof BneckError)) throw error;
        faults.push(error.message);
      }
      options.onImage?.(++done, all.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (faults.length > 0 && !options.skipFaulty) {
    const shown = faults.toSorted().slice(0, 10).map((fault) => `\n  ${fault}`).join("");
    const more = faults.length > 10 ? `\n  and ${faults.length - 10} more` : "";
    throw inputError(
      `${faults.length} of ${all.length} images cannot be learned from, so nothing was trained:${shown}${more}`,
      undefined,
      { option: "skipFaulty", advice: "leave them out" },
    );
  }
  const isUsable = (image: InspectedImage | undefined): image is InspectedImage => image !== undefined;
  const usable = found.slice(0, images.length).filter(isUsable);
  const notes = faults.map((fault) => `left out: ${fault}`);
  if (usable.length < 2) {
    throw usageError(`${usable.length} images are too few to learn from and to validate on`);
  }
  if ("images" in validation) {
    const val = found.slice(images.length).filter(isUsable);
    if (val.length === 0) throw usageError("there are no images to validate on");
    return { classes, train: usable, val, notes: [...notes, ...balanceNotes(classes, usable, val)] };
  }
  const { train, val, sequences, divided } = split(usable, validation.share, options.seed ?? 0);
  if (val.length === 0) {
    throw usageError("no class has two images: none can be set aside for validation");
  }
  const [learned, kept] = [train, val].map((places) => places.map((place) => usable[place]));
  if (sequences > 0) {
    notes.push(
      `the names show ${sequences} ${sequences === 1 ? "sequence" : "sequences"}, whose images look alike: ` +
        (divided === 0
          ? "each is kept together when images are set aside for validation"
          : divided === 1 && sequences === 1
          ? "its end is kept for validation"
          : "their ends are kept for validation"),
    );
  }
  return { classes, train: learned, val: kept, notes: [...notes, ...balanceNotes(classes, learned, kept)] };
}

/** Images of one class are divided among themselves; sequences only where nothing could be told apart else. */
function split(images: readonly InspectedImage[], share: number, seed: number): Split {
  const names = images.map(({ name }) => name);
  const classes = images.map(({ truth }) => truth);
  if (classes.every((truth) => typeof truth === "number")) return splitClasses(names, classes, share, seed);
  const whole = splitNames(names, share, seed);
  const learned = totalPixels(whole.train.map((place) => images[place]), images[0].pixels.length);
  return learned.filter((count) => count > 0).length < 2 ? splitNames(names, share, seed, true) : whole;
}

/** Fewer images cannot show how good a network is. */
const FEW_IMAGES = 20;

function balanceNotes(
  classes: readonly FitClass[],
  train: readonly InspectedImage[],
  val: readonly InspectedImage[],
): string[] {
  const notes: string[] = [];
  const [learned, validated] = [train, val].map((images) => totalPixels(images, classes.length));
  if (learned.filter((count) => count > 0).length < 2) {
    throw usageError("the images to learn from show fewer than two classes: there is nothing to tell apart");
  }
  const names = (test: (i: number) => boolean) =>
    classes.filter((_, i) => test(i)).map(({ name }) => name).join(", ");
  const absent = names((i) => learned[i] === 0);
  const unvalidated = names((i) => learned[i] > 0 && validated[i] === 0);
  if (absent) notes.push(`no image to learn from shows ${absent}: the network will not find them`);
  if (unvalidated) {
    notes.push(`no image for validation shows ${unvalidated}: how well they are found is unknown`);
  }
  if (train.length + val.length < FEW_IMAGES) {
    notes.push(
      `${train.length + val.length} images in all are few: the figures say little about other images`,
    );
  }
  return notes;
}

/** Pixels of each class in some images. */
export function totalPixels(images: readonly InspectedImage[], classes: number): Float64Array {
  const total = new Float64Array(classes);
  for (const { pixels } of images) for (let i = 0; i < classes; i++) total[i] += pixels[i];
  return total;
}
