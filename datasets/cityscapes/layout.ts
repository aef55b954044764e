/**
 * The folders of Cityscapes, and which prediction belongs to which frame.
 *
 * @module
 */
import { inputError, usageError } from "../../core/errors.ts";
import { baseName, IMAGE_EXTENSIONS, isFolder } from "../../core/files/mod.ts";
import { LABEL_EXTENSIONS } from "../../core/files/search.ts";
import { extension, listFiles, withoutExtension } from "../list_files.ts";
import { firstTen } from "../messages.ts";
import { passedOver, refuseMissing } from "../segmentation/folder_pair.ts";
import { idsOfName, type PredictionIds } from "./prediction_ids.ts";

/** One labelled frame of a split. */
export interface CityscapesFrameFiles {
  /** `city_sequence_frame`: what all files of the frame begin with. */
  readonly name: string;
  /** `gtFine/SPLIT/CITY/*_gtFine_labelIds.png`; `*_labelTrainIds.png` in sets that hold only these */
  readonly labelIds: string;
  /** `gtFine/SPLIT/CITY/*_gtFine_instanceIds.png`, `null` if it is not there. */
  readonly instanceIds: string | null;
  /** `leftImg8bit/SPLIT/CITY/*_leftImg8bit.png` or another image, `null` if it is not there. */
  readonly image: string | null;
}

/** A frame and its prediction. */
export interface CityscapesPair extends CityscapesFrameFiles {
  readonly prediction: string;
}

const TRUTH = /^(?:.*\/)?([^/_]+_\d+_\d+)_gtFine_label(Train)?Ids\.png$/;

/** Images for people. */
const DRAWING = /(colou?r|overlay|scores)\.[a-z]+$/i;

/** The beginning of every file of a frame; cities have no underscore in their names. */
const FRAME = /^([^/_]+_\d+_\d+)(?!\d)/;

/**
 * Reads the frames of a split, sorted by the path of their ground truth.
 *
 * @param root the folder that holds `gtFine` and, for images, `leftImg8bit`
 * @param split `train`, `val` or `test`
 * @throws {BneckError} The folder has no such split, or the split no ground truth.
 */
export async function readCityscapes(root: string, split: string): Promise<CityscapesFrameFiles[]> {
  const folder = `${root}/gtFine/${split}`;
  if (!isFolder(folder)) {
    const splits = await foldersIn(`${root}/gtFine`);
    const there = splits === null
      ? `there is no gtFine in ${root}`
      : `gtFine has: ${splits.join(", ") || "nothing"}`;
    throw usageError(`cannot find the split "${split}" of Cityscapes: ${folder} does not exist (${there})`);
  }
  const { paths } = await listFiles(folder, ["png"]);
  const present = new Set(paths);
  const imageFolder = `${root}/leftImg8bit/${split}`;
  const images = await photosByStem(imageFolder);
  const all = paths.filter((path) => TRUTH.test(path));
  const official = all.filter((path) => path.endsWith("_labelIds.png"));
  const frames = (official.length > 0 ? official : all).map((path): CityscapesFrameFiles => {
    const [, name] = path.match(TRUTH)!;
    const stem = path.replace(/_label(Train)?Ids\.png$/, "");
    const instanceIds = `${stem}_instanceIds.png`;
    const image = images.get(stem.replace(/_gtFine$/, "_leftImg8bit"));
    return {
      name,
      labelIds: `${folder}/${path}`,
      instanceIds: present.has(instanceIds) ? `${folder}/${instanceIds}` : null,
      image: image === undefined ? null : `${imageFolder}/${image}`,
    };
  });
  if (frames.length === 0) {
    throw usageError(`there is no ground truth in ${folder}: expected CITY/*_gtFine_labelIds.png`);
  }
  return frames;
}

