import type { BatchNorm, Padding } from "../graph/mod.ts";

/**
 * Whose definition of a network is meant where they differ: the one of the authors of its paper (TF-slim, the
 * MnasNet repository), which the tables of the papers count, or torchvision's.
 */
export type Convention = "paper" | "torchvision";

/** How a family of networks may deviate from its table without changing it. */
export interface BackboneOptions {
  /** @default {"paper"} */
  readonly convention?: Convention;
  /** @default {"same" for the paper, "symmetric" for torchvision} */
  readonly padding?: Padding;
  /** BatchNorm's ε. @default {the convention's} */
  readonly epsilon?: number;
}

/** What {@linkcode BackboneOptions} come to. */
export interface LayerStyle {
  readonly convention: Convention;
  readonly padding: Padding;
  readonly batchNorm: BatchNorm;
}

/** Fills in what the options leave out; `epsilon` is each convention's BatchNorm constant. */
export function layerStyle(options: BackboneOptions, epsilon: Record<Convention, number>): LayerStyle {
  const { convention = "paper" } = options;
  return {
    convention,
    padding: options.padding ?? (convention === "paper" ? "same" : "symmetric"),
    batchNorm: { epsilon: options.epsilon ?? epsilon[convention] },
  };
}
