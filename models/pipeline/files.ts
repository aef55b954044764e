/** The files that are written for an image. */
import {
  blendOverlay,
  boxColor,
  type Color,
  colorize,
  crop,
  type DecodedImage,
  drawBoxes,
  encodeGreyPng,
  encodeLabelPng,
  encodeRgbImage,
  encodeTransparentPng,
  fullSize,
  type ImageSize,
  type LabelMap,
  paintMask,
  type Palette,
  type RgbImage,
  withLegendStrip,
  withRegionLabels,
} from "../../core/images/mod.ts";
import {
  boxAt,
  type Classification,
  confidenceOf,
  type Detections,
  type LabelLogits,
  labelsOf,
  maskAt,
  matteOf,
} from "../../heads/mod.ts";
import type { ClassificationLabel, DetectionLabel, SegmentationLabel } from "../network.ts";
import { describeClasses, describeObjects } from "./describe.ts";
import { FILE_SUFFIXES, type NumberedKind, numberedSuffix } from "./file_names.ts";
import type { DrawnKind, FileKind, IdTable, Legend, SegmentSettings } from "./job.ts";
import type { MaskSource } from "./object_masks.ts";

/** A file to write: the end of its name, and what is in it. */
export interface OutputFile {
  /** For example `ids.png`; the name of the image stands before it. */
  readonly suffix: string;
  readonly content: Uint8Array | string;
}

/** What the files of an image are made from. */
export interface FileSources {
  readonly path: string;
  /** The number of a frame of a video. */
  readonly frame?: number;
  readonly image: DecodedImage;
  /** The image at the size at which it is drawn, where it is. */
  readonly drawing?: RgbImage;
  readonly detect?: {
    readonly detections: Detections;
    readonly labels: readonly DetectionLabel[];
    /** Where masks are asked for. */
    readonly masks?: MaskSource;
    /** @default {true} */
    readonly yoloScores?: boolean;
    /** By the index of the class. */
    readonly colors?: Palette;
  };
  readonly segment?: {
    readonly logits: LabelLogits;
    readonly labels: LabelMap;
    /** Pixels of each class. */
    readonly counts: Uint32Array;
    readonly classes: readonly SegmentationLabel[];
    readonly settings: SegmentSettings;
  };
  readonly classify?: { readonly best: Classification; readonly labels: readonly ClassificationLabel[] };
}

/** The id of pixels whose class is hidden: the one that data sets do not score, too. */
export const HIDDEN = 255;

/**
 * Gives every pixel of a class that is not shown the id {@linkcode HIDDEN}, in place.
 *
 * @param counts pixels of each class; those of hidden classes become 0
 */
export function hideClasses(labels: LabelMap, counts: Uint32Array, shown: ReadonlySet<number>): void {
  const ids = Uint8Array.from({ length: 256 }, (_, id) => shown.has(id) ? id : HIDDEN);
  const { data } = labels;
  for (let i = 0; i < data.length; i++) data[i] = ids[data[i]];
  for (let id = 0; id < counts.length; id++) if (!shown.has(id)) counts[id] = 0;
}

/** Makes the files of one kind: none for a task that did not run, one for each object for crops and cutouts. */
export async function* makeFiles(
  kind: FileKind,
  sources: FileSources,
): AsyncGenerator<OutputFile> {
  if (kind === "crops") yield* makeCrops(sources);
  else if (kind === "cutouts") yield* makeCutouts(sources);
  else {
    const content = await makeFile(kind, sources);
    if (content !== undefined) yield { suffix: FILE_SUFFIXES[kind], content };
  }
}

