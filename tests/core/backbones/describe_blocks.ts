/** Reading a built backbone back as the rows of a table. */
import type { Taps } from "../../../core/backbones/mod.ts";
import {
  type ConvOperator,
  type Graph,
  GraphBuilder,
  inferShapes,
  type Layer,
  type Shape,
  type Value,
} from "../../../core/graph/mod.ts";

/** Builds a backbone on a normalised image; every tap is an output. */
export function built(build: (g: GraphBuilder, image: Value) => Taps): { graph: Graph; taps: Taps } {
  const g = new GraphBuilder();
  const taps = build(g, g.tensor("input", 3));
  return { graph: g.finish(taps), taps };
}

/** The shapes of a backbone's layers for an image of `height` × `width`. */
export function shapesAt(graph: Graph, height: number, width: number): Map<Layer, Shape> {
  return inferShapes(graph, { shapes: { input: [1, 3, height, width] } });
}

/**
 * One line per block, as far as it is not the default: `block4 24-72-40 k5 s2 d2 se24 +` (input, expanded and
 * output channels; kernel, stride and dilation of the depthwise convolution; squeeze; residual).
 */
export function describeBlocks(graph: Graph): string[] {
  const layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
  const names = new Set(
    graph.layers.map((layer) => layer.name.match(/^backbone\.(block\d+)\./)?.[1]).filter((name) =>
      name !== undefined
    ),
  );
  return [...names].map((name) => {
    const layer = (part: string) => layers.get(`backbone.${name}.${part}`);
    const conv = (part: string) => layer(part)?.operator as ConvOperator | undefined;
    const depthwise = conv("depthwise")!;
    const input = (layer("expand") ?? layer("depthwise")!).inputs[0].channels;
    const output = (conv("project") ?? conv("pointwise"))!.channels;
    return [
      name,
      [input, ...(layer("expand") ? [depthwise.channels] : []), output].join("-"),
      `k${depthwise.kernel[0]}`,
      ...(depthwise.stride > 1 ? [`s${depthwise.stride}`] : []),
      ...(depthwise.dilation > 1 ? [`d${depthwise.dilation}`] : []),
      ...(layer("se.squeeze") ? [`se${conv("se.squeeze")!.channels}`] : []),
      ...(layer("add") ? ["+"] : []),
    ].join(" ");
  });
}

/** The operator of a layer, by name. */
export function convNamed(graph: Graph, name: string): ConvOperator {
  const layer = graph.layers.find((candidate) => candidate.name === name);
  if (layer?.operator.kind !== "conv") throw new Error(`no convolution ${name}`);
  return layer.operator;
}
