import assert from "node:assert/strict";
import { type CountedNode, COUNTERS, countNode } from "../../../../core/profile/counting/counters.ts";
import { int, text } from "../small_onnx.ts";

type Case = readonly [what: string, node: CountedNode, expected: number | undefined];

function node(
  operator: string,
  inputShapes: CountedNode["inputShapes"],
  outputShape: readonly number[],
  attributes: CountedNode["attributes"] = {},
): CountedNode {
  return { operator, inputShapes, outputShapes: [outputShape], attributes };
}

/** Each expected number is written out from the definition of the operator. */
const CLOSED_FORMS: readonly Case[] = [
  [
    "a convolution: kernel area × input channels for every output element",
    node("Conv", [[2, 3, 10, 12], [8, 3, 3, 5], [8]], [2, 8, 8, 8]),
    2 * 8 * 8 * 8 * (3 * 3 * 5),
  ],
  [
    "a grouped convolution",
    node("Conv", [[1, 8, 6, 6], [4, 2, 3, 3]], [1, 4, 4, 4]),
    4 * 4 * 4 * (2 * 3 * 3),
  ],
  [
    "a depthwise convolution: the kernel area",
    node("Conv", [[1, 16, 7, 7], [16, 1, 5, 5]], [1, 16, 7, 7]),
    16 * 7 * 7 * 25,
  ],
  ["a convolution along one axis", node("Conv", [[1, 4, 20], [6, 4, 3]], [1, 6, 18]), 6 * 18 * 4 * 3],
  [
    "a convolution in three dimensions",
    node("Conv", [[1, 2, 5, 5, 5], [3, 2, 2, 2, 2]], [1, 3, 4, 4, 4]),
    3 * 4 * 4 * 4 * 2 * 8,
  ],
  ["a fused convolution", node("FusedConv", [[1, 4, 4, 4], [4, 4, 1, 1], [4]], [1, 4, 4, 4]), 4 * 16 * 4],
  ["an integer convolution", node("ConvInteger", [[1, 4, 4, 4], [2, 4, 2, 2]], [1, 2, 3, 3]), 2 * 9 * 4 * 4],
  ["a deformable convolution", node("DeformConv", [[1, 4, 4, 4], [2, 4, 3, 3]], [1, 2, 2, 2]), 2 * 4 * 36],
  [
    "a quantized convolution, whose weight is the fourth input",
    node("QLinearConv", [[1, 3, 8, 8], [], [], [5, 3, 3, 3], [], [], [], []], [1, 5, 6, 6]),
    5 * 36 * 27,
  ],
  [
    "a transposed convolution: kernel area × output channels for every input element",
    node("ConvTranspose", [[1, 6, 5, 5], [6, 4, 2, 2]], [1, 4, 10, 10]),
    6 * 25 * (4 * 2 * 2),
  ],
  [
    "a grouped transposed convolution",
    node("ConvTranspose", [[1, 6, 5, 5], [6, 2, 3, 3]], [1, 6, 7, 7], { group: int(3) }),
    6 * 25 * (2 * 9),
  ],
  ["a matrix product", node("MatMul", [[5, 7], [7, 11]], [5, 11]), 5 * 7 * 11],
  ["a batch of matrix products", node("MatMul", [[4, 1, 5, 7], [3, 7, 2]], [4, 3, 5, 2]), 12 * 5 * 7 * 2],
  ["a scalar product", node("MatMul", [[9], [9]], []), 9],
  ["a matrix times a vector", node("MatMul", [[3, 9], [9]], [3]), 27],
  ["an integer product", node("MatMulInteger", [[5, 7], [7, 11]], [5, 11]), 385],
  ["an integer product with scales", node("MatMulIntegerToFloat", [[5, 7], [7, 11]], [5, 11]), 385],
  ["a dynamically quantized product", node("DynamicQuantizeMatMul", [[5, 7], [7, 11]], [5, 11]), 385],
  [
    "a quantized product",
    node("QLinearMatMul", [[5, 7], [], [], [7, 11], [], [], [], []], [5, 11]),
    385,
  ],
  ["a fused product", node("FusedMatMul", [[7, 5], [7, 11]], [5, 11], { transA: int(1) }), 385],
  [
    "a linear layer",
    node("Gemm", [[2, 960], [1280, 960], [1280]], [2, 1280], { transB: int(1) }),
    2 * 960 * 1280,
  ],
  ["a linear layer of a transposed input", node("Gemm", [[7, 5], [7, 11]], [5, 11], { transA: int(1) }), 385],
  ["a fused linear layer", node("FusedGemm", [[5, 7], [7, 11]], [5, 11]), 385],
  ["a quantized linear layer", node("QGemm", [[5, 7], [], [], [7, 11]], [5, 11]), 385],
  [
    "a product with packed weights",
    node("MatMulNBits", [[1, 3, 64], [32, 2, 16]], [1, 3, 32], { K: int(64), N: int(32) }),
    3 * 64 * 32,
  ],
];