async function makeFile(
  kind: Exclude<FileKind, NumberedKind>,
  sources: FileSources,
): Promise<Uint8Array | string | undefined> {
  const { image, detect, segment, classify } = sources;
  const size = fullSize(image);
  switch (kind) {
    case "boxes":
    case "overlay": {
      const drawn = await drawnImage(kind, sources);
      return drawn && await encodeRgbImage(drawn, "jpeg");
    }
    case "json":
      return detect && detectionsJson(fileFields(sources), detect);
    case "yolo":
      return detect && yoloText(size, detect.detections, detect.yoloScores ?? true);
    case "classes":
      return classify && classesJson(fileFields(sources), classify);
    case "ids":
      return segment && encodeIds(segment.labels, segment.settings, paletteOf(segment));
    case "color": {
      if (!segment) return undefined;
      const { legend = "none", colorLegend = legend } = segment.settings;
      const colors = colorize(segment.labels, paletteOf(segment));
      return await encodeRgbImage(await withLegend(colors, segment, colorLegend), "png");
    }
    case "scores":
      // A hidden class has no probability: 0.
      return segment && encodeGreyPng(confidenceOf(segment.logits, segment.labels));
    case "mask":
      return segment && encodeGreyPng(matteOf(segment.logits));
    case "trainids":
    case "labelids": {
      const table = segment?.settings.idTables?.[kind];
      return segment && table && mappedLabels(segment.labels, table, segment.settings);
    }
  }
}

/** The image with boxes or class colours, at the size at which it is drawn; `undefined` for a task that did not run. */
export async function drawnImage(
  kind: DrawnKind,
  { image, drawing, detect, segment }: FileSources,
): Promise<RgbImage | undefined> {
  if (kind === "overlay") return segment && await overlayWithLegend(drawing!, segment);
  return detect && await withBoxes(drawing!, detect, drawing!.width / fullSize(image).width);
}

/** What JSON files say of their image. */
function fileFields({ path, frame, image }: FileSources): object {
  const { width, height } = fullSize(image);
  return { file: path, ...(frame === undefined ? {} : { frame }), width, height };
}

function mappedLabels(
  { width, height, data: labels }: LabelMap,
  { ids, palette }: IdTable,
  settings: SegmentSettings,
): Uint8Array {
  const data = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) data[i] = ids[labels[i]];
  return encodeIds({ width, height, data }, settings, palette);
}

/** The classes of the pixels of a drawing. */
function labelsAt(
  { width, height }: ImageSize,
  { labels, logits, settings: { shownClasses } }: SegmentSources,
): LabelMap {
  if (labels.width === width && labels.height === height) return labels;
  const smaller = labelsOf({ ...logits, imageWidth: width, imageHeight: height });
  if (shownClasses) hideClasses(smaller, new Uint32Array(0), shownClasses);
  return smaller;
}

function encodeIds(labels: LabelMap, { plainIds }: SegmentSettings, palette: Palette): Uint8Array {
  return plainIds ? encodeGreyPng(labels) : encodeLabelPng(labels, palette);
}

/**
 * The image with its objects in labelled boxes, and in their colours where the network returns masks.
 *
 * @param scale of the image, whose boxes are in pixels at scale 1
 */
export function withBoxes(
  image: RgbImage,
  { detections, labels, colors }: NonNullable<FileSources["detect"]>,
  scale = 1,
): Promise<RgbImage> {
  const boxes = Array.from({ length: detections.count }, (_, row) => {
    const label = detections.classes[row];
    const { x1, y1, x2, y2 } = boxAt(detections, row);
    return {
      x1: x1 * scale,
      y1: y1 * scale,
      x2: x2 * scale,
      y2: y2 * scale,
      label: `${labels[label].name} ${detections.scores[row].toFixed(2)}`,
      color: colors?.[label] ?? boxColor(label),
    };
  });
  return drawBoxes(withMasks(image, detections), boxes);
}

/** How much the colour of an object covers it. */
const MASK_OPACITY = 0.4;

/** The image with the masks of objects, those of the best on top. */
function withMasks(image: RgbImage, detections: Detections): RgbImage {
  if (detections.masks === undefined) return image;
  const { width, height } = image;
  const painted: RgbImage = { width, height, data: image.data.slice() };
  for (let row = detections.count - 1; row >= 0; row--) {
    const mask = maskAt(detections, row, image);
    if (mask) paintMask(painted, mask, boxColor(detections.classes[row]), MASK_OPACITY);
  }
  return painted;
}

function detectionsJson(
  image: object,
  { detections, labels }: NonNullable<FileSources["detect"]>,
): string {
  return JSON.stringify(
    { ...image, objects: describeObjects(detections, labels) },
    null,
    2,
  ) + "\n";
}