/** The photos of a split by their path without extension; a PNG, the official form, goes before others. */
async function photosByStem(folder: string): Promise<ReadonlyMap<string, string>> {
  if (!isFolder(folder)) return new Map();
  const { paths } = await listFiles(folder, IMAGE_EXTENSIONS);
  const pngLast = [...paths].sort((a, b) => Number(extension(a) === "png") - Number(extension(b) === "png"));
  return new Map(pngLast.map((path) => [withoutExtension(path), path]));
}

/**
 * Finds the prediction of each frame: the PNG (or TIFF, BMP, WebP) anywhere under `folder` whose name begins with
 * `city_sequence_frame`, as the official script does. Images for people beside it (`*color.png`,
 * `*overlay.png`, `*scores.png`) are not taken for predictions, and where a frame has several of which one states
 * `ids` in its name, that one is taken.
 *
 * @param ids how the predictions are numbered, if it is known
 * @throws {BneckError} Frames have no prediction (the first ten are named) or more than one.
 */
export async function pairPredictions(
  frames: readonly CityscapesFrameFiles[],
  folder: string,
  ids?: PredictionIds,
): Promise<CityscapesPair[]> {
  const { paths: all } = await listFiles(folder);
  const paths = all.filter((path) => LABEL_EXTENSIONS.includes(extension(path)));
  const candidates = Map.groupBy(paths, (path) => baseName(path).match(FRAME)?.[1]);
  const several: string[] = [];
  const missing: string[] = [];
  const pairs = frames.flatMap((frame): CityscapesPair[] => {
    const found = candidates.get(frame.name) ?? [];
    const labels = found.filter((path) => !DRAWING.test(path));
    const stated = ids === undefined ? [] : labels.filter((path) => idsOfName(path) === ids);
    const predictions = labels.length > 1 && stated.length === 1 ? stated : labels;
    if (predictions.length > 1) several.push(`${frame.name}: ${predictions.slice(0, 3).join(", ")}`);
    if (predictions.length === 0) missing.push(frame.name);
    return predictions.length === 1 ? [{ ...frame, prediction: `${folder}/${predictions[0]}` }] : [];
  });
  refuseMissing("prediction", folder, missing, frames.length, passedOver(all, DRAWING));
  if (several.length > 0) {
    throw inputError(
      `${several.length} of ${frames.length} ground truth images have more than one prediction in ${folder}, so ` +
        `nothing was scored; leave one in the folder, or say whether to take labelIds or trainIds:${
          firstTen(several)
        }`,
    );
  }
  return pairs;
}

/**
 * Whether instances can be scored: `true` if every frame has its instanceIds, `false` if none has.
 *
 * @throws {BneckError} Some have them and some do not.
 */
export function haveInstances(frames: readonly CityscapesFrameFiles[]): boolean {
  if (frames.every(({ instanceIds }) => instanceIds === null)) return false;
  refuseMissingInstances(frames);
  return true;
}

/** @throws {BneckError} Frames have no instanceIds (the first ten are named). */
export function refuseMissingInstances(frames: readonly CityscapesFrameFiles[]): void {
  const lacking = frames.filter(({ instanceIds }) => instanceIds === null).map(({ labelIds }) => labelIds);
  if (lacking.length === 0) return;
  throw inputError(
    `${lacking.length} of ${frames.length} ground truth images have no *_instanceIds.png beside them, so nothing was ` +
      `scored; add them, or score without instances:${firstTen(lacking)}`,
  );
}

/** The name under which a prediction of `frame` is found again, here and by the official server. */
export function predictionFileName(frame: Pick<CityscapesFrameFiles, "name">, ids: PredictionIds): string {
  return `${frame.name}_${ids === "labelIds" ? "labelIds" : "labelTrainIds"}.png`;
}

/** The names of the folders in `path`, or `null` if there is no such folder. */
async function foldersIn(path: string): Promise<string[] | null> {
  if (!isFolder(path)) return null;
  const names: string[] = [];
  for await (const entry of Deno.readDir(path)) if (entry.isDirectory) names.push(entry.name);
  return names.sort();
}
