/** Random weights, for measuring networks and for comparing implementations. */
import { namedSeed, randomNumbers } from "../random.ts";
import { elementCount } from "../weights/tensor.ts";
import type { SourceTensor, WeightSource } from "./bind.ts";
import type { ConvOperator, Graph, Layer, Parameter } from "./graph.ts";
import { layerParameters } from "./parameters.ts";

/**
 * Random weights for every parameter of a graph, the same on every machine: each tensor depends only on the seed, its name
 * and its shape. Convolutions get He's variance (He et al., "Delving Deep into Rectifiers", 2015), those without a
 * nonlinearity half of it, so that features neither vanish nor explode; BatchNorm gets a scale near 1, a shift and mean
 * near 0, and a variance between 0.5 and 1.5.
 *
 * @example
 * ```ts
 * import { bindWeights } from "./bind.ts";
 * import { GraphBuilder } from "./builder.ts";
 * import { randomWeights } from "./random_weights.ts";
 * const g = new GraphBuilder();
 * const stem = g.conv(g.tensor("image", 3), { name: "stem", channels: 16, kernel: 3, batchNorm: { epsilon: 1e-3 } });
 * const graph = g.finish({ stem });
 * const weights = bindWeights(graph, randomWeights(graph, 1), "random weights");
 * ```
 */
export function randomWeights(graph: Graph, seed: number): WeightSource {
  const layers = new Map<string, readonly [Layer, Parameter]>();
  for (const layer of graph.layers) {
    for (const parameter of layerParameters(layer)) layers.set(parameter.name, [layer, parameter]);
  }
  return (name) => {
    const found = layers.get(name);
    return found && randomTensor(found[1], found[0].operator as ConvOperator, seed);
  };
}

function randomTensor({ name, role, shape }: Parameter, conv: ConvOperator, seed: number): SourceTensor {
  const [low, high] = range(role, shape, conv);
  const data = new Float32Array(elementCount(shape));
  const random = randomNumbers(namedSeed(name, seed));
  for (let i = 0; i < data.length; i++) data[i] = low + (high - low) * random();
  return { shape, data };
}

function range(
  role: Parameter["role"],
  shape: readonly number[],
  conv: ConvOperator,
): readonly [low: number, high: number] {
  switch (role) {
    case "weight": {
      const inputs = elementCount(shape.slice(1));
      // A uniform variable on ±b has variance b² / 3.
      const bound = Math.sqrt((conv.activation ? 6 : 3) / inputs);
      return [-bound, bound];
    }
    case "scale":
      return [0.75, 1.25];
    case "variance":
      return [0.5, 1.5];
    case "bias":
    case "shift":
    case "mean":
      return [-0.1, 0.1];
  }
}
