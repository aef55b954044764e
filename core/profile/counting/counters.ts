/**
 * Counting multiply-adds: one counter per ONNX operator, used for our own graphs and for any file.
 *
 * The unit is one multiply and one add, as in the MobileNet papers and fvcore. Biases, normalisation,
 * activations, pooling and element-wise operators count as zero by that rule; unknown operators are not zero but
 * "not counted", and are listed in every result.
 */
import type { Shape } from "../../graph/mod.ts";
import type { OnnxAttribute } from "../../onnx/mod.ts";
import { elementCount } from "../../weights/tensor.ts";
import { SEQUENCE_COUNTERS } from "./sequence_counters.ts";

/** The unit of all counts, to be printed beside every table. */
export const MADDS_UNIT = "MAdds (1 = one multiply and one add)";

/**
 * `plain` counts convolutions and matrix products. `extended` adds what explains the figures of tables 7 and
 * 8 of the MobileNetV3 paper: 2 per output element of an h-swish on a feature map (not on the vector behind the
 * pooling), and 1 per element of the final upsampling.
 */
export type CountingRule = "plain" | "extended";

/** A node as the counters see it. */
export interface CountedNode {
  /** The name in the ONNX operator set. */
  readonly operator: string;
  /** @default {the standard operator set} */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** By position; `undefined` where an input is not given or its shape is unknown. */
  readonly inputShapes: readonly (Shape | undefined)[];
  readonly outputShapes: readonly (Shape | undefined)[];
  /** Its result leaves the network: the extended rule counts an upsampling only then. */
  readonly final?: boolean;
}

/** How many multiply-adds a node costs; `undefined` where that does not follow from its shapes. */
export type Counter = (node: CountedNode) => number | undefined;

/** The operators that multiply matrices or slide windows, by name. */
export const COUNTERS: Readonly<Record<string, Counter>> = {
  Conv: (node) => countConv(node, 1),
  FusedConv: (node) => countConv(node, 1),
  ConvInteger: (node) => countConv(node, 1),
  DeformConv: (node) => countConv(node, 1),
  QLinearConv: (node) => countConv(node, 3),
  ConvTranspose: countConvTranspose,
  Gemm: (node) => countMatMul(node, flag(node, "transA")),
  FusedGemm: (node) => countMatMul(node, flag(node, "transA")),
  QGemm: (node) => countMatMul(node, flag(node, "transA")),
  MatMul: (node) => countMatMul(node, false),
  MatMulInteger: (node) => countMatMul(node, false),
  MatMulIntegerToFloat: (node) => countMatMul(node, false),
  DynamicQuantizeMatMul: (node) => countMatMul(node, false),
  QLinearMatMul: (node) => countMatMul(node, false),
  FusedMatMul: (node) => flag(node, "transBatchA") ? undefined : countMatMul(node, flag(node, "transA")),
  MatMulNBits: countMatMulNBits,
  ...SEQUENCE_COUNTERS,
};

/** What the extended rule counts in addition. */
const EXTENDED_COUNTERS: Readonly<Record<string, Counter>> = {
  HardSwish: ({ outputShapes: [output] }) => output && (isFeatureMap(output) ? 2 * elementCount(output) : 0),
  Resize: ({ outputShapes: [output], final }) => final ? output && elementCount(output) : 0,
  Upsample: ({ outputShapes: [output], final }) => final ? output && elementCount(output) : 0,
};

