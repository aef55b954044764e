/**
 * Classification: the mean of the last features, a linear layer (MobileNetV3 has another before it), softmax.
 *
 * Howard et al., "Searching for MobileNetV3", §5.1, figure 5.
 */
import { tap } from "../core/backbones/taps.ts";
import type { Activation } from "../core/graph/mod.ts";
import type { Decoder, Head, HeadOutputs, OutputKind } from "./head.ts";
import { PeakHeap } from "./peak_heap.ts";

/** The geometry of a classifier. */
export interface ClassifierOptions {
  readonly classes: number;
  /** The tap whose features are pooled. @default {"C5"} */
  readonly features?: string;
  /** MobileNetV3's layer between pooling and classes; it has a bias and no BatchNorm. */
  readonly last?: { readonly channels: number; readonly activation: Activation };
}

/** The most probable classes of an image as columns, best first. */
export interface Classification {
  readonly count: number;
  /** `[count]`: indices into the model's labels. */
  readonly classes: Int32Array;
  /** `[count]`: probabilities (softmax over all classes). */
  readonly scores: Float32Array;
}

/** The settings of a classifier. */
export interface ClassificationSettings {
  /** The number of classes to report; all if the model has fewer. */
  readonly top: number;
}

/** Decodes the outputs of a classifier. */
export const CLASSIFICATION_DECODER: Decoder<ClassificationSettings, Classification> = {
  spec: { kind: "classes" },
  decode: (outputs, _view, settings) => decodeClassifier(outputs, settings),
};

/** The output `logits`, `[1, K]`: one class for the image. */
export const CLASSIFIER_OUTPUTS: OutputKind<
  { readonly kind: "classes" },
  ClassificationSettings,
  Classification
> = {
  kind: "classes",
  outputs: () => ({ logits: [1, "classes"] }),
  parse: () => ({ kind: "classes" }),
  decoder: () => CLASSIFICATION_DECODER,
};

/** The output `probabilities`, `[1, K]`: one class for the image. */
export const PROBABILITY_OUTPUTS: OutputKind<
  { readonly kind: "probabilities" },
  ClassificationSettings,
  Classification
> = {
  kind: "probabilities",
  outputs: () => ({ probabilities: [1, "classes"] }),
  parse: () => ({ kind: "probabilities" }),
  decoder: (spec) => ({
    spec,
    decode({ probabilities }, _view, settings) {
      const best = decodeClassifier({ logits: probabilities }, settings);
      return {
        ...best,
        scores: Float32Array.from(best.classes, (k) => Math.min(Math.max(probabilities.data[k], 0), 1)),
      };
    },
  }),
};

/** A classification head. */
export function classifier(options: ClassifierOptions): Head<ClassificationSettings, Classification> {
  const { classes, features = "C5", last } = options;
  return {
    build(g, taps) {
      let x = g.globalAveragePool("classify.pool", tap(taps, features));
      if (last) x = g.conv(x, { name: "classify.last", kernel: 1, ...last });
      const linear = g.conv(x, { name: "classify.linear", channels: classes, kernel: 1 });
      return { logits: g.flatten("classify.logits", linear) };
    },
    ...CLASSIFICATION_DECODER,
  };
}

/** Decodes the best classes from logits `[1, K]`; of equal logits the lower class comes first. */
export function decodeClassifier(
  { logits: { data } }: HeadOutputs,
  { top }: ClassificationSettings,
): Classification {
  const heap = new PeakHeap(Math.min(top, data.length), (index) => index);
  let largest = -Infinity;
  for (let i = 0; i < data.length; i++) {
    if (data[i] > largest) largest = data[i];
    heap.offer(i, data[i]);
  }
  let total = 0;
  for (let i = 0; i < data.length; i++) total += Math.exp(data[i] - largest);
  const best = heap.sorted();
  return {
    count: best.length,
    classes: Int32Array.from(best),
    scores: Float32Array.from(best, (index) => Math.exp(data[index] - largest) / total),
  };
}
