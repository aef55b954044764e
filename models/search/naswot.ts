/**
 * NASWOT: how differently an untrained network's rectifiers respond to different inputs.
 *
 * Mellor et al., "Neural Architecture Search without Training", ICML 2021, §3 and eq. 2. Each input of a batch has a
 * binary code: which units are positive. The score is log |det K|, where K counts, for every two inputs, the units in which
 * their codes agree.
 */
import {
  bindWeights,
  type Graph,
  type GraphInput,
  inferShapes,
  type Layer,
  randomWeights,
  toOnnx,
  type Value,
} from "../../core/graph/mod.ts";
import { encodeOnnx, type OnnxAttribute } from "../../core/onnx/mod.ts";
import { elementCount } from "../../core/weights/mod.ts";
import { Session } from "../../core/session/mod.ts";
import { gaussianImages, type ScoreOptions } from "./noise.ts";

const RECTIFIERS = new Set(["relu", "relu6", "h-swish"]);

/**
 * The score of a network with random weights, on Gaussian noise.
 *
 * @param graph takes a normalised image (`input`, `[N, 3, H, W]`).
 * @returns log |det K|; −Infinity where two inputs have one code.
 * @throws {BneckError} (unusable model) when onnxruntime cannot run it.
 */
export async function naswot(graph: Graph, options: ScoreOptions): Promise<number> {
  const { batch = 16, seed, size: [height, width], threads = 1 } = options;
  const input: GraphInput = { shapes: { input: [batch, 3, height, width] } };
  const { agreeing, units } = withAgreement(graph, input);
  const weights = bindWeights(graph, randomWeights(graph, seed), "random weights");
  const model = encodeOnnx(toOnnx(agreeing, weights, { tuned: false }).model);
  const session = await Session.open(model, "the network to be scored", { threads });
  try {
    const data = gaussianImages(elementCount(input.shapes.input), seed);
    const outputs = await session.run({ input: { shape: input.shapes.input, data } });
    const kernel = new Float64Array(batch * batch);
    for (const [name, count] of units) {
      const both = outputs[name].data as Float32Array;
      for (let i = 0; i < batch; i++) {
        for (let j = 0; j < batch; j++) {
          // Units positive for both, and those positive for neither.
          kernel[i * batch + j] += 2 * both[i * batch + j] - both[i * batch + i] - both[j * batch + j] +
            count;
        }
      }
    }
    return logDeterminant(kernel, batch);
  } finally {
    await session.close();
  }
}

/** A network that returns for every rectifier how many units are positive for both of any two inputs, `[N, N]`. */
function withAgreement(graph: Graph, input: GraphInput) {
  const shapes = inferShapes(graph, input);
  const layers = [...graph.layers];
  const outputs: Record<string, Value> = {};
  const units = new Map<string, number>();
  for (const layer of graph.layers) {
    const { operator, name } = layer;
    const activation = operator.kind === "conv" || operator.kind === "activation"
      ? operator.activation
      : undefined;
    if (activation === undefined || !RECTIFIERS.has(activation)) continue;
    const shape = shapes.get(layer)!;
    const count = elementCount(shape.slice(1));
    const add = (
      operator: string,
      inputs: readonly Layer[],
      shape: readonly number[],
      attributes: Readonly<Record<string, OnnxAttribute>> = {},
      integers: readonly (readonly number[])[] = [],
    ): Layer => {
      const added: Layer = {
        name: `${name}.${operator}`,
        scope: name,
        operator: { kind: "primitive", operator, shape, attributes, integers },
        inputs: inputs.map((layer) => ({ layer, channels: shape[1] ?? 1 })),
      };
      layers.push(added);
      return added;
    };
    const flat = add("Reshape", [layer], [shape[0], count], {}, [[shape[0], count]]);
    // h-swish is negative below zero.
    const code = add("Sign", [add("Relu", [flat], [shape[0], count])], [shape[0], count]);
    const both = add("Gemm", [code, code], [shape[0], shape[0]], { transB: { type: "int", value: 1 } });
    outputs[both.name] = { layer: both, channels: shape[0] };
    units.set(both.name, count);
  }
  return { agreeing: { layers, outputs }, units };
}

/**
 * log |det| of a symmetric positive semidefinite matrix, by Cholesky's decomposition; −Infinity where it is singular.
 *
 * @param matrix `[size, size]`, row by row; it is overwritten.
 */
export function logDeterminant(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let column = 0; column < size; column++) {
    const diagonal = matrix[column * size + column];
    for (let k = 0; k < column; k++) matrix[column * size + column] -= matrix[column * size + k] ** 2;
    const pivot = matrix[column * size + column];
    if (!(pivot > 1e-12 * diagonal)) return -Infinity;
    sum += Math.log(pivot);
    const root = Math.sqrt(pivot);
    matrix[column * size + column] = root;
    for (let row = column + 1; row < size; row++) {
      for (let k = 0; k < column; k++) {
        matrix[row * size + column] -= matrix[row * size + k] * matrix[column * size + k];
      }
      matrix[row * size + column] /= root;
    }
  }
  return sum;
}
