/**
 * Any data set of label images: folders whose files belong together by name.
 *
 * @module
 */
import { basename, dirname } from "node:path/posix";
import { inputError, usageError } from "../../core/errors.ts";
import { IMAGE_EXTENSIONS, JPEG_EXTENSIONS } from "../../core/files/search.ts";
import { LABEL_EXTENSIONS } from "../../core/files/search.ts";
import type { DrawnSet } from "../labelling/drawn_set.ts";
import type { DrawnLabels } from "../labelling/labelled_image.ts";
import { extension, type FileListing, listFiles, withoutExtension } from "../list_files.ts";
import { firstTen } from "../messages.ts";

/** The files of one image. */
export interface FolderPair {
  /** Its path below the folder of labels, see {@linkcode bareName}. */
  readonly name: string;
  /** The ground truth: its file, or of labels that are drawn what messages call it. */
  readonly label: string;
  /** The ground truth where it is drawn. */
  readonly drawn?: DrawnLabels;
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
  /** The labels where they are drawn and not label maps in the folder. */
  readonly drawn?: DrawnSet;
  readonly images?: string;
  /** Whether images are paired; if not, their folder only tells which files are labels. @default {true} */
  readonly needImages?: boolean;
  readonly predictions?: string;
  /** Takes only these names, such as the lines of one of PASCAL VOC's `ImageSets/Segmentation/val.txt`. */
  readonly only?: readonly string[];
}

/** The extension of labels that are drawn. */
const DRAWN = ".drawn";

/**
 * Pairs label images with photos and predictions of the same path below their folders, whatever the extension
 * (`photo.jpg` with `photo.png` or `photo.jpg.png`) and the Unicode form. Where there is none of the same name, endings
 * that only say what a file holds are not compared, see {@linkcode bareName}.
 *
 * The folders may be one and the same, as in Roboflow's exports, where `a_mask.png` stands beside `a.jpg`: then files with
 * the ending of a label are the labels, and a file is never paired with itself.
 *
 * @throws {BneckError} Labels lack their image or prediction (the first ten are named), two files claim one
 * name, a name of `only` has no label, or there are no labels at all.
 */
export async function pairFolders(options: FolderPairOptions): Promise<FolderPairs> {
  const { drawn } = options;
  const byPath = drawn && new Map(drawn.images.map((image) => [`${image.name}${DRAWN}`, image.labels]));
  const { folder, paths: files } = byPath
    ? { folder: dirname(drawn!.path), paths: [...byPath.keys()] }
    : await listFiles(options.labels);
  const labels = new NamedFiles(
    { folder, paths: byPath ? files : await labelFiles(files, options) },
    "label images",
  );
  if (labels.paths.length === 0) {
    const formats = LABEL_EXTENSIONS.map((ending) => `*.${ending}`).join(", ");
    throw usageError(`there are no label images (${formats}) in ${options.labels}${passedOver(files)}`);
  }
  const images = options.images === undefined || options.needImages === false
    ? null
    : new NamedFiles(refuseNone(await others(options.images, IMAGE_EXTENSIONS, labels), labels), "images");
  const predictions = options.predictions === undefined
    ? null
    : new NamedFiles(await predictionFiles(options.predictions, labels), "predictions");

  const wanted = options.only === undefined ? labels.paths : labelsNamed(options.only, labels);
  const missingImages: string[] = [];
  const missingPredictions: string[] = [];
  const takenBy = new Map<string, string>();
  const find = (label: string, files: NamedFiles | null, missing: string[]): string | null => {
    if (files === null) return null;
    const name = withoutExtension(label);
    // Labels of other programs may name folders that are not those here.
    const path = files.find(name) ?? (byPath ? files.find(basename(name)) : undefined);
    if (path === undefined) {
      missing.push(name);
      return null;
    }
    const found = `${files.folder}/${path}`;
    const other = takenBy.get(`${files.what} ${path}`);
    if (other !== undefined && other !== label) {
      throw usageError(
        `${other} and ${label} in ${labels.folder} both claim ${found}; leave one of them in the folder`,
      );
    }
    takenBy.set(`${files.what} ${path}`, label);
    return found;
  };
  const pairs = wanted.map((path): FolderPair => ({
    name: bareName(withoutExtension(path)),
    ...byPath
      ? { label: `${drawn!.path} (${path.slice(0, -DRAWN.length)})`, drawn: byPath.get(path)! }
      : { label: `${labels.folder}/${path}` },
    image: find(path, images, missingImages),
    prediction: find(path, predictions, missingPredictions),
  }));
  refuseMissing("image", options.images, missingImages, pairs.length);
  if (missingPredictions.length > 0) {
    const reason = passedOver((await listFiles(options.predictions!)).paths);
    refuseMissing("prediction", options.predictions, missingPredictions, pairs.length, reason);
  }

  const unused = (files: NamedFiles | null) =>
    files === null || options.only !== undefined
      ? []
      : files.paths.filter((path) => !takenBy.has(`${files.what} ${path}`)).map((path) =>
        `${files.folder}/${path}`
      );
  return { pairs, unused: { images: unused(images), predictions: unused(predictions) } };
}

/** The label images among the files of their folder, which may hold photos and predictions too. */
async function labelFiles(
  files: readonly string[],
  { labels, images }: FolderPairOptions,
): Promise<readonly string[]> {
  const paths = files.filter((path) => LABEL_EXTENSIONS.includes(extension(path)));
  const marked = paths.filter((path) => kindOf(path) === "label");
  if (marked.length > 0 && images !== undefined && await isSameFolder(images, labels)) return marked;
  // Predictions beside their ground truth are told by their ending.
  const namesOfTruth = new Set(
    paths.filter((path) => kindOf(path) !== "prediction").map((path) => bareName(withoutExtension(path))),
  );
  return paths.filter((path) =>
    kindOf(path) !== "prediction" || !namesOfTruth.has(bareName(withoutExtension(path)))
  );
}

