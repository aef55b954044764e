/** How good a network is on the images that it does not learn from. */
import { bindWeights, type Graph, toOnnx, type WeightSource } from "../../core/graph/mod.ts";
import type { LabelMap } from "../../core/images/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { Session } from "../../core/session/mod.ts";
import { SegmentationMetric, type SegmentationResult } from "../../datasets/segmentation/mod.ts";
import { labelsOf, readLabelLogits } from "../../heads/mod.ts";
import type { FitData } from "./data.ts";
import { readFeatures } from "./feature_file.ts";
import type { FeaturePaths } from "./features.ts";
import { readMask } from "./masks.ts";

/** How a validation went. */
export interface Validation {
  /** Mean IoU, or the share of images whose class is found. */
  readonly metric: number;
  /** Of all pixels; of classifiers, none. */
  readonly pixelAccuracy?: number;
  /** IoU of each class, or the share of its images that are found; `null` where there are none. */
  readonly perClass: readonly (number | null)[];
  /** Of each image: mIoU, or 1 and 0. */
  readonly perImage: readonly number[];
}

/** A network's second part on the features of the images for validation. */
export async function validate(
  graph: Graph,
  weights: WeightSource,
  data: FitData,
  paths: FeaturePaths,
  { threads, signal }: { readonly threads: number; readonly signal?: AbortSignal },
): Promise<Validation> {
  const onnx = encodeOnnx(toOnnx(graph, bindWeights(graph, weights, "the network in training")).model);
  const session = await Session.open(onnx, "the network in training", { threads });
  const [output] = Object.keys(graph.outputs);
  try {
    const score = data.list ? segmentation(data) : classification(data);
    for (let i = 0; i < data.val.length; i++) {
      signal?.throwIfAborted();
      const feeds: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
      for (const [name, { shape, data }] of readFeatures(paths.validation(i)).features) {
        if (!session.inputs.some((input) => input.name === name)) continue;
        const floats = new Float32Array(data.length);
        floats.set(data);
        feeds[name] = { shape: [1, ...shape], data: floats };
      }
      const logits = (await session.run(feeds))[output];
      await score.add(i, { shape: logits.shape, data: logits.data as Float32Array });
    }
    return score.result();
  } finally {
    await session.close();
  }
}

interface Score {
  add(
    image: number,
    logits: { readonly shape: readonly number[]; readonly data: Float32Array },
  ): Promise<void> | void;
  result(): Validation;
}

/** The metric of `bneck eval segmentation`, at the size of the masks. */
function segmentation({ list, val }: FitData): Score {
  const metric = new SegmentationMetric({ list: list! });
  const perImage: number[] = [];
  return {
    async add(image, logits) {
      const { width, height } = val[image];
      const view = { width, height, inputWidth: width, inputHeight: height };
      const one = new SegmentationMetric({ list: list! });
      const labels = labelsOf(readLabelLogits(logits, view));
      one.add(withIds(labels, list!.classes), await readMask(val[image]));
      perImage.push(one.result().meanIou ?? 0);
      metric.merge(one);
    },
    result() {
      const { meanIou, pixelAccuracy, classes }: SegmentationResult = metric.result();
      return {
        metric: meanIou ?? 0,
        pixelAccuracy: pixelAccuracy ?? 0,
        perClass: classes.map(({ iou }) => iou),
        perImage,
      };
    },
  };
}

function withIds({ width, height, data }: LabelMap, classes: readonly { readonly id: number }[]): LabelMap {
  return { width, height, data: (data as Uint8Array).map((place) => classes[place].id) };
}

/** The share of images whose likeliest class is theirs. */
function classification({ val, classes }: FitData): Score {
  const perImage: number[] = [];
  return {
    add(image, { data }) {
      const best = data.indexOf(data.reduce((a, b) => Math.max(a, b), -Infinity));
      perImage.push(best === Number(val[image].truth) ? 1 : 0);
    },
    result() {
      const mean = (values: readonly number[]) =>
        values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
      const of = (place: number) => perImage.filter((_, i) => Number(val[i].truth) === place);
      return { metric: mean(perImage) ?? 0, perClass: classes.map((_, place) => mean(of(place))), perImage };
    },
  };
}
