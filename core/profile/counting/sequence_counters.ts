/** Counting operators over sequences: recurrent networks, attention, contractions of several factors, Fourier transforms. */
import type { Shape } from "../../graph/mod.ts";
import { elementCount } from "../../weights/tensor.ts";
import type { CountedNode, Counter } from "./counters.ts";

/** Counters by the operator's name. */
export const SEQUENCE_COUNTERS: Readonly<Record<string, Counter>> = {
  LSTM: countRecurrent,
  GRU: countRecurrent,
  RNN: countRecurrent,
  DynamicQuantizeLSTM: countRecurrent,
  Attention: (node) => node.domain === "com.microsoft" ? countFusedAttention(node) : countAttention(node),
  MultiHeadAttention: countMultiHeadAttention,
  GroupQueryAttention: countGroupedAttention,
  Einsum: countEinsum,
  DFT: countFourier,
  STFT: countShortFourier,
};

/** Every step of every sequence multiplies with all weights of the input and of the state: T · B · (|W| + |R|). */
function countRecurrent({ inputShapes: [input, weight, recurrence] }: CountedNode): number | undefined {
  // Whichever comes first, steps and sequences.
  return input && weight && recurrence &&
    input[0] * input[1] * (elementCount(weight) + elementCount(recurrence));
}

/** Q · Kᵀ and its product with V; inputs of heads `[B, H, S, D]` or of all heads together `[B, S, H · D]`. */
function countAttention({ attributes, inputShapes }: CountedNode): number | undefined {
  const [query, key, value, , pastKey] = inputShapes;
  if (!query || !key || !value) return undefined;
  const queries = attributes?.q_num_heads;
  const [heads, steps, size] = query.length === 4
    ? [query[1], query[2], query[3]]
    : [queries?.type === "int" ? queries.value : NaN, query[1], NaN];
  const width = Number.isNaN(size) ? query[2] : heads * size;
  const seen = (key.at(-2) ?? NaN) + (pastKey?.[2] ?? 0);
  const keyHeads = attributes?.kv_num_heads;
  const valueSize = value.length === 4
    ? value[3]
    : value[2] / (keyHeads?.type === "int" ? keyHeads.value : NaN);
  return known(query[0] * steps * seen * (width + heads * valueSize));
}

/** As {@linkcode countAttention}, all heads together; keys may come by heads, or packed with the queries. */
function countMultiHeadAttention({ inputShapes }: CountedNode): number | undefined {
  const [query, key, value, , , , pastKey] = inputShapes;
  if (!query) return undefined;
  if (query.length === 5) {
    const [batch, steps, heads, , size] = query;
    return known(batch * steps * (steps + (pastKey?.[2] ?? 0)) * 2 * heads * size);
  }
  const [batch, steps, width] = query;
  if (!key) return undefined;
  if (key.length === 5) return known(batch * steps * key[1] * 2 * width);
  const seen = key[key.length === 4 ? 2 : 1] + (pastKey?.[2] ?? 0);
  const valueWidth = value ? (value.length === 4 ? value[1] * value[3] : value[2]) : width;
  return known(batch * steps * seen * (width + valueWidth));
}

/** Projects its input to queries, keys and values first. */
function countFusedAttention({ attributes, inputShapes }: CountedNode): number | undefined {
  const [input, weight, , , past] = inputShapes;
  if (!input || !weight || input.length !== 3 || weight.length !== 2) return undefined;
  const [batch, steps, width] = input;
  const sizes = attributes?.qkv_hidden_sizes;
  const [queries, , values] = sizes?.type === "ints" ? sizes.value : [0, 1, 2].map(() => weight[1] / 3);
  const seen = steps + (past?.[3] ?? 0);
  return known(batch * steps * (width * weight[1] + seen * (queries + values)));
}

/** Several heads of queries share one of keys; what was seen is in the outputs. */
function countGroupedAttention(
  { inputShapes: [query, key], outputShapes: [, present] }: CountedNode,
): number | undefined {
  if (!query || !present || query.length !== 3 || present.length !== 4) return undefined;
  const [batch, steps, packed] = query;
  // Queries may be packed with keys and values of the present's heads.
  const width = key ? packed : packed - 2 * present[1] * present[3];
  return known(batch * steps * present[2] * 2 * width);
}

