/**
 * What benchmarks of label images share: how a worker tallies an image, and what their metrics can show.
 *
 * @module
 */
import type { LabelColors } from "../../core/images/label_colors.ts";
import { readLabelMap } from "../../core/images/label_map.ts";
import { encodeLabelPng } from "../../core/images/label_png.ts";
import type { LabelMap } from "../../core/images/image.ts";
import type { Palette } from "../../core/images/palette.ts";
import type { ImageTally, SetImage } from "../evaluation_set.ts";
import type { TallyMetric } from "../metric.ts";
import type { ScoredPixels } from "./class_scores.ts";
import { checkSameSize } from "./confusion_matrix.ts";
import type { LabelIndex } from "./label_index.ts";
import type { PairNames } from "../messages.ts";
import type { PairScore } from "./segmentation_scores.ts";

/** How a model's classes are written in the label images of a set; plain data. */
export interface ModelLabels {
  /** Pixel value by class of the model. */
  readonly ids: readonly number[];
  /** Colours of saved predictions, by pixel value. */
  readonly palette: Palette;
}

/** What the tally modules of label images start with. */
export interface PixelSettings<Options> {
  readonly options: Options;
  /** Absent where predictions are files. */
  readonly model?: ModelLabels;
}

/** The ground truth of an image. */
export interface PixelTruth {
  readonly labels: LabelMap;
  /** `null` where instances are not scored. */
  readonly instances: LabelMap | null;
}

/** Tallies label images; what is beyond {@linkcode ImageTally} draws them. */
export interface PixelTally<Image extends SetImage, Tally>
  extends ImageTally<Image, LabelMap, PixelTruth, Tally> {
  readPrediction(image: Image): Promise<LabelMap>;
  /** Where the values of labels are counted. */
  readonly index: LabelIndex;
}

/** The metric of a benchmark of label images. */
export interface PixelMetric<Tally> extends TallyMetric<Tally> {
  /** The scores of one image. */
  imageScore(tally: Tally): PairScore;
  /** The pixels of the scored classes. */
  scoredPixels(): ScoredPixels;
  /** How images are drawn: colours by place in the confusion matrix, and the places that are not scored. */
  drawing(): { readonly palette: Palette; readonly ignored: readonly number[] };
}

/** What differs between benchmarks of label images. */
export interface PixelTallyParts<Image extends SetImage, Tally> {
  readonly index: LabelIndex;
  /** What the colours of colour-coded label maps mean; absent, label maps hold ids alone. */
  readonly colors?: { readonly truth: LabelColors; readonly prediction: LabelColors };
  /** The files of the ground truth; `instances` is `null` where they are not scored. */
  readonly truthOf: (image: Image) => { readonly labels: string; readonly instances: string | null };
  /** Counts one image. */
  readonly count: (prediction: LabelMap, truth: PixelTruth, names: TruthNames) => Tally;
  readonly buffers: (tally: Tally) => readonly ArrayBuffer[];
}

/** The files named in errors about one image. */
export interface TruthNames extends PairNames {
  readonly instances: string;
}

/** The tally of a benchmark of label images. */
export function pixelTally<Image extends SetImage, Tally>(
  { model }: PixelSettings<unknown>,
  { maxPixels }: { readonly maxPixels?: number },
  { index, colors, truthOf, count, buffers }: PixelTallyParts<Image, Tally>,
): PixelTally<Image, Tally> {
  const reading = (colors: LabelColors | undefined) => ({ maxPixels, colors, idsOnly: colors === undefined });
  const namesOf = (image: Image): TruthNames => {
    const { labels, instances } = truthOf(image);
    return { prediction: image.prediction ?? image.image!, truth: labels, instances: instances ?? "" };
  };
  return {
    index,
    buffers,
    async readTruth(image) {
      const files = truthOf(image);
      const [labels, instances] = await Promise.all([
        readLabelMap(files.labels, reading(colors?.truth)),
        files.instances === null ? null : readLabelMap(files.instances, { maxPixels }),
      ]);
      return { labels, instances };
    },
    readPrediction: (image) => readLabelMap(image.prediction!, reading(colors?.prediction)),
    checkPhoto: ({ width, height }, { labels }, image) =>
      checkSameSize({ width, height, data: NO_LABELS }, labels, namesOf(image)),
    fromModel: (labels) => withIds(labels as LabelMap, model!.ids),
    tally: (prediction, truth, image) => count(prediction, truth, namesOf(image)),
    encode: (prediction) => encodeLabelPng(prediction, model!.palette),
  };
}

const NO_LABELS = new Uint8Array();

/** Labels with `ids[label]` in place of each label. */
function withIds({ width, height, data: labels }: LabelMap, ids: readonly number[]): LabelMap {
  const wide = Math.max(...ids) > 255;
  const table = wide ? Uint16Array.from(ids) : Uint8Array.from(ids);
  const data = wide ? new Uint16Array(labels.length) : new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) data[i] = table[labels[i]];
  return { width, height, data };
}
