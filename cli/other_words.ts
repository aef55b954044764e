/**
 * What other programs call a command, or a user may expect to be one: told what to type in its place.
 *
 * @module
 */

/** By the words that were typed. */
const COMMANDS: Readonly<Record<string, string>> = {
  train: "bneck fit",
  predict: "bneck detect, segment, run or classify",
  track: "bneck detect, which finds objects in each frame by itself",
  val: "bneck eval",
  validate: "bneck eval",
  evaluate: "bneck eval",
  test: "bneck eval",
  compare: "bneck eval coco --compare",
  lvis: "bneck eval coco --lvis",
  benchmark: "bneck profile",
  prune: "bneck adapt",
  convert: "bneck export, or bneck adopt for ONNX files of other programs",
  download: "bneck models pull",
  pull: "bneck models pull",
  list: "bneck models list",
  install: "deno task install, in the folder of bneck",
  update: "git pull, deno install and deno task install, in the folder of bneck",
  upgrade: "git pull, deno install and deno task install, in the folder of bneck",
  uninstall: "deno task uninstall, in the folder of bneck",
  version: "bneck --version",
  "eval compare": "bneck eval coco --compare",
  "eval lvis": "bneck eval coco --lvis",
  "eval keypoints": "bneck eval coco --iou-type keypoints",
  "eval classify": "bneck eval imagenet",
  "eval detect": "bneck eval coco",
  "eval segment": "bneck eval segmentation",
  "eval camvid": "bneck eval segmentation",
  "eval voc": "bneck eval segmentation",
  "fit detect": "bneck fit segment or bneck fit classify (detectors cannot be fitted)",
};

/** `: use bneck fit`, for words that are no command here; empty where nothing is known of them. */
export function commandMeant(words: readonly string[]): string {
  const typed = words.join(" ").toLowerCase();
  return Object.hasOwn(COMMANDS, typed) ? `: use ${COMMANDS[typed]}` : "";
}
