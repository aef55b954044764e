/** Classifiers whose graph ends in a softmax or a sigmoid. */
import { type Classification, type ClassificationSettings, decodeClassifier } from "./classifier.ts";
import type { OutputKind, OutputSpec } from "./head.ts";

/** The output `probabilities`, `[1, K]`: one class for the image. */
export const PROBABILITY_OUTPUTS: OutputKind<OutputSpec, ClassificationSettings, Classification> = {
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
