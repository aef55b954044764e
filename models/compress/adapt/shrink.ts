/** Making one group of channels narrower, and repairing what reads it. */
import type { BoundConv, ChannelGroup, ConvOperator, Graph } from "../../../core/graph/mod.ts";
import type { CalibrationImage } from "./calibration.ts";
import { type Candidate, keptOutputs, narrowed } from "./candidate.ts";
import { type CellSamples, sampleInputs, type SamplingOptions } from "./cell_samples.ts";
import { Elimination, keepByEffect, keepByMagnitude } from "./elimination.ts";
import { momentsOf, type TallProducts } from "./moments.ts";

/** How channels are chosen: by the least effect on what reads them, or by the size of their filters. */
export type FilterChoice = "effect" | "magnitude";

/** What repairs are computed from: features of the original, and of the candidate that is made narrower. */
export interface RepairData {
  readonly original: Candidate;
  readonly originalSamples: ReadonlyMap<string, CellSamples>;
  readonly current: Candidate;
  readonly currentSamples: ReadonlyMap<string, CellSamples>;
  readonly products: TallProducts;
}

/** The convolutions of a network that are repaired: those of one cell that read channels which can be removed. */
export function repairable({ graph, layout }: Candidate): string[] {
  const operators = convOperators(graph);
  const readers = new Set(layout.groups.flatMap(({ consumers }) => consumers.map(({ scope }) => scope)));
  return [...readers].filter((scope) => {
    const { kernel, groups } = operators.get(scope)!;
    return kernel[0] * kernel[1] === 1 && groups === 1;
  });
}

/** Samples what the convolutions that are repaired read. */
export function sampleReaders(
  candidate: Candidate,
  images: readonly CalibrationImage[],
  options: SamplingOptions,
): Promise<Map<string, CellSamples>> {
  return sampleInputs(candidate, repairable(candidate), images, options);
}

/**
 * A candidate with fewer channels in one group: those that are left are chosen, and the weights that read them are the
 * least-squares solution for what the original's layers return in the sampled cells.
 *
 * @param keep how many channels are left.
 */
export async function shrinkGroup(
  data: RepairData,
  name: string,
  keep: number,
  choice: FilterChoice,
): Promise<Candidate> {
  const { current } = data;
  const group = current.layout.groups.find((other) => other.name === name)!;
  const eliminations = new Map<string, Elimination>();
  for (const { scope } of group.consumers) {
    if (data.currentSamples.has(scope) && !eliminations.has(scope)) {
      eliminations.set(scope, await eliminationOf(data, scope));
    }
  }
  const readers = group.consumers.flatMap(({ scope, offset }) => {
    const elimination = eliminations.get(scope);
    return elimination ? [{ elimination, offset }] : [];
  });
  const places = choice === "magnitude" || readers.length === 0
    ? keepByMagnitude(filterNorms(current, group), keep, readers)
    : keepByEffect(group.channels, keep, readers);
  const repaired = new Map<string, BoundConv>(
    [...eliminations].map(([scope, elimination]) =>
      [scope, elimination.result(current.weights.get(scope)!.bias !== undefined)] as const
    ),
  );
  return narrowed(current, new Map([[name, places]]), repaired);
}

async function eliminationOf(data: RepairData, scope: string): Promise<Elimination> {
  const { original, originalSamples, current, currentSamples, products } = data;
  const conv = original.weights.get(scope)!;
  const moments = await momentsOf(
    products,
    { inputs: originalSamples.get(scope)!, conv, hasBias: conv.bias !== undefined },
    currentSamples.get(scope)!,
    keptOutputs(original.layout, current, scope),
  );
  return new Elimination(moments, current.weights.get(scope)!);
}

/** Gates only scale what other filters make. */
const GATES: ReadonlySet<string | undefined> = new Set(["sigmoid", "h-sigmoid"]);

/** The Euclidean norms of the filters that make each channel of a group. */
function filterNorms(
  { graph, layout, weights }: Candidate,
  { name, channels, producers }: ChannelGroup,
): Float64Array {
  const operators = convOperators(graph);
  const squares = new Float64Array(channels);
  const makers = producers.filter((scope) => !GATES.has(operators.get(scope)!.activation));
  for (const scope of makers.length > 0 ? makers : producers) {
    const { weight } = weights.get(scope)!;
    const parts = layout.convs.get(scope)!.outputs;
    const perFilter = weight.length / parts.reduce((sum, part) => sum + part.channels, 0);
    let offset = 0;
    for (const part of parts) {
      for (let c = 0; part.group === name && c < part.channels; c++) {
        const from = (offset + c) * perFilter;
        for (let i = from; i < from + perFilter; i++) squares[c] += weight[i] * weight[i];
      }
      offset += part.channels;
    }
  }
  return squares.map(Math.sqrt);
}

function convOperators({ layers }: Graph): Map<string, ConvOperator> {
  const operators = new Map<string, ConvOperator>();
  for (const { scope, operator } of layers) if (operator.kind === "conv") operators.set(scope, operator);
  return operators;
}
