import { exists, writeFileAtomic } from "../../core/files/mod.ts";
import {
  claimedSize,
  decodeImage,
  DEFAULT_MAX_PIXELS,
  fullSize,
  type ImageSize,
  isReduced,
  type LabelMap,
  readImageFile,
  type RgbImage,
} from "../../core/images/mod.ts";
import { type MemoryBudget, stopwatch, type WaitFor, withinBudget } from "../../core/workers/mod.ts";
import { clipDetections, type Detections, labelsOf, maskAt, meanProbability } from "../../heads/mod.ts";
import type { Model } from "../model.ts";
import {
  type FileSources,
  hideClasses,
  isNumbered,
  makeFiles,
  type NumberedKind,
  numberedSuffix,
} from "./files.ts";
import { galleryImage } from "./gallery_image.ts";
import { type ImageJob, type ImageReport, MASK_FILES, type PipelineSettings } from "./job.ts";
import { memoryNeed } from "./memory_need.ts";
import { compressedMask, type MaskSource, objectMasks, pixelClasses } from "./object_masks.ts";
import { drawingOf, neededSize } from "./drawing_size.ts";

/** Memory that is shared with other threads. */
export interface SharedMemory {
  readonly budget: MemoryBudget;
  readonly waitFor: WaitFor;
}

/**
 * The whole way of one image: read, predict, write.
 *
 * @param memory what large images wait for, before they are decoded.
 * @throws {BneckError} when the image cannot be read, needs too much memory, or a file cannot be written.
 */
export async function processImage(
  model: Model,
  job: ImageJob,
  settings: PipelineSettings,
  memory?: SharedMemory,
): Promise<ImageReport> {
  const lap = stopwatch();
  const bytes = await readImageFile(job.path);
  const read = lap();
  // Without a place for them no files are made.
  const wanted = job.outputStem === undefined ? { ...settings, files: [] } : settings;
  const work = () => processBytes(model, bytes, read, job, wanted);
  const claimed = memory && await claimedSize(bytes);
  const { maxPixels = DEFAULT_MAX_PIXELS } = settings;
  if (!claimed || claimed.width * claimed.height > maxPixels) return await work();
  const needed = neededSize(model, claimed, wanted);
  const reduced = claimed.reducible && isReduced(claimed, needed) ? needed : undefined;
  const need = memoryNeed(claimed, wanted, reduced);
  const what = `cannot read ${job.path}: an image of ${claimed.width}×${claimed.height} pixels`;
  return await withinBudget(memory.budget, need, what, work, memory.waitFor);
}

/** The way of an image that was read. */
async function processBytes(
  model: Model,
  bytes: Uint8Array,
  read: number,
  { path, outputStem, thumbnail }: ImageJob,
  settings: PipelineSettings,
): Promise<ImageReport> {
  const lap = stopwatch();
  const { maxPixels, truncated } = settings;
  const reduce = (full: ImageSize) => neededSize(model, full, settings);
  const image = await decodeImage(bytes, path, { maxPixels, truncated, reduce });
  const decode = lap();

  const prediction = await model.predict(image, settings);
  const { width, height } = fullSize(image);
  const { detect, segment, classify } = model.tasks;
  const detections = prediction.detect && clipDetections(prediction.detect, width, height);
  const counts = segment && new Uint32Array(segment.labels.length);
  const labels = prediction.segment && labelsOf(prediction.segment, counts);
  const masks = detections && masksOf(model, detections, labels, settings);
  const probability = settings.probability && prediction.segment
    ? meanProbability(prediction.segment)
    : undefined;
  const shown = settings.segment?.shownClasses;
  if (labels && shown) hideClasses(labels, counts!, shown);
  const { resize, infer } = prediction.milliseconds;
  const post = lap() - resize - infer;

  const sources: FileSources = {
    path,
    image,
    drawing: drawingOf(image, settings),
    detect: detections && { detections, labels: detect!.labels, masks, yoloScores: settings.yoloScores },
    segment: labels &&
      {
        logits: prediction.segment!,
        labels,
        counts: counts!,
        classes: segment!.labels,
        settings: settings.segment!,
      },
    classify: prediction.classify && { best: prediction.classify, labels: classify!.labels },
  };
  const saved = await saveFiles(outputStem, settings, sources);
  const gallery = settings.gallery &&
    await galleryImage(bytes, sources, thumbnail ? settings.gallery.side : undefined);
  free([image, sources.drawing, labels]);
  return {
    width,
    height,
    inputWidth: prediction.inputWidth,
    inputHeight: prediction.inputHeight,
    detect: detections && withoutMasks(detections),
    segment: counts,
    masks: settings.masks && masks
      ? Array.from({ length: detections.count }, (_, row) => {
        const mask = masks.at(row);
        return mask || masks.isComplete ? compressedMask(mask, height, width) : null;
      })
      : undefined,
    probability,
    classify: prediction.classify,
    notes: image.notes,
    gallery,
    files: saved.files,
    milliseconds: { read, decode, resize, infer, post, encode: saved.encode, write: saved.write },
  };
}

