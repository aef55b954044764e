/** The files that are written for an image. */
import {
  blendOverlay,
  boxColor,
  type Color,
  colorize,
  crop,
  drawBoxes,
  encodeGreyPng,
  encodeLabelPng,
  encodeRgbImage,
  type LabelMap,
  type Palette,
  type RgbImage,
  withLegendStrip,
  withRegionLabels,
} from "../../core/images/mod.ts";
import { type Classification, confidenceOf, type Detections, type LabelLogits } from "../../heads/mod.ts";
import type { ClassificationLabel, DetectionLabel, SegmentationLabel } from "../network.ts";
import { describeClasses, describeObjects } from "./describe.ts";
import type { FileKind, IdTable, Legend, SegmentSettings } from "./job.ts";

/** A file to write: the end of its name, and what is in it. */
export interface OutputFile {
  /** For example `ids.png`; the name of the image stands before it. */
  readonly suffix: string;
  readonly content: Uint8Array | string;
}

/** What the files of an image are made from. */
export interface FileSources {
  readonly path: string;
  readonly image: RgbImage;
  readonly detect?: { readonly detections: Detections; readonly labels: readonly DetectionLabel[] };
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

/** How the names of the files of an image end; `#` stands for a number. */
export const FILE_SUFFIXES: Readonly<Record<FileKind, string>> = {
  ids: "ids.png",
  color: "color.png",
  overlay: "overlay.jpg",
  scores: "scores.png",
  trainids: "trainids.png",
  labelids: "labelids.png",
  boxes: "boxes.jpg",
  json: "objects.json",
  yolo: "yolo.txt",
  crops: "crop-#.jpg",
  classes: "classes.json",
};

/** Names that {@linkcode FILE_SUFFIXES} end: a photo that is called so is most likely the result of an earlier run. */
export const RESULT_NAMES = new RegExp(
  `.\\.(?:${Object.values(FILE_SUFFIXES).join("|").replaceAll(".", "\\.").replaceAll("#", "\\d+")})$`,
  "i",
);

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

/** Makes the files of one kind: none for a task that did not run, one for each object for `crops`. */
export async function* makeFiles(
  kind: FileKind,
  sources: FileSources,
): AsyncGenerator<OutputFile> {
  if (kind === "crops") yield* makeCrops(sources);
  else {
    const content = await makeFile(kind, sources);
    if (content !== undefined) yield { suffix: FILE_SUFFIXES[kind], content };
  }
}

async function makeFile(
  kind: Exclude<FileKind, "crops">,
  { path, image, detect, segment, classify }: FileSources,
): Promise<Uint8Array | string | undefined> {
  switch (kind) {
    case "boxes":
      return detect && await encodeRgbImage(await withBoxes(image, detect), "jpeg");
    case "json":
      return detect && detectionsJson(path, image, detect);
    case "yolo":
      return detect && yoloText(image, detect.detections);
    case "classes":
      return classify && classesJson(path, image, classify);
    case "ids":
      return segment && encodeIds(segment.labels, segment.settings, paletteOf(segment));
    case "color": {
      if (!segment) return undefined;
      const { legend = "none", colorLegend = legend } = segment.settings;
      const colors = colorize(segment.labels, paletteOf(segment));
      return await encodeRgbImage(await withLegend(colors, segment, colorLegend), "png");
    }
    case "overlay":
      return segment &&
        await encodeRgbImage(await withLegend(overlayOf(image, segment), segment), "jpeg");
    case "scores":
      // A hidden class has no probability: 0.
      return segment && encodeGreyPng(confidenceOf(segment.logits, segment.labels));
    case "trainids":
    case "labelids": {
      const table = segment?.settings.idTables?.[kind];
      return segment && table && mappedLabels(segment.labels, table, segment.settings);
    }
  }
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

function encodeIds(labels: LabelMap, { plainIds }: SegmentSettings, palette: Palette): Uint8Array {
  return plainIds ? encodeGreyPng(labels) : encodeLabelPng(labels, palette);
}

/** The image with its objects in labelled boxes. @param scale of the image, whose boxes are in pixels at scale 1 */
export function withBoxes(
  image: RgbImage,
  { detections, labels }: NonNullable<FileSources["detect"]>,
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
      color: boxColor(label),
    };
  });
  return drawBoxes(image, boxes);
}

function detectionsJson(
  path: string,
  { width, height }: RgbImage,
  { detections, labels }: NonNullable<FileSources["detect"]>,
): string {
  return JSON.stringify(
    { file: path, width, height, objects: describeObjects(detections, labels) },
    null,
    2,
  ) + "\n";
}

function classesJson(
  path: string,
  { width, height }: RgbImage,
  { best, labels }: NonNullable<FileSources["classify"]>,
): string {
  return JSON.stringify({ file: path, width, height, top: describeClasses(best, labels) }, null, 2) +
    "\n";
}

/** One line per object: class, then centre, width and height as shares of the image, then the score. */
function yoloText({ width, height }: RgbImage, detections: Detections): string {
  let text = "";
  for (let row = 0; row < detections.count; row++) {
    const { x1, y1, x2, y2 } = boxAt(detections, row);
    const values = [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height];
    const columns = [...values, detections.scores[row]].map((value) => value.toFixed(6));
    text += `${detections.classes[row]} ${columns.join(" ")}\n`;
  }
  return text;
}

async function* makeCrops({ image, detect }: FileSources): AsyncGenerator<OutputFile> {
  if (!detect) return;
  for (let row = 0; row < detect.detections.count; row++) {
    const part = crop(image, boxAt(detect.detections, row));
    const suffix = FILE_SUFFIXES.crops.replace("#", String(row + 1).padStart(3, "0"));
    yield { suffix, content: await encodeRgbImage(part, "jpeg") };
  }
}

function boxAt({ boxes }: Detections, row: number): { x1: number; y1: number; x2: number; y2: number } {
  const [x1, y1, x2, y2] = boxes.subarray(row * 4, row * 4 + 4);
  return { x1, y1, x2, y2 };
}

type SegmentSources = NonNullable<FileSources["segment"]>;

/** The class colours over a photo of the size of the labels. */
export function overlayOf(image: RgbImage, segment: SegmentSources): RgbImage {
  const { labels, settings } = segment;
  return blendOverlay(image, labels, paletteOf(segment), {
    opacity: settings.opacity,
    background: settings.shownClasses && new Set([HIDDEN]),
  });
}

function withLegend(
  image: RgbImage,
  segment: SegmentSources,
  legend: Legend = segment.settings.legend ?? "none",
): Promise<RgbImage> | RgbImage {
  if (legend === "none") return image;
  const { labels, counts, classes } = segment;
  const palette = paletteOf(segment);
  const entries = classes.map(({ name }, id) => (
    { id, name, color: palette[id], share: counts[id] / labels.data.length }
  )).filter(({ share }) => share > 0);
  return legend === "strip" ? withLegendStrip(image, entries) : withRegionLabels(image, labels, entries);
}

/** The colours of the classes; hidden ones are black. */
function paletteOf({ classes, settings }: SegmentSources): Palette {
  const palette: Color[] = classes.map(({ color }, id) => settings.palette?.[id] ?? color);
  if (settings.shownClasses) palette[HIDDEN] = [0, 0, 0];
  return palette;
}
