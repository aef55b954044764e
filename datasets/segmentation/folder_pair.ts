/**
 * Any data set of label images: folders whose files belong together by name.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import { type FileListing, listFiles, withoutExtension } from "./list_files.ts";
import { firstTen } from "./messages.ts";

/** The files of one image. */
export interface FolderPair {
  /** Its path below the folder of labels, without extension and without endings such as `_L`. */
  readonly name: string;
  /** The ground truth. */
  readonly label: string;
  /** The photo, where a folder of images was given. */
  readonly image: string | null;
  /** The prediction, where a folder of predictions was given. */
  readonly prediction: string | null;
}

/** The pairs of some folders, and the files that belong to none. */
export interface FolderPairs {
  readonly pairs: readonly FolderPair[];
  /** Images and predictions without a label image, which nothing can be scored on. */
  readonly unused: { readonly images: readonly string[]; readonly predictions: readonly string[] };
}

/** The folders, at least one of `images` and `predictions`. */
export interface FolderPairOptions {
  readonly labels: string;
  readonly images?: string;
  readonly predictions?: string;
  /** Takes only these names, such as the lines of one of PASCAL VOC's `ImageSets/Segmentation/val.txt`. */
  readonly only?: readonly string[];
}

/** Extensions of the photos that are paired. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  "jpg",
  "jpeg",
  "png",
  "webp",
  "avif",
  "bmp",
  "gif",
  "tif",
  "tiff",
];

/**
 * Pairs label images with photos and predictions of the same path below their folders, whatever the
 * extension. Where there is none of the same name, endings that only say what a file holds are not compared, in
 * any case and after `_`, `-` or `.`: `_L` (CamVid), `_gt`, `_gtFine`, `_label`, `_labelIds`, `_labelTrainIds`,
 * `_trainIds`, `_mask`, `_annot`, `_leftImg8bit`, `_pred`, `_prediction`, `.ids`.
 *
 * @throws {BneckError} Labels lack their image or prediction (the first ten are named), two files claim one
 * name, a name of `only` has no label, or there are no labels at all.
 */
export async function pairFolders(options: FolderPairOptions): Promise<FolderPairs> {
  const labels = new NamedFiles(await listFiles(options.labels, ["png"]), "label images");
  const images = options.images === undefined
    ? null
    : new NamedFiles(await listFiles(options.images, IMAGE_EXTENSIONS), "images");
  const predictions = options.predictions === undefined
    ? null
    : new NamedFiles(await listFiles(options.predictions, ["png"]), "predictions");
  if (labels.paths.length === 0) throw usageError(`there are no label images (*.png) in ${options.labels}`);

  const wanted = options.only === undefined ? labels.paths : labelsNamed(options.only, labels);
  const missingImages: string[] = [];
  const missingPredictions: string[] = [];
  const used = new Set<string>();
  const find = (name: string, files: NamedFiles | null, missing: string[]): string | null => {
    if (files === null) return null;
    const path = files.find(name);
    if (path === undefined) missing.push(name);
    else used.add(`${files.folder}/${path}`);
    return path === undefined ? null : `${files.folder}/${path}`;
  };
  const pairs = wanted.map((path): FolderPair => {
    const stem = withoutExtension(path);
    return {
      name: bareName(stem),
      label: `${labels.folder}/${path}`,
      image: find(stem, images, missingImages),
      prediction: find(stem, predictions, missingPredictions),
    };
  });
  refuseMissing("image", options.images, missingImages, pairs.length);
  refuseMissing("prediction", options.predictions, missingPredictions, pairs.length);

  const unused = (files: NamedFiles | null) =>
    files === null || options.only !== undefined
      ? []
      : files.paths.map((path) => `${files.folder}/${path}`).filter((path) => !used.has(path));
  return { pairs, unused: { images: unused(images), predictions: unused(predictions) } };
}

/**
 * The error for files that lack their counterpart.
 *
 * @throws {BneckError} `missing` is not empty; the first ten are named, and how many there are.
 */
export function refuseMissing(
  what: string,
  folder: string | undefined,
  missing: readonly string[],
  total: number,
): void {
  if (missing.length === 0) return;
  throw inputError(
    `${missing.length} of ${total} ground truth images have no ${what} in ${folder}, so nothing was scored:` +
      firstTen(missing),
  );
}

const ENDINGS =
  /([._-](l|gt|gtfine|labels?|labelids|labeltrainids|trainids|ids|masks?|annot|leftimg8bit|pred|prediction))+$/i;

/** A name without the endings that only say what the file holds. */
function bareName(stem: string): string {
  return stem.replace(ENDINGS, "");
}

/** The files of one folder by name. */
class NamedFiles {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly #byStem: ReadonlyMap<string, readonly string[]>;
  readonly #byBareName: ReadonlyMap<string, readonly string[]>;

  constructor(listing: FileListing, readonly what: string) {
    this.folder = listing.folder;
    this.paths = listing.paths;
    this.#byStem = Map.groupBy(this.paths, withoutExtension);
    this.#byBareName = Map.groupBy(this.paths, (path) => bareName(withoutExtension(path)));
  }

  /** The file of this name, or else of this name but for its ending. */
  find(name: string): string | undefined {
    const found = this.#byStem.get(name) ?? this.#byBareName.get(bareName(name)) ?? [];
    if (found.length > 1) {
      throw usageError(
        `${found.length} ${this.what} in ${this.folder} claim the name ${bareName(name)}: ` +
          `${found.slice(0, 3).join(", ")}; leave one of them in the folder`,
      );
    }
    return found[0];
  }
}

function labelsNamed(names: readonly string[], labels: NamedFiles): string[] {
  const paths = names.map((name) => [name, labels.find(name)] as const);
  const missing = paths.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) {
    throw inputError(
      `${missing.length} of the ${names.length} names listed have no label image in ${labels.folder}:` +
        firstTen(missing),
    );
  }
  return paths.map(([, path]) => path!);
}