/** What is sent to another thread: masks are made of large tensors. */
function withoutMasks({ masks: _, ...detections }: Detections): Detections {
  return detections;
}

/** Pixels above which memory is given back at once, and not when garbage is next collected. */
const LARGE = 4_000_000;

/** Gives back the memory of large images, which nothing refers to any more. */
function free(images: readonly (RgbImage | LabelMap | undefined)[]): void {
  for (const image of images) {
    const buffer = image?.data.buffer;
    if (buffer instanceof ArrayBuffer && buffer.byteLength > LARGE) buffer.transfer(0);
  }
}

/** The masks of objects, where something is made of masks: the network's, or parts of the classes of pixels. */
function masksOf(
  { tasks }: Model,
  detections: Detections,
  labels: LabelMap | undefined,
  { masks, files }: PipelineSettings,
): MaskSource | undefined {
  if (!masks && !MASK_FILES.some((kind) => files.includes(kind))) return undefined;
  if (detections.masks) return { isComplete: true, at: (row) => maskAt(detections, row) };
  if (labels === undefined) return undefined;
  // All at once, before classes are hidden in the labels.
  const found = objectMasks(
    detections,
    labels,
    pixelClasses(tasks.detect!.labels, tasks.segment!.labels),
  );
  return { isComplete: false, at: (row) => found[row] };
}

/** The files that were written, and the milliseconds it took to make and to write them. */
interface SavedFiles {
  readonly files: readonly string[];
  readonly encode: number;
  readonly write: number;
}

async function saveFiles(
  stem: string | undefined,
  settings: PipelineSettings,
  sources: FileSources,
): Promise<SavedFiles> {
  const files: string[] = [];
  if (stem === undefined) return { files, encode: 0, write: 0 };
  const lap = stopwatch();
  let [encode, write] = [0, 0];
  for (const kind of settings.files) {
    for await (const { suffix, content } of makeFiles(kind, sources)) {
      const path = `${stem}.${suffix}`;
      encode += lap();
      if (settings.existing === "keep" && exists(path)) continue;
      await writeFileAtomic(path, content);
      write += lap();
      files.push(path);
    }
    if (isNumbered(kind) && settings.existing === "replace") await removeOthers(stem, kind, files);
  }
  return { files, encode: encode + lap(), write };
}

/** Removes numbered files of an earlier run that this one does not have. */
async function removeOthers(stem: string, kind: NumberedKind, written: readonly string[]): Promise<void> {
  for (let row = 0; row < MAX_NUMBERED; row++) {
    const path = `${stem}.${numberedSuffix(kind, row)}`;
    if (!written.includes(path) && exists(path)) await Deno.remove(path);
  }
}

/** Objects of an image whose files have three digits. */
const MAX_NUMBERED = 999;
