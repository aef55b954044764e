/** Which channels of a network can only be removed together. */
import type { ConvOperator, Graph, Layer } from "./graph.ts";

/** Channels that can only be removed together: an expansion, or all outputs that one chain of residuals adds up. */
export interface ChannelGroup {
  /** The scope of the first convolution that makes these channels. */
  readonly name: string;
  readonly channels: number;
  /** The scopes of the convolutions whose filters make the channels, gates of squeeze-and-excitation included. */
  readonly producers: readonly string[];
  /** The scopes of the depthwise convolutions that the channels pass through. */
  readonly carriers: readonly string[];
  /** The convolutions that read the channels, and where in their inputs they begin. */
  readonly consumers: readonly ChannelConsumer[];
}

/** A convolution that reads the channels of a group. */
export interface ChannelConsumer {
  readonly scope: string;
  /** The first of its inputs that is a channel of the group. */
  readonly offset: number;
}

/** The channels of a network: groups that may become narrower, and what every convolution reads and makes. */
export interface ChannelLayout {
  /** In the order of the layers that make them. */
  readonly groups: readonly ChannelGroup[];
  /** The groups of each convolution's input and output channels in order, by scope; `null` is for fixed channels. */
  readonly convs: ReadonlyMap<string, ConvChannels>;
}

/** The channels of a convolution. */
export interface ConvChannels {
  readonly inputs: readonly Part[];
  readonly outputs: readonly Part[];
  /** Whether each channel has one filter of its own, so that it passes through. */
  readonly depthwise: boolean;
}

/** Consecutive channels of one group. */
export interface Part {
  /** Its name; `null` for channels that cannot be removed. */
  readonly group: string | null;
  readonly channels: number;
}

type ConvLayer = Layer & { readonly operator: ConvOperator };

/** Channels that are made in one place, and whatever they turn out to be the same as, or to consist of. */
class Node {
  #same: Node | undefined;
  #parts: readonly [Node, Node] | undefined;
  #fixed = false;

  constructor(readonly channels: number) {}

