/** Networks that tell one thing from its background with one number per pixel: text, salient objects, portraits. */
import { modelError } from "../core/errors.ts";
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

/** Probabilities may be off by rounding. */
const ROUNDING = 1e-3;

/** The output `mask`, `[1, 1, h, w]`: class 1 where it is large, class 0 elsewhere. Decoding refuses what is not a probability. */
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
    const { values } = spec;
    const threshold = values === "logits" ? Math.log(spec.threshold / (1 - spec.threshold)) : spec.threshold;
    return {
      spec,
      decode({ mask: { data, shape: [, , height, width] } }, view) {
        if (values === "probabilities") refuseOthers(data);
        const logits = new Float32Array(data.length * 2);
        for (let i = 0, to = data.length; i < data.length; i++, to++) logits[to] = data[i] - threshold;
        const grid = readLabelLogits({ shape: [1, 2, height, width], data: logits }, view);
        return { ...grid, matte: { values, threshold } };
      },
    };
  },
};

/** @throws {BneckError} A number is not a probability. */
function refuseOthers(data: Float32Array): void {
  const other = data.find((value) => value < -ROUNDING || value > 1 + ROUNDING);
  if (other === undefined) return;
  throw modelError(`the network returns ${other} in its map, which is not a probability`, undefined, {
    option: "scores",
    advice: "adopt it with sigmoid",
  });
}