/** Operators that cost nothing by the rule: they multiply nothing, or only element by element. */
const ZERO_OPERATORS = new Set(
  [
    // Element by element.
    "Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast",
    "CastLike Ceil Celu Clip Cos Cosh Div Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual HardSigmoid",
    "HardSwish IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or PRelu Pow",
    "Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Swish Tan Tanh",
    "ThresholdedRelu Where Xor BiasGelu FastGelu QuickGelu RotaryEmbedding",
    // Moving and making data.
    "CenterCropPad Compress Concat Constant ConstantOfShape DepthToSpace Expand EyeLike Flatten Gather",
    "GatherElements GatherND Identity NonZero OneHot Pad Range Reshape ReverseSequence Scatter",
    "ScatterElements ScatterND Shape Size Slice SpaceToDepth Split Squeeze TensorScatter Tile Transpose",
    "Trilu Unique Unsqueeze Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform",
    "RandomUniformLike BlackmanWindow HammingWindow HannWindow",
    // Sequences and control flow: what runs inside a body is counted there.
    "ConcatFromSequence If Loop Optional OptionalGetElement OptionalHasElement Scan SequenceAt",
    "SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence",
    // Pooling, reductions, selection.
    "ArgMax ArgMin AveragePool CumProd CumSum GlobalAveragePool GlobalLpPool GlobalMaxPool LpPool MaxPool",
    "MaxRoiPool MaxUnpool NonMaxSuppression ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax",
    "ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare RoiAlign TopK",
    // Resampling.
    "AffineGrid GridSample Resize Upsample",
    // Normalisation.
    "BatchNormalization Dropout GroupNormalization Hardmax InstanceNormalization LayerNormalization",
    "LogSoftmax LpNormalization LRN MeanVarianceNormalization RMSNormalization SimplifiedLayerNormalization",
    "SkipLayerNormalization SkipSimplifiedLayerNormalization Softmax",
    // Quantization.
    "DequantizeLinear DynamicQuantizeLinear QLinearAdd QLinearAveragePool QLinearConcat",
    "QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid QLinearSoftmax",
    "QLinearWhere QuantizeLinear",
  ].flatMap((line) => line.split(" ")),
);

/** The domains whose operators the tables above list; "" is the standard one. */
const DOMAINS = new Set(["", "ai.onnx", "com.microsoft"]);

/**
 * Counts the multiply-adds of a node. `undefined` means not counted: an unknown operator, or unknown
 * shapes. Zero always means that the operator costs nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { countNode } from "./counters.ts";
 * const conv = { operator: "Conv", inputShapes: [[1, 3, 224, 224], [16, 3, 3, 3]], outputShapes: [[1, 16, 112, 112]] };
 * assert.equal(countNode(conv), 3 * 3 * 3 * 16 * 112 * 112);
 * assert.equal(countNode({ operator: "Unknown", inputShapes: [], outputShapes: [] }), undefined);
 * ```
 */
export function countNode(node: CountedNode, rule: CountingRule = "plain"): number | undefined {
  if (!DOMAINS.has(node.domain ?? "")) return undefined;
  const counter = (rule === "extended" && own(EXTENDED_COUNTERS, node.operator)) ||
    own(COUNTERS, node.operator);
  if (counter) return counter(node);
  return ZERO_OPERATORS.has(node.operator) ? 0 : undefined;
}

/** Every output element sums `channels / groups` times the kernel's area products: a filter's size. */
function countConv({ inputShapes, outputShapes: [output] }: CountedNode, at: number): number | undefined {
  const weight = inputShapes[at];
  return output && weight && elementCount(output) * elementCount(weight.slice(1));
}

/** Every input element is multiplied with each weight of its channel. */
function countConvTranspose({ inputShapes: [input, weight] }: CountedNode): number | undefined {
  return input && weight && elementCount(input) * elementCount(weight.slice(1));
}

/** Every output element is a scalar product along the dimension that both factors share. */
function countMatMul(
  { inputShapes: [left], outputShapes: [output] }: CountedNode,
  transposed: boolean,
): number | undefined {
  const shared = left?.at(transposed ? -2 : -1);
  return shared === undefined ? undefined : output && elementCount(output) * shared;
}

/** The weights are packed; the attribute `K` has their logical size. */
function countMatMulNBits({ attributes, outputShapes: [output] }: CountedNode): number | undefined {
  const shared = attributes?.K;
  return shared?.type === "int" && output ? elementCount(output) * shared.value : undefined;
}

function flag({ attributes }: CountedNode, name: string): boolean {
  const attribute = attributes?.[name];
  return attribute?.type === "int" && attribute.value !== 0;
}

/** A file may call its operator `constructor`. */
function own(counters: Readonly<Record<string, Counter>>, operator: string): Counter | undefined {
  return Object.hasOwn(counters, operator) ? counters[operator] : undefined;
}

function isFeatureMap(shape: Shape): boolean {
  return elementCount(shape.slice(2)) > 1;
}
