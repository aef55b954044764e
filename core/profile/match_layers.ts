/** Which layers of two networks correspond: by their names, then by order, operator and shape. */
import type { LayerCost } from "./counting/layer_cost.ts";

/** Rows of two networks that correspond, by their places; one side may be empty. */
export interface LayerMatch {
  readonly name: string;
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** What quantization tools append to names. */
const SUFFIX = /_(quant|quantized|fp16|int8|dynamic_quant)$/i;

/** The operator that a quantized or fused one stands for. */
const PLAIN_OPERATORS: Readonly<Record<string, string>> = {
  QLinearConv: "Conv",
  ConvInteger: "Conv",
  FusedConv: "Conv",
  QLinearMatMul: "MatMul",
  MatMulInteger: "MatMul",
  DynamicQuantizeMatMul: "MatMul",
  QGemm: "Gemm",
  FusedGemm: "Gemm",
  QLinearAdd: "Add",
  QLinearMul: "Mul",
  QLinearSigmoid: "Sigmoid",
  QLinearConcat: "Concat",
  QLinearGlobalAveragePool: "GlobalAveragePool",
};

/** They belong to the layer behind or before them: its inputs and results in another precision. */
const BEFORE_LAYERS = new Set(["DequantizeLinear", "DynamicQuantizeLinear"]);
const BEHIND_LAYERS = new Set(["QuantizeLinear"]);

/** More pairs are not aligned by order: names must do. */
const MAX_PAIRS = 16e6;

/**
 * Matches the rows of two networks, in the order of the first; rows without a match follow the one before them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matchLayers } from "./match_layers.ts";
 * const row = (name: string, operator: string) =>
 *   ({ name, operator, outputShape: [1, 8, 7, 7], parameters: 0, parametersWithoutBatchNorm: 0, madds: 0, activationBytes: 0 });
 * const matches = matchLayers(
 *   [row("stem", "Conv"), row("block.add", "Add")],
 *   [row("quantize", "QuantizeLinear"), row("stem_quant", "QLinearConv"), row("Add_7", "QLinearAdd")],
 * );
 * assert.deepEqual(matches.map(({ name, right }) => [name, right]), [["stem", [0, 1]], ["block.add", [2]]]);
 * ```
 */
export function matchLayers(left: readonly LayerCost[], right: readonly LayerCost[]): LayerMatch[] {
  const partner = new Map<number, number>();
  const byName = Map.groupBy(right.keys(), (index) => right[index].name.replace(SUFFIX, ""));
  left.forEach(({ name }, index) => {
    const found = byName.get(name.replace(SUFFIX, ""))?.shift();
    if (found !== undefined) partner.set(found, index);
  });
  const matched = new Set(partner.values());
  alignByOrder(
    [...left.keys()].filter((index) => !matched.has(index)),
    [...right.keys()].filter((index) => !partner.has(index)),
    (a, b) => isSameKind(left[a], right[b]),
  ).forEach(([a, b]) => partner.set(b, a));
  adoptParts(left, right, partner);
  adoptConversions(right, partner);

  const matches: { name: string; left: number[]; right: number[] }[] = left.map(({ name }, index) => ({
    name,
    left: [index],
    right: [],
  }));
  const alone = new Map<number, number[]>();
  let before = -1;
  right.forEach((_, index) => {
    const at = partner.get(index);
    if (at === undefined) alone.set(before, [...alone.get(before) ?? [], index]);
    else {
      matches[at].right.push(index);
      before = at;
    }
  });
  const rest = (at: number): LayerMatch[] =>
    (alone.get(at) ?? []).map((index) => ({ name: right[index].name, left: [], right: [index] }));
  return [...rest(-1), ...matches.flatMap((match, at) => [match, ...rest(at)])];
}

/** The same matches with the rows of each group together. */
export function groupMatches(matches: readonly LayerMatch[], groups: readonly string[]): LayerMatch[] {
  let group = groups[0] ?? "";
  const keys = matches.map(({ left }) => group = left.length > 0 ? groups[left[0]] : group);
  return [...Map.groupBy(matches, (_, index) => keys[index])].map(([name, members]) => ({
    name,
    left: members.flatMap(({ left }) => left),
    right: members.flatMap(({ right }) => right),
  }));
}

function isSameKind(left: LayerCost, right: LayerCost): boolean {
  const operator = ({ operator }: LayerCost) =>
    Object.hasOwn(PLAIN_OPERATORS, operator) ? PLAIN_OPERATORS[operator] : operator;
  return operator(left) === operator(right) && left.outputShape?.join() === right.outputShape?.join();
}

/** The longest common subsequence. */
function alignByOrder(
  left: readonly number[],
  right: readonly number[],
  fits: (left: number, right: number) => boolean,
): [left: number, right: number][] {
  if (left.length * right.length > MAX_PAIRS) return [];
  const width = right.length + 1;
  const best = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const skip = Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      best[i * width + j] = fits(left[i], right[j])
        ? Math.max(skip, best[(i + 1) * width + j + 1] + 1)
        : skip;
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    const here = best[i * width + j];
    if (fits(left[i], right[j]) && here === best[(i + 1) * width + j + 1] + 1) {
      pairs.push([left[i++], right[j++]]);
    } else if (here === best[(i + 1) * width + j]) i++;
    else j++;
  }
  return pairs;
}

