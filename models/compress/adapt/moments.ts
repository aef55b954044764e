/** The second moments that repairs are computed from. */
import type { BoundConv } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import type { CellSamples } from "./cell_samples.ts";
import type { LinearMoments } from "./elimination.ts";

/** Cells that are multiplied in single precision before they are added in double. */
const CHUNK = 1024;

/** Products AᵀB of tall matrices, by onnxruntime. */
export class TallProducts {
  private constructor(private readonly session: Session) {}

  static async open(): Promise<TallProducts> {
    const value = (name: string, shape: readonly string[]) => ({
      name,
      elementType: "float32" as const,
      shape,
    });
    const gemm = {
      name: "product",
      operator: "Gemm",
      domain: "",
      inputs: ["a", "b"],
      outputs: ["product"],
      attributes: { transA: { type: "int" as const, value: 1 } },
    };
    const graph = {
      name: "product",
      nodes: [gemm],
      initializers: [],
      inputs: [value("a", ["cells", "rows"]), value("b", ["cells", "columns"])],
      outputs: [value("product", ["rows", "columns"])],
    };
    const model = { irVersion: 9, opsets: { "": 20 }, producer: "bneck", graph, metadata: {} };
    return new TallProducts(await Session.open(encodeOnnx(model), "a matrix product"));
  }

  /** Σ a·bᵀ over the cells, `[a's channels, b's channels]`. */
  async sum(a: CellSamples, b: CellSamples): Promise<Float64Array> {
    const cells = a.data.length / a.channels;
    const total = new Float64Array(a.channels * b.channels);
    for (let from = 0; from < cells; from += CHUNK) {
      const count = Math.min(CHUNK, cells - from);
      const part = ({ channels, data }: CellSamples) => ({
        shape: [count, channels],
        data: data.subarray(from * channels, (from + count) * channels),
      });
      const { product } = await this.session.run({ a: part(a), b: part(b) });
      const data = product.data as Float32Array;
      for (let i = 0; i < total.length; i++) total[i] += data[i];
    }
    return total;
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

/** What a convolution of the original reads and makes, in the sampled cells. */
export interface OriginalConv {
  readonly inputs: CellSamples;
  readonly conv: BoundConv;
  readonly hasBias: boolean;
}

/**
 * The moments by which a 1×1 convolution is repaired: its inputs now, and what it made of the original's inputs.
 *
 * @param outputs which of the original's outputs it still makes.
 */
export async function momentsOf(
  products: TallProducts,
  original: OriginalConv,
  current: CellSamples,
  outputs: readonly number[],
): Promise<LinearMoments> {
  const { inputs: before, conv: { weight, bias }, hasBias } = original;
  const [n, n0, m] = [current.channels, before.channels, outputs.length];
  const samples = current.data.length / n;
  const [mean, mean0] = [meansOf(current), meansOf(before)];
  // Without a bias the means are part of what has to be reproduced.
  const [now, then] = hasBias ? [centred(current, mean), centred(before, mean0)] : [current, before];
  const perSample = (sums: Float64Array) => sums.map((sum) => sum / samples);
  const inputs2 = perSample(await products.sum(now, now));
  const both = perSample(await products.sum(then, now));
  const self = perSample(await products.sum(then, then));
  const cross = new Float64Array(m * n);
  const outputMeans = new Float64Array(m);
  let energy = 0;
  for (let o = 0; o < m; o++) {
    const row = outputs[o] * n0;
    outputMeans[o] = bias?.[outputs[o]] ?? 0;
    for (let i = 0; i < n0; i++) {
      const factor = weight[row + i];
      outputMeans[o] += factor * mean0[i];
      for (let j = 0; j < n; j++) cross[o * n + j] += factor * both[i * n + j];
      let sum = 0;
      for (let k = 0; k < n0; k++) sum += self[i * n0 + k] * weight[row + k];
      energy += factor * sum;
    }
  }
  return { inputs: n, outputs: m, samples, inputMeans: mean, outputMeans, inputs2, cross, energy };
}

/** Before products are summed in single precision: the difference of large sums would not be positive definite. */
function centred({ channels, data }: CellSamples, means: Float64Array): CellSamples {
  return { channels, data: data.map((value, i) => value - means[i % channels]) };
}

function meansOf({ channels, data }: CellSamples): Float64Array {
  const means = new Float64Array(channels);
  const cells = data.length / channels;
  for (let at = 0; at < data.length; at += channels) {
    for (let c = 0; c < channels; c++) means[c] += data[at + c];
  }
  for (let c = 0; c < channels; c++) means[c] /= cells;
  return means;
}