for (const [what, counted, expected] of CLOSED_FORMS) {
  Deno.test(`counts ${what}`, () => assert.equal(countNode(counted), expected));
}

const EINSUMS: readonly Case[] = [
  ["a matrix product", einsum("ij,jk->ik", [[5, 7], [7, 11]]), 385],
  ["a matrix product without a result", einsum("ij,jk", [[5, 7], [7, 11]]), 385],
  ["attention's scores", einsum("bhid, bhjd -> bhij", [[2, 4, 10, 8], [2, 4, 12, 8]]), 2 * 4 * 10 * 12 * 8],
  ["an ellipsis", einsum("...ij,...jk->...ik", [[2, 3, 5, 7], [3, 7, 11]]), 2 * 3 * 5 * 7 * 11],
  ["a sum of one factor alone, which needs no product", einsum("ijx,jk->ik", [[5, 7, 9], [7, 11]]), 385],
  ["an element-wise product", einsum("ij,ij->ij", [[5, 7], [5, 7]]), 0],
  ["an outer product", einsum("i,j->ij", [[5], [7]]), 35],
  ["outer products of a batch", einsum("bi,bj->bij", [[3, 5], [3, 7]]), 105],
  ["a product with a vector for each row", einsum("ij,j->ij", [[5, 7], [7]]), 0],
  ["a transposition", einsum("ij->ji", [[5, 7]]), 0],
  ["three factors", einsum("ij,jk,kl->il", [[2, 3], [3, 4], [4, 5]]), 2 * 3 * 4 + 2 * 4 * 5],
  [
    "three factors that share an index",
    einsum("ai,bi,ci->abc", [[2, 7], [3, 7], [5, 7]]),
    2 * 3 * 7 + 2 * 3 * 5 * 7,
  ],
  ["an equation that does not fit", einsum("ijk,jk->ik", [[5, 7], [7, 11]]), undefined],
];

function einsum(equation: string, inputShapes: CountedNode["inputShapes"]): CountedNode {
  return node("Einsum", inputShapes, [], { equation: text(equation) });
}

const HEADS = { q_num_heads: int(4), kv_num_heads: int(2) };

/** As the operators are defined: T · B · (|W| + |R|), and Q · Kᵀ with its product with V. */
const SEQUENCES: readonly Case[] = [
  ["a bidirectional LSTM", node("LSTM", [[10, 2, 8], [2, 64, 8], [2, 64, 16]], []), 20 * (1024 + 2048)],
  ["a GRU", node("GRU", [[10, 2, 8], [1, 48, 8], [1, 48, 16]], []), 20 * 48 * 24],
  ["a plain recurrence", node("RNN", [[10, 2, 8], [1, 16, 8], [1, 16, 16]], []), 20 * 16 * 24],
  [
    "a quantized LSTM",
    microsoft("DynamicQuantizeLSTM", [[10, 2, 8], [1, 8, 64], [1, 16, 64]], []),
    20 * 64 * 24,
  ],
  [
    "attention of heads",
    node("Attention", [[1, 4, 16, 8], [1, 4, 20, 8], [1, 4, 20, 6]], []),
    4 * 16 * 20 * (8 + 6),
  ],
  [
    "attention of all heads together, which share keys",
    node("Attention", [[1, 16, 32], [1, 20, 16], [1, 20, 12]], [], HEADS),
    4 * 16 * 20 * (8 + 6),
  ],
  [
    "attention with what came before",
    node(
      "Attention",
      [[1, 4, 1, 8], [1, 4, 1, 8], [1, 4, 1, 8], undefined, [1, 4, 30, 8], [1, 4, 30, 8]],
      [],
    ),
    4 * 31 * 16,
  ],
  [
    "attention with its projection",
    microsoft("Attention", [[2, 10, 32], [32, 96]], []),
    2 * 10 * (32 * 96 + 10 * 64),
  ],
  [
    "attention of projected inputs",
    microsoft("MultiHeadAttention", [[2, 10, 32], [2, 12, 32], [2, 12, 48]], []),
    2 * 10 * 12 * (32 + 48),
  ],
  ["packed attention", microsoft("MultiHeadAttention", [[2, 10, 4, 3, 8]], []), 2 * 10 * 10 * 2 * 32],
  [
    "attention of groups",
    microsoft("GroupQueryAttention", [[1, 2, 32], [1, 2, 16], [1, 2, 16]], [[1, 2, 32], [1, 2, 9, 8]]),
    2 * 9 * 2 * 32,
  ],
  ["a Fourier transform", node("DFT", [[3, 16, 1]], [3, 16, 2], { axis: int(1) }), 3 * 2 * 16 * 4],
  [
    "half of a Fourier transform",
    node("DFT", [[3, 16, 1]], [3, 9, 2], { axis: int(1), onesided: int(1) }),
    3 * 2 * 16 * 4,
  ],
  ["short Fourier transforms", node("STFT", [[1, 400, 1]], [1, 20, 33, 2]), 20 * 2 * 64 * 6],
];

