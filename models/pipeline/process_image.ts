import { release, SpareBytes } from "../../core/bytes.ts";
import { exists, writeFileAtomic } from "../../core/files/mod.ts";
import {
  type DecodedImage,
  decodeImage,
  fullSize,
  type ImageSize,
  type LabelMap,
  readImageFile,
  type RgbImage,
} from "../../core/images/mod.ts";
import { stopwatch } from "../../core/workers/mod.ts";
import { clipDetections, type Detections, labelsOf, maskAt, meanProbability } from "../../heads/mod.ts";
import type { Model } from "../model.ts";
import { isNumbered, type NumberedKind, numberedSuffix } from "./file_names.ts";
import { drawnImage, type FileSources, hideClasses, makeFiles, unseenLabels } from "./files.ts";
import { galleryImage } from "./gallery_image.ts";
import {
  DRAWN_FILES,
  type DrawnKind,
  type FileKind,
  type ImageJob,
  type ImageReport,
  MASK_FILES,
  type PipelineSettings,
} from "./job.ts";
import { type SharedMemory, withMemoryFor } from "./memory_need.ts";
import { type MaskSource, objectMasks, pixelClasses } from "./object_masks.ts";
import { drawingOf, neededSize } from "./drawing_size.ts";
import { savedObjectMasks, savedRegions } from "./saved_masks.ts";

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
  // Without a place for them no files are made.
  const wanted = job.outputStem === undefined ? { ...settings, files: [] } : settings;
  if (job.frame) {
    return await processDecoded(model, job.frame, undefined, NO_TIME, job, frameSettings(wanted));
  }
  const lap = stopwatch();
  const bytes = await readImageFile(job.path);
  const read = lap();
  const work = () => processBytes(model, bytes, read, job, wanted);
  const needed = (full: ImageSize) => neededSize(model, full, wanted);
  return await withMemoryFor({ path: job.path, bytes, needed, model }, wanted, memory, work);
}

/** The way of an image that was read. */
async function processBytes(
  model: Model,
  bytes: Uint8Array,
  read: number,
  job: ImageJob,
  settings: PipelineSettings,
): Promise<ImageReport> {
  const lap = stopwatch();
  const { maxPixels, truncated } = settings;
  const reduce = (full: ImageSize) => neededSize(model, full, settings);
  const image = await decodeImage(bytes, job.path, { maxPixels, truncated, reduce });
  const report = await processDecoded(model, image, bytes, { read, decode: lap() }, job, settings);
  release(bytes);
  return report;
}

/** A video is begun again as a whole: what an earlier run left of it is replaced. */
function frameSettings(settings: PipelineSettings): PipelineSettings {
  return settings.existing === "keep" ? { ...settings, existing: undefined } : settings;
}

/** For the classes of pixels. */
const SPARE = new SpareBytes();

/** Of a frame, which ffmpeg has read and decoded. */
const NO_TIME = { read: 0, decode: 0 };

/**
 * The way of an image whose pixels are there.
 *
 * @param bytes of its file; absent of a frame of a video
 */
async function processDecoded(
  model: Model,
  image: DecodedImage,
  bytes: Uint8Array | undefined,
  { read, decode }: { readonly read: number; readonly decode: number },
  { path, frame, outputStem, thumbnail }: ImageJob,
  settings: PipelineSettings,
): Promise<ImageReport> {
  const lap = stopwatch();
  const prediction = await model.predict(image, settings);
  const { width, height } = fullSize(image);
  const { detect, segment, classify } = model.tasks;
  const detections = prediction.detect && clipDetections(prediction.detect, width, height);
  const counts = segment && new Uint32Array(segment.labels.length);
  const classBytes = segment && SPARE.take(width * height);
  const labels = prediction.segment && labelsOf(prediction.segment, counts, classBytes);
  const masks = detections && masksOf(model, detections, labels, settings);
  const probability = settings.probability && prediction.segment
    ? meanProbability(prediction.segment)
    : undefined;
  const shown = settings.segment?.shownClasses;
  if (labels && shown) hideClasses(labels, counts!, shown);
  const regions = labels && settings.regions &&
    savedRegions(labels, prediction.segment!, unseenLabels(segment!.labels), settings.regions);
  const { resize, infer } = prediction.milliseconds;
  const post = lap() - resize - infer;

  const sources: FileSources = {
    path,
    frame: frame?.index,
    image,
    drawing: drawingOf(image, settings),
    detect: detections && {
      detections,
      labels: detect!.labels,
      masks,
      yoloScores: settings.yoloScores,
      colors: settings.boxColors,
    },
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
  const isDrawn = (kind: FileKind): kind is DrawnKind => (DRAWN_FILES as readonly FileKind[]).includes(kind);
  const drawnKinds = frame ? settings.files.filter(isDrawn) : [];
  const files = frame ? settings.files.filter((kind) => !isDrawn(kind)) : settings.files;
  const drawn = drawnKinds.length > 0 ? await drawAll(drawnKinds, sources) : undefined;
  const saved = await saveFiles(outputStem, { ...settings, files }, sources);
  const gallery = settings.gallery &&
    await galleryImage(bytes, sources, thumbnail ? settings.gallery.side : undefined);
  // What is reported of drawings are copies.
  release(image.data, sources.drawing?.data, prediction.segment?.data, prediction.segment?.classMap);
  if (classBytes) SPARE.giveBack(classBytes);
  return {
    width,
    height,
    inputWidth: prediction.inputWidth,
    inputHeight: prediction.inputHeight,
    detect: detections && withoutMasks(detections),
    segment: counts,
    masks: settings.masks && masks &&
      savedObjectMasks(masks, detections.count, height, width, settings.masks),
    regions,
    probability,
    classify: prediction.classify,
    notes: image.notes,
    gallery,
    drawn,
    files: saved.files,
    milliseconds: { read, decode, resize, infer, post, encode: saved.encode, write: saved.write },
  };
}

/** What is sent to another thread: masks are made of large tensors. */
function withoutMasks({ masks: _, ...detections }: Detections): Detections {
  return detections;
}

/** The drawings of a frame, which become frames of other videos. */
async function drawAll(
  kinds: readonly DrawnKind[],
  sources: FileSources,
): Promise<Partial<Record<DrawnKind, RgbImage>>> {
  const drawn: Partial<Record<DrawnKind, RgbImage>> = {};
  for (const kind of kinds) {
    const image = await drawnImage(kind, sources);
    // Drawing may leave an image as it is, which must not be sent twice.
    if (image) drawn[kind] = { width: image.width, height: image.height, data: image.data.slice() };
  }
  return drawn;
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