  /** What it consists of: itself, as long as nothing divides it. */
  leaves(): Node[] {
    if (this.#same) return this.#same.leaves();
    return this.#parts ? this.#parts.flatMap((part) => part.leaves()) : [this];
  }

  get fixed(): boolean {
    return this.#fixed;
  }

  fix(): void {
    for (const leaf of this.leaves()) leaf.#fixed = true;
  }

  /** Divides a leaf after some of its channels. */
  divide(at: number): void {
    const parts = [new Node(at), new Node(this.channels - at)] as const;
    if (this.#fixed) { for (const part of parts) part.#fixed = true; }
    this.#parts = parts;
  }

  /** Makes two leaves of the same size one. */
  unite(other: Node): void {
    if (this === other) return;
    if (other.#fixed) this.#fixed = true;
    other.#same = this;
  }
}

/**
 * Finds the channels of a network that can be removed together. Fixed are the channels of its inputs and outputs, and of
 * what passes operators that mix or count channels (softmax over them, flattening, grouped convolutions, anchors).
 */
export function channelLayout(graph: Graph): ChannelLayout {
  const values = new Map<Layer, readonly Node[]>();
  const outputs = new Map<string, readonly Node[]>();
  const inputs = new Map<string, readonly Node[]>();
  for (const layer of graph.layers) {
    values.set(layer, nodesOf(layer, layer.inputs.map((value) => values.get(value.layer)!), inputs, outputs));
  }
  for (const { layer } of Object.values(graph.outputs)) fixAll(values.get(layer)!);

  const names = new Map<Node, string>();
  const groups = new Map<string, Mutable>();
  for (const layer of graph.layers.filter(isConv)) {
    if (isDepthwise(layer)) continue;
    for (const leaf of leavesOf(outputs.get(layer.scope)!)) {
      if (leaf.fixed) continue;
      if (!names.has(leaf)) {
        // A convolution whose channels were divided may be the first of several groups.
        const name = groups.has(layer.scope) ? `${layer.scope}~${groups.size}` : layer.scope;
        names.set(leaf, name);
        groups.set(name, { channels: leaf.channels, producers: [], carriers: [], consumers: [] });
      }
      addOnce(groups.get(names.get(leaf)!)!.producers, layer.scope);
    }
  }
  const parts = (nodes: readonly Node[]): Part[] =>
    leavesOf(nodes).map((leaf) => ({ group: names.get(leaf) ?? null, channels: leaf.channels }));
  for (const layer of graph.layers.filter(isConv)) {
    let offset = 0;
    for (const { group, channels } of parts(inputs.get(layer.scope)!)) {
      const found = group === null ? undefined : groups.get(group)!;
      if (found && isDepthwise(layer)) addOnce(found.carriers, layer.scope);
      else if (
        found && !found.consumers.some((known) => known.scope === layer.scope && known.offset === offset)
      ) {
        found.consumers.push({ scope: layer.scope, offset });
      }
      offset += channels;
    }
  }
  const convs = graph.layers.filter(isConv).map((layer) => {
    const { scope } = layer;
    const [read, made] = [parts(inputs.get(scope)!), parts(outputs.get(scope)!)];
    return [scope, { inputs: read, outputs: made, depthwise: isDepthwise(layer) }] as const;
  });
  return { groups: [...groups].map(([name, group]) => ({ name, ...group })), convs: new Map(convs) };
}

interface Mutable {
  readonly channels: number;
  readonly producers: string[];
  readonly carriers: string[];
  readonly consumers: ChannelConsumer[];
}

function addOnce(list: string[], entry: string): void {
  if (!list.includes(entry)) list.push(entry);
}

function nodesOf(
  layer: Layer,
  [first, ...others]: readonly (readonly Node[])[],
  inputs: Map<string, readonly Node[]>,
  outputs: Map<string, readonly Node[]>,
): readonly Node[] {
  const { operator, scope } = layer;
  switch (operator.kind) {
    case "conv": {
      uniteAll(inputs.get(scope) ?? first, first);
      inputs.set(scope, first);
      const own = outputs.get(scope);
      if (isDepthwise(layer)) {
        outputs.set(scope, first);
        return first;
      }
      if (operator.groups > 1) fixAll(first);
      const made = own ?? [operator.groups > 1 ? fixedNode(operator.channels) : new Node(operator.channels)];
      outputs.set(scope, made);
      return made;
    }
    case "add":
    case "multiply":
      for (const other of others) uniteAll(first, other);
      return first;
    case "concat":
      if (operator.axis === 1) return [first, ...others].flat();
      [first, ...others].forEach(fixAll);
      return [fixedNode(totalChannels(first))];
    case "activation":
    case "scale":
    case "shiftDown":
    case "globalAveragePool":
    case "pool":
    case "resize":
      return first;
    case "softmax":
    case "flatten":
    case "anchorRows":
      fixAll(first);
      return [fixedNode(totalChannels(first))];
    case "preprocess":
      return [fixedNode(3)];
    case "input":
      return [fixedNode(operator.channels)];
    case "constant":
    case "primitive":
      [first ?? [], ...others].forEach(fixAll);
      return [fixedNode(operator.shape[1] ?? 1)];
  }
}

/**
 * Values that are added or multiplied have the same channels. Where one of them was joined of several, the other is divided
 * in the same places.
 */
function uniteAll(left: readonly Node[], right: readonly Node[]): void {
  if (totalChannels(left) !== totalChannels(right)) return [left, right].forEach(fixAll);
  while (true) {
    const [a, b] = [leavesOf(left), leavesOf(right)];
    const place = a.findIndex((leaf, i) => leaf !== b[i]);
    if (place < 0) return;
    const [one, other] = [a[place], b[place]];
    if (one.channels === other.channels) one.unite(other);
    else if (one.channels > other.channels) one.divide(other.channels);
    else other.divide(one.channels);
  }
}

function leavesOf(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => node.leaves());
}

function fixAll(nodes: readonly Node[]): void {
  for (const node of nodes) node.fix();
}

function fixedNode(channels: number): Node {
  const node = new Node(channels);
  node.fix();
  return node;
}

/** The channels of all of them together. */
export function totalChannels(parts: readonly { readonly channels: number }[]): number {
  return parts.reduce((sum, { channels }) => sum + channels, 0);
}

function isConv(layer: Layer): layer is ConvLayer {
  return layer.operator.kind === "conv";
}

/** Whether a layer has one filter for each channel, which so passes through. */
export function isDepthwise({ operator, inputs }: Layer): boolean {
  if (operator.kind !== "conv") return false;
  const { groups, channels } = operator;
  return groups > 1 && groups === channels && groups === inputs[0].channels;
}
