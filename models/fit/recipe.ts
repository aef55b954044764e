/** What is trained, and how: plain data, which is part of the card of a fitted file. */
import type { OutputStride } from "../../core/backbones/mod.ts";
import type { SizeGrid } from "../input_size.ts";
import type { Augmentation } from "./augment.ts";

/** How much of the backbone learns beside the head: nothing, its last three blocks, or all from stride 16 on. */
export type Tune = "none" | "tail" | "C3";

/** One run of the optimizer over the samples. */
export interface Stage {
  readonly tune: Tune;
  /** Times every sample is seen; may be a fraction. */
  readonly passes: number;
  readonly batch: number;
  /** The highest learning rate of the head. */
  readonly learningRate: number;
  /** The highest learning rate of the backbone. */
  readonly backboneRate: number;
}

/** Everything that a training depends on besides its data. */
export interface Recipe {
  readonly task: "segment" | "classify";
  readonly seed: number;
  readonly outputStride: OutputStride;
  /** Channels of the head's coarse branch. */
  readonly filters: number;
  /** Samples made of each photo, on average. */
  readonly variants: number;
  readonly augmentation: Augmentation;
  /** Classes weigh (median frequency / frequency) to the power of this. */
  readonly balance: number;
  readonly weightDecay: number;
  /** The loss looks at every n-th row and column, from a random corner. */
  readonly lossStep: number;
  readonly stages: readonly Stage[];
}

/** The first block of the backbone (from 1) that learns. */
export const TUNED_FROM: Readonly<Record<Tune, number>> = { none: Infinity, tail: 13, C3: 7 };

/** How much learns at the end. */
export function tuneOf({ stages }: Pick<Recipe, "stages">): Tune {
  return stages.reduce<Tune>(
    (most, { tune }) => TUNED_FROM[tune] < TUNED_FROM[most] ? tune : most,
    "none",
  );
}

/** The input sizes at which a network sees feature maps as in training: steps of 32 from the crop's. */
export function sizeGridOf({ augmentation: { crop } }: Recipe): SizeGrid {
  const axis = (length: number) => length % 32 === 0 ? { step: 32 } : { step: 32, offset: length % 32 };
  return { height: axis(crop[0]), width: axis(crop[1]) };
}