/** What tools append to the name of a tensor for its conversion, and exporters to that of a node for its result. */
const CONVERSION = /_(Quantize|Dequantize)Linear(_\d+)?$/;
const RESULT = /_output_\d+$/;

/** A node of a function's body that a tool put in the function's place: `_inlfunc_HardSwish_token_3_HS_X`. */
const OPENED = /^_inlfunc_([A-Za-z]+)_/;

/** What a conversion converts, as its name has it. */
function convertedName({ name }: LayerCost): string {
  return name.replace(CONVERSION, "");
}

/**
 * Rows whose names say what they are a part of: conversions are named for the tensor that they convert, and the last
 * node of an opened function for the result of the function.
 */
function adoptParts(
  left: readonly LayerCost[],
  right: readonly LayerCost[],
  partner: Map<number, number>,
): void {
  const owners = new Map(left.map(({ name }, index) => [name, index]));
  const named = (name: string) => owners.get(name) ?? owners.get(name.replace(RESULT, ""));
  right.forEach((row, index) => {
    const owner = named(convertedName(row));
    if (!partner.has(index) && owner !== undefined) partner.set(index, owner);
  });
  // The others of a function's body stand before the last.
  let next: number | undefined;
  for (let index = right.length - 1; index >= 0; index--) {
    if (isConversion(right[index])) continue;
    const operator = OPENED.exec(right[index].name)?.[1];
    const ofBody = next !== undefined && operator !== undefined && left[next].operator === operator;
    if (!partner.has(index) && ofBody) partner.set(index, next!);
    next = partner.get(index);
  }
  // Conversions within the body.
  const opened = new Map(right.map(({ name }, index) => [name, partner.get(index)]));
  right.forEach((row, index) => {
    const owner = isConversion(row) ? opened.get(convertedName(row)) : undefined;
    if (!partner.has(index) && owner !== undefined) partner.set(index, owner);
  });
}

function isConversion({ operator }: LayerCost): boolean {
  return BEFORE_LAYERS.has(operator) || BEHIND_LAYERS.has(operator);
}

/**
 * Other changes of precision without a counterpart go with the layer beside them that they are for. Those of weights
 * stand together at the beginning and are for layers further on.
 */
function adoptConversions(rows: readonly LayerCost[], partner: Map<number, number>): void {
  const first = Math.min(...partner.keys());
  for (let index = rows.length - 2; index >= 0; index--) {
    const [row, next] = [rows[index], rows[index + 1]];
    const isBefore = BEFORE_LAYERS.has(row.operator) || (index < first && BEHIND_LAYERS.has(row.operator));
    const belongs = !isConversion(next) || convertedName(row) === convertedName(next);
    const owner = partner.get(index + 1);
    if (!partner.has(index) && isBefore && belongs && owner !== undefined) partner.set(index, owner);
  }
  for (let index = 1; index < rows.length; index++) {
    const [row, before] = [rows[index], rows[index - 1]];
    const isBehind = BEHIND_LAYERS.has(row.operator) ||
      (isConversion(row) && isConversion(before) && convertedName(row) === convertedName(before));
    const owner = partner.get(index - 1);
    if (!partner.has(index) && isBehind && owner !== undefined) partner.set(index, owner);
  }
}
