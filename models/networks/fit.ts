/** Comparing the parameters of a network with those in a file, name by name. */
import { type Graph, sameShape, wantedParameters } from "../../core/graph/mod.ts";
import type { WeightMap } from "../../core/weights/mod.ts";
import { type LayerNameMap, translator } from "./naming.ts";

/** How a file fits a network, in the file's names. */
export interface Fit {
  /** How many of the network's parameters the file has in the right shape. */
  readonly fitting: number;
  readonly missing: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly misshapen: readonly Misshapen[];
  /** What the file has beyond the network's parameters. */
  readonly unexpected: readonly string[];
}

/** A parameter whose shape in the file is not the network's. */
export interface Misshapen {
  /** Our name for it. */
  readonly parameter: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly wanted: readonly number[];
}

/** What training leaves in a file: BatchNorm's counter, and the counters of the profiler `thop`. */
const COUNTERS = /(^|\.)(num_batches_tracked|total_ops|total_params)$/;

/**
 * Looks every parameter of a network up in a file.
 *
 * @param unused what else the file may hold.
 */
export function fitNames(graph: Graph, layers: LayerNameMap, weights: WeightMap, unused?: RegExp): Fit {
  const translate = translator(layers);
  const named = (parameter: string) => translate(parameter) ?? parameter;
  const missing = new Map<string, readonly number[]>();
  const misshapen = new Map<string, Misshapen>();
  const used = new Set<string>();
  let fitting = 0;
  for (const layer of graph.layers) {
    for (const { name: parameter, shape } of wantedParameters(layer, (name) => weights.has(named(name)))) {
      const name = named(parameter);
      if (used.has(name) || missing.has(name)) continue;
      const tensor = weights.get(name);
      if (!tensor) {
        missing.set(name, shape);
        continue;
      }
      used.add(name);
      if (sameShape(tensor.shape, shape)) fitting++;
      else misshapen.set(name, { parameter, name, shape: tensor.shape, wanted: shape });
    }
  }
  const unexpected = [...weights.keys()].filter((name) =>
    !used.has(name) && !COUNTERS.test(name) && !unused?.test(name)
  );
  return {
    fitting,
    missing: [...missing].map(([name, shape]) => ({ name, shape })),
    misshapen: [...misshapen.values()],
    unexpected,
  };
}

/** Whether a file has exactly the parameters of a network. */
export function fitsExactly({ missing, misshapen, unexpected }: Fit): boolean {
  return missing.length + misshapen.length + unexpected.length === 0;
}

/** Everything that does not fit, a sentence each, parameters of one layer together: `classifier.3.{weight, bias}`. */
export function describeMisfit({ missing, misshapen, unexpected }: Fit): string[] {
  const sentences: string[] = [];
  if (missing.length > 0) {
    sentences.push(`${missing.length} missing: ${grouped(missing.map(({ name }) => name))}`);
  }
  if (misshapen.length > 0) {
    const alike = Map.groupBy(
      misshapen,
      ({ name, shape, wanted }) => `${layerOf(name)} [${shape}] [${wanted}]`,
    );
    const shapes = [...alike.values()].map((group) => {
      const [{ shape, wanted }, ...others] = group;
      const [be, need] = others.length === 0 ? ["is", "needs"] : ["are", "need"];
      return `${grouped(group.map(({ name }) => name))} ${be} [${shape}], ${need} [${wanted}]`;
    });
    sentences.push(`${misshapen.length} of the wrong shape: ${shapes.join("; ")}`);
  }
  if (unexpected.length > 0) sentences.push(`${unexpected.length} unexpected: ${grouped(unexpected)}`);
  return sentences;
}

function grouped(names: readonly string[]): string {
  const layers = Map.groupBy(names, layerOf);
  return [...layers].map(([layer, of]) => {
    const parts = of.map((name) => name.slice(layer.length));
    return parts.length === 1 ? layer + parts[0] : `${layer}{${parts.join(", ")}}`;
  }).join(", ");
}

function layerOf(name: string): string {
  return name.slice(0, name.lastIndexOf(".") + 1);
}