function classesJson(
  image: object,
  { best, labels }: NonNullable<FileSources["classify"]>,
): string {
  return JSON.stringify({ ...image, top: describeClasses(best, labels) }, null, 2) +
    "\n";
}

/** One line per object: class, then centre, width and height as shares of the image, then the score if asked for. */
function yoloText({ width, height }: ImageSize, detections: Detections, scores: boolean): string {
  let text = "";
  for (let row = 0; row < detections.count; row++) {
    const { x1, y1, x2, y2 } = boxAt(detections, row);
    const values = [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height];
    const columns = [...values, ...scores ? [detections.scores[row]] : []].map((value) => value.toFixed(6));
    text += `${detections.classes[row]} ${columns.join(" ")}\n`;
  }
  return text;
}

async function* makeCrops({ image, detect }: FileSources): AsyncGenerator<OutputFile> {
  if (!detect) return;
  for (let row = 0; row < detect.detections.count; row++) {
    const part = crop(image, boxAt(detect.detections, row));
    yield { suffix: numberedSuffix("crops", row), content: await encodeRgbImage(part, "jpeg") };
  }
}

/**
 * The objects that have a mask; their numbers are those of their crops. Of a network that tells one thing from its background,
 * the whole image.
 */
function* makeCutouts({ image, detect, segment }: FileSources): Generator<OutputFile> {
  if (!detect && segment?.logits.matte) {
    const content = encodeTransparentPng(image, matteOf(segment.logits).data);
    yield { suffix: numberedSuffix("cutouts", 0), content };
  }
  if (!detect?.masks) return;
  for (let row = 0; row < detect.detections.count; row++) {
    const mask = detect.masks.at(row);
    if (!mask) continue;
    const { x, y, width, height, data } = mask;
    const part = crop(image, { x1: x, y1: y, x2: x + width, y2: y + height });
    const content = encodeTransparentPng(part, data.map((value) => value * 255));
    yield { suffix: numberedSuffix("cutouts", row), content };
  }
}

type SegmentSources = NonNullable<FileSources["segment"]>;

/** The photo itself is the background of an overlay. */
function backgroundClass({ classes }: Pick<SegmentSources, "classes">): number[] {
  return classes[0].name === "background" ? [0] : [];
}

/** The labels that stand for nothing to be seen: of the background, and of hidden classes. */
export function unseenLabels(classes: readonly SegmentationLabel[]): ReadonlySet<number> {
  return new Set([HIDDEN, ...backgroundClass({ classes })]);
}

/** The class colours over a photo of the size of the labels. */
export function overlayOf(image: RgbImage, segment: SegmentSources): RgbImage {
  const { labels, settings } = segment;
  return blendOverlay(image, labels, paletteOf(segment), {
    opacity: settings.opacity,
    background: unseenLabels(segment.classes),
  });
}

/** An overlay at the size of the drawing, with its legend. */
function overlayWithLegend(drawing: RgbImage, segment: SegmentSources): Promise<RgbImage> | RgbImage {
  const drawn = { ...segment, labels: labelsAt(drawing, segment) };
  return withLegend(overlayOf(drawing, drawn), drawn);
}

function withLegend(
  image: RgbImage,
  segment: SegmentSources,
  legend: Legend = segment.settings.legend ?? "none",
): Promise<RgbImage> | RgbImage {
  if (legend === "none") return image;
  const { labels, counts, classes, logits } = segment;
  const pixels = logits.imageWidth * logits.imageHeight;
  const palette = paletteOf(segment);
  const entries = classes.map(({ name }, id) => (
    { id, name, color: palette[id], share: counts[id] / pixels }
  )).filter(({ id, share }) => share > 0 && !backgroundClass(segment).includes(id));
  return legend === "strip" ? withLegendStrip(image, entries) : withRegionLabels(image, labels, entries);
}

/** The colours of the classes; hidden ones are black. */
function paletteOf({ classes, settings }: SegmentSources): Palette {
  const palette: Color[] = classes.map(({ color }, id) => settings.palette?.[id] ?? color);
  if (settings.shownClasses) palette[HIDDEN] = [0, 0, 0];
  return palette;
}
