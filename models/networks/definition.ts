import type { Taps } from "../../core/backbones/mod.ts";
import { GraphBuilder } from "../../core/graph/builder.ts";
import type { Extent, Graph, GraphInput, Value } from "../../core/graph/mod.ts";
import {
  type Classification,
  type ClassificationSettings,
  classifier,
  type ClassifierOptions,
  type Detections,
  type DetectionSettings,
  type Head,
  type LabelLogits,
} from "../../heads/mod.ts";
import type { MinSide } from "../input_size.ts";

/** A named network without weights, which can be built, counted and measured. */
export type NetworkDefinition = ClassificationNetwork | DetectionNetwork | SegmentationNetwork;

/** A network that names the class of an image. */
export interface ClassificationNetwork extends Definition {
  readonly task: "classify";
  head(classes: number): Head<ClassificationSettings, Classification>;
}

/** A network that finds objects. */
export interface DetectionNetwork extends Definition {
  readonly task: "detect";
  /** @param classes without the background. */
  head(classes: number): Head<DetectionSettings, Detections>;
}

/** A network that labels every pixel. */
export interface SegmentationNetwork extends Definition {
  readonly task: "segment";
  head(classes: number): Head<Record<never, never>, LabelLogits>;
}

interface Definition {
  /** How small its input may be, where there is a limit. */
  readonly minSide?: MinSide;
  /** For example `ssdlite-mobilenetv3-large-reduced`. */
  readonly name: string;
  readonly summary: string;
  /** The size that its paper counts it at, `[height, width]`. */
  readonly size: Extent;
  /** The number of classes that its paper counts it with. */
  readonly classes: number;
  readonly backbone: Backbone;
}

/** Adds a backbone to a graph; `image` is `[N, 3, H, W]`, normalised. */
export type Backbone = (g: GraphBuilder, image: Value) => Taps;

/** How many classes networks are usually trained with. */
export const CLASSES = {
  /** ImageNet's challenge; TF-slim counts one more, for the background. */
  imagenet: 1000,
  /** COCO's category ids run to 90, though ten of them are unused; without the background. */
  coco: 90,
  /** Pascal VOC, with the background. */
  voc: 21,
  /** Those that Cityscapes evaluates. */
  cityscapes: 19,
} as const;

/**
 * A classifier for ImageNet's classes at 224×224.
 *
 * @param last the layer before the classes, where there is one.
 */
export function imageNetClassifier(
  name: string,
  summary: string,
  backbone: Backbone,
  last?: ClassifierOptions["last"],
): ClassificationNetwork {
  return {
    task: "classify",
    name,
    summary,
    size: [224, 224],
    classes: CLASSES.imagenet,
    backbone,
    head: (classes) => classifier({ classes, last }),
  };
}

/** The name of the input of {@linkcode networkGraph}. */
const INPUT = "input";

/**
 * The graph of a network without weights, from a normalised image (`input`, `[N, 3, H, W]`) to the outputs of its
 * head, each named `TASK.NAME`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countParameters, graphParameters } from "../../core/graph/mod.ts";
 * import { findNetwork, networkGraph } from "../zoo/mod.ts";
 * const graph = networkGraph(findNetwork("mobilenetv3-large-1.0")!);
 * assert.equal(countParameters(graphParameters(graph)), 5_483_032);
 * ```
 */
export function networkGraph(definition: NetworkDefinition, classes = definition.classes): Graph {
  const g = new GraphBuilder();
  const taps = definition.backbone(g, g.tensor(INPUT, 3));
  return g.finish(namedOutputs(definition.task, definition.head(classes).build(g, taps)));
}

/** The graph of {@linkcode networkGraph} without the outputs that are only for training. */
export function inferenceGraph(definition: NetworkDefinition, classes = definition.classes): Graph {
  const g = new GraphBuilder();
  const taps = definition.backbone(g, g.tensor(INPUT, 3));
  return g.finish(namedOutputs(definition.task, inferenceOutputs(definition.head(classes).build(g, taps))));
}

/** A width multiplier as text, 1 as `1.0`. */
export function decimal(width: number): string {
  return Number.isInteger(width) ? width.toFixed(1) : String(width);
}

/** `, width 0.5` at the end of a summary; nothing for the usual width. */
export function widthText(width: number): string {
  return width === 1 ? "" : `, width ${decimal(width)}`;
}

/** The outputs of a head that it decodes: an auxiliary classifier is only for training. */
export function inferenceOutputs(outputs: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== "auxiliary"));
}

/** Outputs of a head by their names in a graph: `TASK.NAME`. */
export function namedOutputs(task: string, outputs: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`${task}.${name}`, value]));
}

/** The shape of the input of {@linkcode networkGraph}, for one image. */
export function networkInput([height, width]: Extent): GraphInput {
  return { shapes: { [INPUT]: [1, 3, height, width] } };
}

/**
 * The outputs that are upsampled when they are decoded, and to which size: the papers count this upsampling of a
 * segmentation network's logits.
 */
export function upsampledOutputs(
  { task }: NetworkDefinition,
  size: Extent,
): Readonly<Record<string, Extent>> {
  return task === "segment" ? { "segment.logits": size } : {};
}
