/** What the files that are written for an image are called. */
import { DRAWN_FILES, type DrawnKind, type FileKind } from "./job.ts";

/** How the names of the files of an image end; `#` stands for a number. */
export const FILE_SUFFIXES: Readonly<Record<FileKind, string>> = {
  ids: "ids.png",
  color: "color.png",
  overlay: "overlay.jpg",
  scores: "scores.png",
  mask: "mask.png",
  trainids: "trainids.png",
  labelids: "labelids.png",
  boxes: "boxes.jpg",
  json: "objects.json",
  yolo: "yolo.txt",
  crops: "crop-#.jpg",
  cutouts: "cutout-#.png",
  classes: "classes.json",
};

/** Kinds of which an image gets as many files as it has objects. */
export type NumberedKind = "crops" | "cutouts";

/** Whether an image gets any number of files of a kind. */
export function isNumbered(kind: FileKind): kind is NumberedKind {
  return FILE_SUFFIXES[kind].includes("#");
}

/** How the name of the video ends that is made of the drawings of one kind. */
export function drawnVideoSuffix(kind: DrawnKind): string {
  return `${kind}.mp4`;
}

const SUFFIXES = [...Object.values(FILE_SUFFIXES), ...DRAWN_FILES.map(drawnVideoSuffix)];

/** Names that files of runs have: a photo or a video that is called so is most likely the result of an earlier run. */
export const RESULT_NAMES = new RegExp(
  `.\\.(?:${SUFFIXES.join("|").replaceAll(".", "\\.").replaceAll("#", "\\d+")})$`,
  "i",
);

/** The end of the name of the file of the object `row`. */
export function numberedSuffix(kind: NumberedKind, row: number): string {
  return FILE_SUFFIXES[kind].replace("#", String(row + 1).padStart(3, "0"));
}
