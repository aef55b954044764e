/** Mean and deviation of the features that a head reads. */
import {
  bindWeights,
  type Graph,
  toOnnx,
  type Value,
  type WeightSource,
  withOutputs,
} from "../../core/graph/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { Session } from "../../core/session/mod.ts";
import { readFeatures } from "./feature_file.ts";
import type { FeaturePaths } from "./features.ts";
import type { ChannelStatistics, Standardised } from "./parameters.ts";

/** The layers whose inputs are standardised. Those with a bias lose their inputs' means too. */
const STANDARDISED: Readonly<Record<string, { readonly centred: boolean }>> = {
  "segment.reduce": { centred: false },
  "segment.gate": { centred: false },
  "segment.low_classifier": { centred: true },
  "classify.linear": { centred: true },
};

/** Deviations are taken to be at least so large. */
const MIN_DEVIATION = 1e-3;

/** Samples that are looked at. */
const SAMPLES = 200;

/**
 * Looks at some samples' features where the head reads them.
 *
 * @param graph the second part of the network.
 */
export async function headStatistics(
  graph: Graph,
  weights: WeightSource,
  paths: FeaturePaths,
  samples: number,
): Promise<Standardised[]> {
  const layers = graph.layers.filter(({ scope }) => scope in STANDARDISED);
  const read = layers.map(({ scope, inputs: [input] }): [string, Value] => [scope, beforePool(input)]);
  const outputs = Object.fromEntries(read.map(([scope, value]) => [`features.of.${scope}`, value]));
  const probe = withOutputs(graph, outputs);
  const sums = new Map(read.map(([scope, { channels }]) => [scope, {
    sum: new Float64Array(channels),
    squares: new Float64Array(channels),
    count: 0,
  }]));
  const onnx = encodeOnnx(toOnnx(probe, bindWeights(probe, weights, "the backbone"), { tuned: false }).model);
  const session = await Session.open(onnx, "the backbone");
  try {
    const every = Math.max(1, Math.floor(samples / SAMPLES));
    for (let i = 0; i < samples; i += every) {
      const { features } = readFeatures(paths.sample(i));
      const feeds = Object.fromEntries(
        session.inputs.map(({ name }) => {
          const { shape, data } = features.get(name)!;
          return [name, { shape: [1, ...shape], data: new Float32Array(data) }];
        }),
      );
      const found = await session.run(feeds);
      for (const [scope, total] of sums) addTo(total, found[`features.of.${scope}`].data as Float32Array);
    }
  } finally {
    await session.close();
  }
  return layers.map(({ scope }) => ({
    weight: `${scope}.weight`,
    bias: STANDARDISED[scope].centred ? `${scope}.bias` : undefined,
    statistics: statisticsOf(sums.get(scope)!),
  }));
}

/** A pooled map is standardised as the map itself is, where a layer beside it reads that. */
function beforePool(value: Value): Value {
  const { operator, inputs, name } = value.layer;
  return operator.kind === "globalAveragePool" && name === "segment.gate.pool" ? inputs[0] : value;
}

interface Sums {
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  count: number;
}

function addTo(total: Sums, data: Float32Array): void {
  const channels = total.sum.length;
  const cells = data.length / channels;
  for (let channel = 0, i = 0; channel < channels; channel++) {
    let [sum, squares] = [0, 0];
    for (const end = i + cells; i < end; i++) {
      sum += data[i];
      squares += data[i] * data[i];
    }
    total.sum[channel] += sum;
    total.squares[channel] += squares;
  }
  total.count += cells;
}

function statisticsOf({ sum, squares, count }: Sums): ChannelStatistics {
  const mean = Float32Array.from(sum, (value) => value / count);
  const deviation = Float32Array.from(squares, (value, i) => {
    const variance = value / count - (sum[i] / count) ** 2;
    return Math.max(MIN_DEVIATION, Math.sqrt(Math.max(0, variance)));
  });
  return { mean, deviation };
}
