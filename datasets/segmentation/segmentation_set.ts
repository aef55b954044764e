/**
 * Folders of label images as a set that `evaluate` takes.
 *
 * @module
 */
import type { Color, Palette } from "../../core/images/palette.ts";
import type { DrawnSet } from "../labelling/drawn_set.ts";
import { type EvaluationSet, type SetPart, takePart } from "../evaluation_set.ts";
import type { ClassList } from "./class_list.ts";
import { type FolderPair, pairFolders } from "./folder_pair.ts";
import { paletteNotes } from "./palette_check.ts";
import { withoutExtension } from "../list_files.ts";
import { matchClasses } from "./match_classes.ts";
import type { SegmentationMetric, SegmentationTally } from "./segmentation_metric.ts";

/** The folders, and which of their images are scored. */
export interface SegmentationSetOptions extends SetPart {
  /** The ground truth: label maps, see {@linkcode readLabelMap}. */
  readonly labels: string;
  /** What is drawn in place of label maps: the labels of labelme, CVAT, Pascal VOC, YOLO or COCO. */
  readonly drawn?: DrawnSet;
  /** The photos; needed to run a model. */
  readonly images?: string;
  /** Whether photos are paired; if not, their folder only tells which files are labels. @default {true} */
  readonly needImages?: boolean;
  /** Takes only these names, such as the lines of one of PASCAL VOC's lists. */
  readonly only?: readonly string[];
}

/** Folders of label images, for `evaluate`. */
export interface SegmentationSet extends EvaluationSet<FolderPair, SegmentationTally, SegmentationMetric> {
  /** Photos without a label image, which nothing can be scored on. */
  readonly unusedImages: readonly string[];
}

/**
 * The label images of a folder and the photos of the same names in another; see {@linkcode pairFolders}.
 *
 * @throws {BneckError} There are no labels, or some have no photo.
 */
export async function segmentationSet(
  { labels, drawn, images, needImages, only, ...part }: SegmentationSetOptions,
): Promise<SegmentationSet> {
  const { pairs: all } = await pairFolders({ labels, drawn, images, needImages: false, only });
  const pairs = takePart(all, part);
  // The others may lack their photo or prediction: they are another machine's, or nobody's yet.
  const names = pairs.length === all.length
    ? only
    : pairs.map(({ label, name, drawn }) => drawn ? name : withoutExtension(label.slice(labels.length + 1)));
  const { pairs: paired, unused } = await pairFolders({ labels, drawn, images, needImages, only: names });
  return {
    task: "segment",
    images: paired,
    unusedImages: unused.images,
    total: all.length,
    names: all.map(({ name }) => name),
    tallyModule: new URL("./tally.ts", import.meta.url).href,
    imageFolder: images ?? "the set, which was opened without images",
    matchModel({ classes }, metric) {
      const { list, predictionMap: map } = metric.given;
      const matched = matchClasses(classes.map(({ name }) => name), list, map);
      metric.settle({ list: matched.list, predictionMap: matched.predictionMap });
      return {
        settings: { options: metric.options, model: { ids: matched.ids, palette: colorsById(list) } },
      };
    },
    async findPredictions(predictions, metric) {
      const found = await pairFolders({ labels, drawn, images, needImages: false, predictions, only: names });
      return {
        plan: { settings: { options: metric.options } },
        images: found.pairs.map((pair, k) => ({ ...pair, image: paired[k].image })),
        notes: await paletteNotes(found.pairs.map(({ prediction }) => prediction!), metric.options.list),
        unused: found.unused.predictions,
      };
    },
    predictionName: ({ name }) => `${name}.ids.png`,
    truthFiles: ({ label, drawn }) =>
      drawn === undefined ? [label] : drawn.source === undefined ? [] : [drawn.source],
  };
}

/** The colour of each pixel value, as far as the list gives them. */
function colorsById({ classes }: ClassList): Palette {
  const palette: Color[] = [];
  for (const { id, color } of classes) if (color !== undefined) palette[id] = color;
  return palette;
}
