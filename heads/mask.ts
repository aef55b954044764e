/** Networks that tell one thing from its background with one number a pixel: text, salient objects, portraits. */
import type { OutputKind } from "./head.ts";
import { type LabelLogits, readLabelLogits } from "./label_logits.ts";
import { parseChoice } from "./spec_fields.ts";

/** The spec of {@linkcode MASK_OUTPUTS}. */
export interface MaskSpec {
  readonly kind: "mask";
  /** What the numbers are. */
  readonly values: "probabilities" | "logits";
  /** The probability above which a pixel belongs to class 1. */
  readonly threshold: number;
}

/** Probabilities nearer to 0 or 1 have infinite logits in single precision. */
const MIN_PROBABILITY = 1e-7;

/** The output `mask`, `[1, 1, h, w]`: class 1 where it is large, class 0 elsewhere. */
export const MASK_OUTPUTS: OutputKind<MaskSpec, Record<never, never>, LabelLogits> = {
  kind: "mask",
  classes: () => 2,
  outputs: () => ({ mask: [1, 1, "height", "width"] }),
  parse: ({ values, threshold }, fail) => {
    if (typeof threshold !== "number" || !(threshold > 0 && threshold < 1)) {
      return fail("threshold must be between 0 and 1");
    }
    return {
      kind: "mask",
      values: parseChoice("values", values, ["probabilities", "logits"], fail),
      threshold,
    };
  },
  decoder: (spec) => {
    const shift = logit(spec.threshold);
    return {
      spec,
      decode({ mask: { data, shape: [, , height, width] } }, view) {
        const logits = new Float32Array(data.length * 2);
        for (let i = 0, to = data.length; i < data.length; i++, to++) {
          logits[to] = (spec.values === "logits" ? data[i] : logit(data[i])) - shift;
        }
        return readLabelLogits({ shape: [1, 2, height, width], data: logits }, view);
      },
    };
  },
};

function logit(probability: number): number {
  const p = Math.min(Math.max(probability, MIN_PROBABILITY), 1 - MIN_PROBABILITY);
  return Math.log(p / (1 - p));
}
