/** Networks with fewer channels, and their weights. */
import type { BoundConv } from "./bind.ts";
import {
  type ChannelLayout,
  channelLayout,
  isDepthwise,
  type Part,
  totalChannels,
} from "./channel_groups.ts";
import type { Graph, Layer, Operator, Value } from "./graph.ts";

/**
 * The network with other numbers of channels.
 *
 * @param channels of the groups that {@linkcode channelLayout} names; those that are absent keep theirs.
 * @throws {RangeError} when a group is unknown, or a number is not between 1 and the group's channels.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder, channelLayout, narrowGraph } from "./mod.ts";
 * const g = new GraphBuilder();
 * const expanded = g.conv(g.tensor("input", 3), { name: "expand", channels: 64, kernel: 1 });
 * const graph = g.finish({ out: g.conv(expanded, { name: "project", channels: 8, kernel: 1 }) });
 * assert.deepEqual(channelLayout(graph).groups.map(({ name }) => name), ["expand"]);
 * assert.equal(narrowGraph(graph, new Map([["expand", 40]])).layers[1].inputs[0].channels, 3);
 * ```
 */
export function narrowGraph(graph: Graph, channels: ReadonlyMap<string, number>): Graph {
  const { groups, convs } = channelLayout(graph);
  const known = new Map(groups.map((group) => [group.name, group.channels]));
  for (const [name, wanted] of channels) {
    const max = known.get(name);
    if (max === undefined) throw new RangeError(`the network has no group of channels ${name}`);
    if (!(Number.isInteger(wanted) && wanted >= 1 && wanted <= max)) {
      throw new RangeError(`${name} must have between 1 and ${max} channels, not ${wanted}`);
    }
  }
  const count = (parts: readonly Part[]) =>
    parts.reduce(
      (sum, part) => sum + (part.group === null ? part.channels : channels.get(part.group) ?? part.channels),
      0,
    );
  const values = new Map<Layer, Value>();
  const layers = graph.layers.map((layer): Layer => {
    const inputs = layer.inputs.map((value) => values.get(value.layer)!);
    const conv = convs.get(layer.scope);
    const operator = layer.operator.kind === "conv" ? narrowed(layer, count(conv!.outputs)) : layer.operator;
    const copy = { ...layer, operator, inputs };
    values.set(layer, { layer: copy, channels: valueChannels(operator, inputs) });
    return copy;
  });
  const outputs = Object.entries(graph.outputs).map(([name, { layer }]) => [name, values.get(layer)!]);
  return { layers, outputs: Object.fromEntries(outputs) };
}

function narrowed(layer: Layer, channels: number): Operator {
  const { operator } = layer;
  if (operator.kind !== "conv") return operator;
  return { ...operator, channels, groups: isDepthwise(layer) ? channels : operator.groups };
}

function valueChannels(operator: Operator, inputs: readonly Value[]): number {
  switch (operator.kind) {
    case "conv":
    case "input":
      return operator.channels;
    case "preprocess":
      return 3;
    case "constant":
    case "primitive":
      return operator.shape[1] ?? 1;
    case "concat":
      return operator.axis === 1
        ? inputs.reduce((sum, value) => sum + value.channels, 0)
        : inputs[0].channels;
    default:
      return inputs[0].channels;
  }
}

/** The weights of a network's convolutions as they run, by scope. */
export type ScopedWeights = ReadonlyMap<string, BoundConv>;

/**
 * The weights of a network without some of its channels.
 *
 * @param layout of the network that the weights are of.
 * @param kept the channels of a group that are kept, in order; those of groups that are absent are all kept.
 */
export function narrowWeights(
  { convs }: ChannelLayout,
  weights: ScopedWeights,
  kept: ReadonlyMap<string, readonly number[]>,
): Map<string, BoundConv> {
  const places = (parts: readonly Part[]): number[] => {
    let offset = 0;
    return parts.flatMap(({ group, channels }) => {
      const from = offset;
      offset += channels;
      const own = (group === null ? undefined : kept.get(group)) ??
        Array.from({ length: channels }, (_, i) => i);
      return own.map((channel) => from + channel);
    });
  };
  return new Map(
    [...weights].map(([scope, conv]) => {
      const { inputs, outputs, depthwise } = convs.get(scope)!;
      const touched = [...inputs, ...outputs].some(({ group }) => group !== null && kept.has(group));
      if (!touched) return [scope, conv];
      const perOutput = conv.weight.length / totalChannels(outputs);
      const taps = depthwise ? perOutput : perOutput / totalChannels(inputs);
      const read = depthwise ? [0] : places(inputs);
      return [scope, takeChannels(conv, read, places(outputs), taps, perOutput)];
    }),
  );
}

/** Some outputs of a convolution that reads only some of its inputs. */
function takeChannels(
  { weight, bias }: BoundConv,
  inputs: readonly number[],
  outputs: readonly number[],
  taps: number,
  perOutput: number,
): BoundConv {
  const taken = new Float32Array(outputs.length * inputs.length * taps);
  let at = 0;
  for (const output of outputs) {
    for (const input of inputs) {
      const from = output * perOutput + input * taps;
      taken.set(weight.subarray(from, from + taps), at);
      at += taps;
    }
  }
  return { weight: taken, ...(bias ? { bias: Float32Array.from(outputs, (output) => bias[output]) } : {}) };
}