/**
 * A contraction, factor by factor from the left as the runtime does it. An index of only one factor that nothing needs
 * any more is summed beforehand. A product without a shared sum counts if it makes more elements than either factor has
 * (an outer product); otherwise it is element-wise, hence zero.
 */
function countEinsum({ attributes, inputShapes }: CountedNode): number | undefined {
  const equation = attributes?.equation;
  if (equation?.type !== "string") return undefined;
  const [left, result] = equation.value.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (terms.length !== inputShapes.length) return undefined;
  const sizes = new Map<string, number>();
  const factors: Set<string>[] = [];
  for (const [k, term] of terms.entries()) {
    const shape = inputShapes[k];
    const indices = shape && einsumIndices(term, shape);
    if (!indices) return undefined;
    for (const [name, size] of indices) sizes.set(name, Math.max(sizes.get(name) ?? 1, size));
    factors.push(new Set(indices.map(([name]) => name)));
  }
  const isKept = (name: string) => {
    if (name.startsWith("...")) return true;
    if (result !== undefined) return result.includes(name);
    // Without an explicit result, the indices that occur once are kept.
    return [...left].filter((letter) => letter === name).length === 1;
  };
  let madds = 0;
  let product = factors[0];
  for (let k = 1; k < factors.length; k++) {
    const next = factors[k];
    const isNeeded = (name: string) => isKept(name) || factors.slice(k + 1).some((later) => later.has(name));
    // Summed beforehand unless both have it.
    const indices = [...product.union(next)].filter((name) =>
      isNeeded(name) || (product.has(name) && next.has(name))
    );
    const remaining = new Set(indices.filter(isNeeded));
    const isSum = remaining.size < indices.length;
    const isOuter = indices.some((name) => !product.has(name)) && indices.some((name) => !next.has(name));
    if (isSum || isOuter) madds += indices.reduce((count, name) => count * sizes.get(name)!, 1);
    product = remaining;
  }
  return madds;
}

/** The indices of a term with their sizes. Those that an ellipsis covers are numbered from the right. */
function einsumIndices(term: string, shape: Shape): [name: string, size: number][] | undefined {
  const covered = term.includes("...") ? shape.length - (term.length - 3) : 0;
  const ellipsis = Array.from({ length: Math.max(0, covered) }, (_, index) => `...${covered - index}`);
  const names = term.split("...").flatMap((letters, part) => [...(part > 0 ? ellipsis : []), ...letters]);
  return names.length === shape.length ? names.map((name, axis) => [name, shape[axis]]) : undefined;
}

/**
 * A fast transform of N complex values has N / 2 · log₂ N butterflies, each with a complex product and sum: 2 · N ·
 * log₂ N real multiply-adds, whatever the algorithm.
 */
function fastFourier(length: number): number {
  return Math.round(2 * length * Math.log2(Math.max(1, length)));
}

function countFourier({ attributes, inputShapes, outputShapes: [output] }: CountedNode): number | undefined {
  // From opset 20 on the axis is an input, whose value is not known here.
  if (!output || (inputShapes.length > 2 && output.length !== 3)) return undefined;
  const given = attributes?.axis;
  const axis = given?.type === "int"
    ? (given.value + output.length) % output.length
    : output.length === 3
    ? 1
    : output.length - 2;
  const isHalf = attributes?.onesided?.type === "int" && attributes.onesided.value !== 0;
  const length = isHalf ? 2 * (output[axis] - 1) : output[axis];
  const transforms = elementCount(output) / output[axis] / output[output.length - 1];
  return known(transforms * fastFourier(length));
}

/** `[batch, frames, frequencies, 2]`. */
function countShortFourier({ attributes, outputShapes: [output] }: CountedNode): number | undefined {
  if (output?.length !== 4) return undefined;
  const [batch, frames, frequencies] = output;
  const onesided = attributes?.onesided;
  const isHalf = onesided?.type !== "int" || onesided.value !== 0;
  return known(batch * frames * fastFourier(isHalf ? 2 * (frequencies - 1) : frequencies));
}

function known(madds: number): number | undefined {
  return Number.isFinite(madds) ? madds : undefined;
}