/** The files of another folder, without those that are labels. */
async function others(
  folder: string,
  extensions: readonly string[],
  labels: FileListing,
): Promise<FileListing> {
  const { paths } = await listFiles(folder, extensions);
  const [here, there] = await Promise.all([Deno.realPath(folder), Deno.realPath(labels.folder)]);
  const own = new Set(labels.paths.map((path) => `${there}/${path}`));
  return { folder, paths: paths.filter((path) => !own.has(`${here}/${path}`)) };
}

/** The predictions of a folder. One that holds the ground truth alone is taken at its word: a check that all is right. */
async function predictionFiles(folder: string, labels: FileListing): Promise<FileListing> {
  const found = await others(folder, LABEL_EXTENSIONS, labels);
  return found.paths.length > 0 ? found : await listFiles(folder, LABEL_EXTENSIONS);
}

/** @throws {BneckError} (usage) Nothing but ground truth is left of the folder of the images. */
function refuseNone(images: FileListing, labels: FileListing): FileListing {
  if (images.paths.length > 0 || labels.paths.length === 0) return images;
  throw usageError(
    `there are no images in ${images.folder} beside the ground truth itself, and a file is never its own pair`,
  );
}

async function isSameFolder(a: string, b: string): Promise<boolean> {
  try {
    return await Deno.realPath(a) === await Deno.realPath(b);
  } catch {
    return false;
  }
}

/**
 * What messages about missing files add on those that were not considered; empty where there are none.
 *
 * @param drawings the names of colour images for people
 */
export function passedOver(paths: readonly string[], drawings?: RegExp): string {
  const jpegs = paths.filter((path) => JPEG_EXTENSIONS.includes(extension(path)));
  const drawn = drawings === undefined
    ? []
    : paths.filter((path) => !jpegs.includes(path) && drawings.test(path));
  const parts = [
    { files: jpegs, why: "JPEG cannot hold labels" },
    { files: drawn, why: "colour images for people by their names, not ids" },
  ].filter(({ files }) => files.length > 0).map(({ files, why }) =>
    `${files.slice(0, 3).join(", ")}${files.length > 3 ? ` and ${files.length - 3} more` : ""} (${why})`
  );
  return parts.length === 0 ? "" : `; files passed over: ${parts.join("; ")}`;
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
  reason = "",
): void {
  if (missing.length === 0) return;
  throw inputError(
    `${missing.length} of ${total} ground truth images have no ${what} in ${folder}, so nothing was scored${reason}:` +
      firstTen(missing),
  );
}

const LABEL_ENDINGS =
  "l|gt|gtfine|gtcoarse|labels?|labelids|labeltrainids|trainids|masks?|annot|anno|annotations?|seg|segm|segmentation|" +
  "semantic|ground_?truth";
const PHOTO_ENDINGS = "leftimg8bit|image|img|photo|rgb|sat";
const PREDICTION_ENDINGS = "ids|preds?|predictions?";

const ENDINGS = new RegExp(`([._-](${LABEL_ENDINGS}|${PHOTO_ENDINGS}|${PREDICTION_ENDINGS}))+$`, "i");
const LABEL = new RegExp(`[._-](${LABEL_ENDINGS})$`, "i");
const PREDICTION = new RegExp(`[._-](${PREDICTION_ENDINGS})$`, "i");
const IMAGE_EXTENSION = new RegExp(`\\.(${IMAGE_EXTENSIONS.join("|")})$`, "i");

/**
 * A name in composed Unicode, without the endings that only say what the file holds, in any case and after `_`, `-` or
 * `.`: of labels `_mask`, `_label`, `_labels`, `_labelIds`, `_labelTrainIds`, `_trainIds`, `_gt`, `_gtFine`, `_seg`,
 * `_segmentation`, `_annot`, `_annotation`, `_groundtruth` and `_L` (CamVid); of photos `_leftImg8bit`, `_image`, `_img`,
 * `_photo`, `_rgb` and `_sat`; of predictions `_pred`, `_prediction` and `.ids`; and of any the extension of an image.
 */
function bareName(stem: string): string {
  let bare = stem.normalize("NFC");
  for (let before = ""; before !== bare;) {
    before = bare;
    bare = bare.replace(IMAGE_EXTENSION, "").replace(ENDINGS, "");
  }
  return bare;
}

/** What the ending of a file's name says that it is. */
function kindOf(path: string): "label" | "prediction" | null {
  const stem = withoutExtension(path).replace(IMAGE_EXTENSION, "");
  return LABEL.test(stem) ? "label" : PREDICTION.test(stem) ? "prediction" : null;
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
    this.#byStem = Map.groupBy(this.paths, (path) => withoutExtension(path).normalize("NFC"));
    this.#byBareName = Map.groupBy(this.paths, (path) => bareName(withoutExtension(path)));
  }

  /** The file of this name, or else of this name but for its ending. */
  find(name: string): string | undefined {
    const same = this.#byStem.get(name.normalize("NFC")) ?? this.#byBareName.get(bareName(name)) ?? [];
    const kind = this.what === "predictions" ? "prediction" : null;
    const marked = this.what === "label images" ? [] : same.filter((path) => kindOf(path) === kind);
    const found = same.length > 1 && marked.length > 0 ? marked : same;
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
