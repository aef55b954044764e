/** What a network spends on preparing the image, on its backbone and on each head. */
import { measureLayers } from "../../core/profile/mod.ts";
import { inputExtent } from "../input_size.ts";
import type { Network, Task } from "../network.ts";
import { resizeFilter } from "../preprocessing.ts";

/** The part before the backbone. */
export const PREPARATION = "resize + normalise";

/** A part of a network: {@linkcode PREPARATION}, `backbone`, `detect head`. */
export interface NetworkPart {
  readonly name: string;
  /** Of the time of a run, 0…1. */
  readonly share: number;
}

const RUNS = 20;

/**
 * Measures the parts of a network with onnxruntime's profiler, on noise of the size of an image: the times of its layers,
 * added up by their names. The shares of all parts add up to 1.
 */
export async function measureNetworkParts(
  { graph, weights, inputSize, sizeGrid, tasks }: Network,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<NetworkPart[]> {
  const size = inputExtent(inputSize, sizeGrid, width, height);
  const input = { shapes: { image: [1, ...(resizeFilter(graph) ? size : [height, width]), 3] }, size };
  const { rows } = await measureLayers("the network", graph, weights, input, { runs: RUNS });
  const parts = new Map<string, number>();
  let total = 0;
  for (const { name, milliseconds, layoutMilliseconds } of rows) {
    const part = partOf(name, Object.keys(tasks) as Task[]);
    const time = milliseconds + layoutMilliseconds;
    parts.set(part, (parts.get(part) ?? 0) + time);
    total += time;
  }
  return [...parts].map(([name, time]) => ({ name, share: time / total }));
}

/** Blocks that were tuned for a task bear its name (`segment.block13`), but are the backbone's. */
function partOf(layer: string, tasks: readonly Task[]): string {
  if (layer === "preprocess") return PREPARATION;
  const task = tasks.find((task) => layer.startsWith(`${task}.`) && !layer.startsWith(`${task}.block`));
  return task === undefined ? "backbone" : `${task} head`;
}
