/** How far a convolution of what bytes say is from what it should return, and how that depends on what it reads. */
import { encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import type { ResidualMoments, UnitActivation } from "../../../core/quantize/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import type { TallProducts } from "../adapt/moments.ts";
import type { Patches } from "./patches.ts";

/** Outside of these an activation returns the same for all values. */
export type Bounds = readonly [low: number, high: number];

/** The bounds of what comes before an activation. */
export function boundsOf(activation: UnitActivation | undefined): Bounds {
  switch (activation) {
    case "relu":
      return [0, Infinity];
    case "relu6":
      return [0, 6];
    case "h-swish":
      return [-3, Infinity];
    case "h-sigmoid":
      return [-3, 3];
    default:
      return [-Infinity, Infinity];
  }
}

/** What is missing: nothing where both are outside on the same side. */
export function residual(wanted: number, given: number, [low, high]: Bounds): number {
  const inside = Math.min(high, Math.max(low, wanted));
  return inside === Math.min(high, Math.max(low, given)) ? 0 : inside - given;
}

/**
 * The moments of a matrix product.
 *
 * @param weight `[m, n]`
 * @param bias `[m]`
 */
export async function productMoments(
  products: TallProducts,
  { count, read, wanted }: Patches,
  weight: Float32Array,
  bias: Float32Array,
  bounds: Bounds,
): Promise<ResidualMoments> {
  const m = bias.length, n = weight.length / m;
  const residuals = await productOf(read, count, weight, bias);
  for (let i = 0; i < residuals.length; i++) residuals[i] = residual(wanted[i], residuals[i], bounds);
  const [x, r] = [{ channels: n, data: read }, { channels: m, data: residuals }];
  const [inputMeans, residualMeans] = [meansOf(read, n), meansOf(residuals, m)];
  return {
    inputs: n,
    outputs: m,
    samples: count,
    inputMeans,
    residualMeans,
    inputs2: covariance(await products.sum(x, x), count, inputMeans, inputMeans),
    cross: covariance(await products.sum(r, x), count, residualMeans, inputMeans),
  };
}

/**
 * The moments of one channel of a depthwise convolution.
 *
 * @param weight of the channel
 */
export function channelMoments(
  { count, read, wanted }: Patches,
  [channel, channels]: readonly [index: number, of: number],
  weight: Float32Array,
  bias: number,
  bounds: Bounds,
): ResidualMoments {
  const n = weight.length;
  const [inputs2, cross] = [new Float64Array(n * n), new Float64Array(n)];
  const [inputMeans, residualMeans] = [new Float64Array(n), new Float64Array(1)];
  for (let i = 0; i < count; i++) {
    const start = (i * channels + channel) * n;
    let given = bias;
    for (let j = 0; j < n; j++) given += weight[j] * read[start + j];
    const missing = residual(wanted[i * channels + channel], given, bounds);
    residualMeans[0] += missing / count;
    for (let j = 0; j < n; j++) {
      const value = read[start + j];
      inputMeans[j] += value / count;
      cross[j] += missing * value;
      for (let k = 0; k <= j; k++) inputs2[j * n + k] += value * read[start + k];
    }
  }
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) inputs2[k * n + j] = inputs2[j * n + k];
  }
  return {
    inputs: n,
    outputs: 1,
    samples: count,
    inputMeans,
    residualMeans,
    inputs2: covariance(inputs2, count, inputMeans, inputMeans),
    cross: covariance(cross, count, residualMeans, inputMeans),
  };
}

/** In place: sums of products become covariances. */
function covariance(
  sums: Float64Array,
  count: number,
  rows: Float64Array,
  columns: Float64Array,
): Float64Array {
  for (let i = 0, at = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++, at++) sums[at] = sums[at] / count - rows[i] * columns[j];
  }
  return sums;
}

function meansOf(data: Float32Array, channels: number): Float64Array {
  const means = new Float64Array(channels);
  for (let at = 0; at < data.length; at += channels) {
    for (let c = 0; c < channels; c++) means[c] += data[at + c];
  }
  return means.map((sum) => sum * channels / data.length);
}

/** x · Wᵀ + b, by onnxruntime. */
async function productOf(
  x: Float32Array,
  count: number,
  weight: Float32Array,
  bias: Float32Array,
): Promise<Float32Array> {
  const [m, n] = [bias.length, weight.length / bias.length];
  const constant = (
    name: string,
    shape: readonly number[],
    { buffer, byteOffset, byteLength }: Float32Array,
  ) => ({
    name,
    elementType: "float32" as const,
    shape,
    data: new Uint8Array(buffer, byteOffset, byteLength),
  });
  const value = (name: string, shape: readonly (number | string)[]) => ({
    name,
    elementType: "float32" as const,
    shape,
  });
  const model: OnnxModel = {
    irVersion: 9,
    opsets: { "": 20 },
    producer: "bneck",
    metadata: {},
    graph: {
      name: "product",
      nodes: [{
        name: "product",
        operator: "Gemm",
        domain: "",
        inputs: ["x", "weight", "bias"],
        outputs: ["product"],
        attributes: { transB: { type: "int", value: 1 } },
      }],
      initializers: [constant("weight", [m, n], weight), constant("bias", [m], bias)],
      inputs: [value("x", ["cells", n])],
      outputs: [value("product", ["cells", m])],
    },
  };
  const session = await Session.open(encodeOnnx(model), "a matrix product");
  try {
    const { product } = await session.run({ x: { shape: [count, n], data: x } });
    return product.data as Float32Array;
  } finally {
    await session.close();
  }
}