function microsoft(
  operator: string,
  inputShapes: CountedNode["inputShapes"],
  outputShapes: CountedNode["outputShapes"],
): CountedNode {
  return { ...node(operator, inputShapes, []), outputShapes, domain: "com.microsoft" };
}

for (const [what, counted, expected] of SEQUENCES) {
  Deno.test(`counts ${what}`, () => assert.equal(countNode(counted), expected));
}

for (const [what, counted, expected] of EINSUMS) {
  Deno.test(`an Einsum of ${what} counts ${expected ?? "as unknown"}`, () =>
    assert.equal(countNode(counted), expected));
}

Deno.test("element-wise operators, pooling, normalisation and moves cost nothing", () => {
  const operators =
    "Add Mul Relu HardSwish BatchNormalization GlobalAveragePool MaxPool Softmax Resize Reshape";
  for (const operator of operators.split(" ")) {
    assert.equal(countNode(node(operator, [[1, 8, 4, 4]], [1, 8, 4, 4])), 0, operator);
  }
});

Deno.test("recurrent, attention and unknown operators are not counted, which is not zero", () => {
  for (const operator of ["LSTM", "GRU", "RNN", "Attention", "MultiHeadAttention", "Bogus", "constructor"]) {
    assert.equal(countNode(node(operator, [[1, 2, 3]], [1, 2, 3])), undefined, operator);
  }
});

Deno.test("another domain's operator of a known name is unknown", () => {
  const conv = node("Conv", [[1, 3, 8, 8], [4, 3, 1, 1]], [1, 4, 8, 8]);
  assert.equal(countNode({ ...conv, domain: "com.microsoft" }), 768);
  assert.equal(countNode({ ...conv, domain: "com.acme" }), undefined);
});

Deno.test("without its shapes no counted operator counts as zero", () => {
  for (const operator of Object.keys(COUNTERS)) {
    const attributes = { equation: text("ij,jk->ik") };
    const unknown = { operator, attributes, inputShapes: [undefined, undefined], outputShapes: [undefined] };
    assert.equal(countNode(unknown), undefined, operator);
  }
});

Deno.test("the extended rule adds h-swish on feature maps and the final upsampling", () => {
  const extended = (counted: CountedNode) => countNode(counted, "extended");
  assert.equal(extended(node("HardSwish", [[1, 16, 7, 7]], [1, 16, 7, 7])), 2 * 16 * 49);
  assert.equal(extended(node("HardSwish", [[1, 1280, 1, 1]], [1, 1280, 1, 1])), 0);
  assert.equal(extended(node("HardSwish", [[1, 1280]], [1, 1280])), 0);
  const resize = node("Resize", [[1, 19, 8, 8]], [1, 19, 64, 64]);
  assert.equal(extended(resize), 0);
  assert.equal(extended({ ...resize, final: true }), 19 * 64 * 64);
  assert.equal(extended(node("Conv", [[1, 3, 8, 8], [4, 3, 1, 1]], [1, 4, 8, 8])), 768);
  assert.equal(extended(node("LSTM", [], [])), undefined);
});
