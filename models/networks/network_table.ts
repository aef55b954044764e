/**
 * Networks as tables: what the papers' tables say, with other numbers. Plain data, which searches and adaptations write
 * and every command that takes a network reads (`network_file.ts`).
 */
import { type BlockStack, blockStack, type OutputStride, type StackBlock } from "../../core/backbones/mod.ts";
import { type Extent, type Graph, GraphBuilder, type Value } from "../../core/graph/mod.ts";
import {
  centerNet,
  type CenterNetOptions,
  classifier,
  type ClassifierOptions,
  lrAspp,
  type LrAsppOptions,
} from "../../heads/mod.ts";
import type { Task } from "../network.ts";
import { inferenceOutputs, namedOutputs } from "./definition.ts";

/** A network as a table. */
export interface NetworkTable {
  readonly name: string;
  readonly summary: string;
  /** The size that it was made for, `[height, width]`. */
  readonly size: Extent;
  readonly backbone: BackboneTable;
  /** At most one for each task. */
  readonly heads: readonly HeadTable[];
}

/** A backbone as a table, its channels resolved; `mobileNetV3Stack` gives those of the paper. */
export type BackboneTable = Pick<BlockStack, "stem" | "blocks" | "head" | "style" | "gate">;

/** A head and its options. */
export type HeadTable = ClassifierTable | CenterNetTable | LrAsppTable;

/** A classifier of the last convolution's mean. */
export interface ClassifierTable extends Omit<ClassifierOptions, "features"> {
  readonly kind: "classifier";
}

/** A CenterNet detector. */
export interface CenterNetTable extends CenterNetOptions {
  readonly kind: "center-net";
}

/** An LR-ASPP decoder, which may have its own last blocks. */
export interface LrAsppTable extends LrAsppOptions {
  readonly kind: "lr-aspp";
  /** Pixels per cell of its coarse features; below 32, the last blocks are dilated. @default {32} */
  readonly outputStride?: OutputStride;
  /** Its own blocks in place of the backbone's from number `from` on, called `segment.blockN`. */
  readonly tail?: { readonly from: number; readonly blocks: readonly StackBlock[] };
}

/** The task of each kind of head. */
export const HEAD_TASKS: Readonly<Record<HeadTable["kind"], Task>> = {
  classifier: "classify",
  "center-net": "detect",
  "lr-aspp": "segment",
};

/**
 * Adds a network to a graph: the outputs of its heads, each named `TASK.NAME`.
 *
 * @param image `[N, 3, H, W]`, normalised.
 * @param tasks only the heads of these. @default {all}
 * @throws {RangeError} when a head takes a tap that the backbone lacks, or the blocks do not fit together.
 */
export function buildNetworkTable(
  g: GraphBuilder,
  image: Value,
  { backbone, heads }: NetworkTable,
  tasks: readonly Task[] = Object.values(HEAD_TASKS),
): Record<string, Value> {
  const outputs: Record<string, Value> = {};
  for (const head of heads) {
    const task = HEAD_TASKS[head.kind];
    if (!tasks.includes(task)) continue;
    const taps = blockStack(g, image, stackOf(backbone, head));
    Object.assign(outputs, namedOutputs(task, inferenceOutputs(builtHead(head).build(g, taps))));
  }
  return outputs;
}

/** The name of the input of {@linkcode networkTableGraph}. */
const INPUT = "input";

/**
 * The graph of a network from a normalised image (`input`, `[N, 3, H, W]`).
 *
 * @throws {RangeError} as {@linkcode buildNetworkTable} does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mobileNetV3Stack } from "../../core/backbones/mod.ts";
 * import { countParameters, graphParameters } from "../../core/graph/mod.ts";
 * import { networkTableGraph } from "./network_table.ts";
 * const graph = networkTableGraph({
 *   name: "mine",
 *   summary: "MobileNetV3-Large",
 *   size: [224, 224],
 *   backbone: mobileNetV3Stack({ size: "large" }),
 *   heads: [{ kind: "classifier", classes: 1000, last: { channels: 1280, activation: "h-swish" } }],
 * });
 * assert.equal(countParameters(graphParameters(graph)), 5_483_032);
 * ```
 */
export function networkTableGraph(table: NetworkTable, tasks?: readonly Task[]): Graph {
  const g = new GraphBuilder();
  return g.finish(buildNetworkTable(g, g.tensor(INPUT, 3), table, tasks));
}

/** The head that a row of the table describes. */
export function builtHead(head: HeadTable) {
  switch (head.kind) {
    case "classifier":
      return classifier(head);
    case "center-net":
      return centerNet(head);
    case "lr-aspp":
      return lrAspp(head);
  }
}

function stackOf({ stem, blocks, head: last, style, gate }: BackboneTable, head: HeadTable): BlockStack {
  const stack = { stem, blocks, head: last, style, gate };
  if (head.kind !== "lr-aspp") return stack;
  const { outputStride, tail } = head;
  if (!tail) return { ...stack, outputStride };
  return {
    ...stack,
    outputStride,
    blocks: [...blocks.slice(0, tail.from - 1), ...tail.blocks],
    blockName: (block) => `${block >= tail.from ? "segment" : "backbone"}.block${block}`,
  };
}
