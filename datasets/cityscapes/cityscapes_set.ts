/**
 * Cityscapes as a set that `evaluate` takes.
 *
 * @module
 */
import { readLabelMap } from "../../core/images/label_map.ts";
import { usageError } from "../../core/errors.ts";
import { type EvaluationSet, type SetPart, takePart } from "../evaluation_set.ts";
import { reachableLabelIds, type StreetMapping, streetMapping } from "../segmentation/street_mapping.ts";
import type { CityscapesMetric, CityscapesTally } from "./cityscapes_metric.ts";
import { EVALUATED_LABELS, PIXEL_LABELS } from "./labels.ts";
import {
  type CityscapesFrameFiles,
  haveInstances,
  pairPredictions,
  predictionFileName,
  readCityscapes,
  refuseMissingInstances,
} from "./layout.ts";
import { recognisePredictionIds, recogniseTruthIds } from "./prediction_ids.ts";

/** A frame, and its prediction where predictions are files. */
export interface CityscapesImage extends CityscapesFrameFiles {
  readonly prediction?: string;
}

/** Which frames are scored. */
export interface CityscapesSetOptions extends SetPart {
  /** @default {"val"} */
  readonly split?: string;
  /** Larger images are refused. */
  readonly maxPixels?: number;
}

/** The frames of a split, for `evaluate`. */
export interface CityscapesSet extends EvaluationSet<CityscapesImage, CityscapesTally, CityscapesMetric> {
  /** What was assumed about the ground truth, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The frames of a split.
 *
 * @param root the folder that holds `gtFine` and, to run a model, `leftImg8bit`
 * @throws {BneckError} The folder has no such split, or the split no ground truth.
 */
export async function cityscapesSet(
  root: string,
  { split = "val", maxPixels, ...part }: CityscapesSetOptions = {},
): Promise<CityscapesSet> {
  const all = await readCityscapes(root, split);
  const images = takePart(all, part);
  const { ids: truthIds, because } = await recogniseTruthIds(
    all.map(({ labelIds }) => labelIds),
    (path) => readLabelMap(path, { maxPixels, idsOnly: true }),
  );
  // Instances are looked for in the whole set, so that all its shards decide the same.
  const settle = (metric: CityscapesMetric, found: Parameters<CityscapesMetric["settle"]>[0]) => {
    metric.settle({ ...found, truthIds });
    const { predictionIds } = metric.options;
    if (predictionIds !== found.predictionIds) {
      throw usageError(
        `cannot add predictions in ${found.predictionIds} to a metric that reads them as ${predictionIds}`,
      );
    }
    if (metric.given.instances === undefined) {
      metric.settle({ instances: metric.classes === null && haveInstances(all) });
    } else if (metric.given.instances) refuseMissingInstances(all);
    return metric.options;
  };
  return {
    notes: truthIds === "labelIds" ? [] : [`the ground truth is read as trainIds: ${because}`],
    task: "segment",
    images,
    total: all.length,
    names: all.map(({ name }) => name),
    tallyModule: new URL("./tally.ts", import.meta.url).href,
    imageFolder: `${root}/leftImg8bit/${split}`,
    matchModel({ name, classes }, metric) {
      const mapping = cityscapesMapping(name, classes.map(({ name }) => name));
      const options = settle(metric, { predictionIds: "labelIds", classes: reachableClasses(mapping) });
      const palette = PIXEL_LABELS.map(({ color }) => color);
      return {
        settings: {
          options: { ...options, checkIds: false },
          model: { ids: [...mapping.labelIds], palette },
        },
      };
    },
    async findPredictions(folder, metric, { maxPixels }) {
      const { predictionIds: stated } = metric.given;
      const pairs = await pairPredictions(images, folder, stated);
      const recognised = stated === undefined
        ? await recognisePredictionIds(
          pairs.map(({ prediction }) => prediction),
          (path) => readLabelMap(path, { maxPixels, idsOnly: true }),
        )
        : { ids: stated, because: "as stated" };
      const options = settle(metric, { predictionIds: recognised.ids, checkIds: stated === undefined });
      return {
        plan: { settings: { options } },
        images: pairs,
        notes: [`the predictions are read as ${recognised.ids}: ${recognised.because}`],
        unused: [],
      };
    },
    predictionName: (image) => predictionFileName(image, "labelIds"),
    truthFiles: ({ labelIds, instanceIds }) => instanceIds === null ? [labelIds] : [labelIds, instanceIds],
  };
}

/**
 * How a model's classes correspond to Cityscapes'.
 *
 * @throws {BneckError} (usage) None of them does.
 */
export function cityscapesMapping(model: string, classes: readonly string[]): StreetMapping {
  const mapping = streetMapping(classes);
  if (mapping.matched.length > 0) return mapping;
  throw usageError(`${model} cannot be scored on Cityscapes: it has none of the 19 classes`);
}

/** The classes that a model can predict, in Cityscapes' order; `undefined` for all 19. */
function reachableClasses(mapping: StreetMapping): string[] | undefined {
  if (mapping.missing.length === 0) return undefined;
  const ids = reachableLabelIds(mapping);
  return EVALUATED_LABELS.filter(({ id }) => ids.has(id)).map(({ name }) => name);
}
