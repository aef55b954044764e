/**
 * Folders and files of tools for labelling images, told by what they hold.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { readUserJson } from "../../core/files/mod.ts";
import { type Annotations, readAnnotations, type ReadOptions } from "../coco/files/annotations.ts";
import { type CocoDetections, readDetections } from "../coco/files/detections.ts";
import { listFiles } from "../list_files.ts";
import { asAnnotations, asResults } from "./as_coco.ts";
import { readCvat } from "./cvat.ts";
import { isLabelme } from "./is_drawn.ts";
import { readLabelme } from "./labelme.ts";
import { finishSet } from "./reading.ts";
import type { LabelledSet } from "./labelled_image.ts";
import { readVocXml, VOC_ROOT } from "./voc_xml.ts";
import { firstElement } from "./xml_file.ts";
import { readYolo, readYoloDetections } from "./yolo.ts";

/** Names of files that are labels by themselves. */
const CVAT = /\.xml$/i, YOLO = /\.ya?ml$/i;

/**
 * Reads labels: a folder of labelme's, YOLO's or Pascal VOC's files, CVAT's XML or a folder of it, or YOLO's `data.yaml`.
 *
 * @param images the folder of the images, which YOLO's labels need for their sizes
 * @throws {BneckError} They cannot be read, or are none of these.
 */
export async function readLabels(path: string, images?: string): Promise<LabelledSet> {
  if (CVAT.test(path)) return await readCvat(path);
  if (YOLO.test(path)) return await readYolo(path, images);
  switch (await kindOfFolder(path)) {
    case "yolo":
      return await readYolo(path, images);
    case "labelme":
      return await readLabelme(path);
    case "cvat":
      return await readCvatFolder(path);
    case "voc":
      return await readVocXml(path);
  }
}

async function kindOfFolder(folder: string): Promise<"yolo" | "labelme" | "cvat" | "voc"> {
  const { paths } = await listFiles(folder, ["txt", "json", "xml"]);
  const some = (extension: string) => paths.filter((path) => path.toLowerCase().endsWith(extension));
  for (const path of some(".json").slice(0, 20)) {
    if (isLabelme(await readUserJson(`${folder}/${path}`, { what: "the labels" }).catch(() => undefined))) {
      return "labelme";
    }
  }
  if (some(".txt").length > 0) return "yolo";
  const [xml] = some(".xml");
  if (xml !== undefined) return await firstElement(`${folder}/${xml}`) === VOC_ROOT ? "voc" : "cvat";
  if (some(".json").length > 0) return "labelme";
  throw usageError(
    `${folder} holds no labels: it has neither JSON files of labelme, nor XML of CVAT or Pascal VOC, nor text files of YOLO`,
  );
}

async function readCvatFolder(folder: string): Promise<LabelledSet> {
  const { paths } = await listFiles(folder, ["xml"]);
  const sets = [];
  for (const path of paths) sets.push(await readCvat(`${folder}/${path}`));
  return finishSet(
    folder,
    sets.flatMap(({ images }) => images),
    sets.flatMap(({ classes }) => classes),
    sets.flatMap(({ notes }) => notes),
  );
}

/**
 * Reads labels as COCO's annotations: category ids are the places of classes from 1.
 *
 * @throws {BneckError} as {@linkcode readLabels} and {@linkcode readAnnotations} do
 */
export async function readLabelledTruth(
  path: string,
  images: string | undefined,
  options: ReadOptions,
): Promise<Annotations> {
  const set = await readLabels(path, images);
  const annotations = readAnnotations(asAnnotations(set), options);
  return { ...annotations, warnings: [...annotations.warnings, ...set.notes] };
}

/**
 * Reads a folder of YOLO's detections.
 *
 * @throws {BneckError} They cannot be read, or do not belong to the annotations.
 */
export async function readLabelledDetections(
  path: string,
  truth: Annotations,
  options: ReadOptions,
): Promise<CocoDetections> {
  const { detections, warnings } = await readYoloDetections(path, truth, options.keypoints);
  const found = readDetections(asResults(path, detections), truth, options);
  return { ...found, warnings: [...found.warnings, ...warnings] };
}
