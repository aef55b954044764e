/** Checkpoints with random weights, in the names of the project that an architecture is from. */
import { join } from "node:path";
import { graphParameters, randomWeights } from "../../core/graph/mod.ts";
import { encodeSafetensors, float32Tensor, type WeightTensor } from "../../core/weights/mod.ts";
import { type Architecture, findArchitecture, networkGraph } from "../../models/zoo/mod.ts";
import { translator } from "../../models/networks/naming.ts";

/** The tensors of a checkpoint for an architecture or the name of one. */
export function fakeTensors(
  architecture: string | Architecture,
  classes?: number,
): Map<string, WeightTensor> {
  const { network, naming } = typeof architecture === "string"
    ? findArchitecture(architecture)
    : architecture;
  const graph = networkGraph(network, classes);
  const translate = translator(naming.nameLayers(graph));
  const source = randomWeights(graph, 1);
  return new Map(
    graphParameters(graph).map(({ name, shape }) => [
      translate(name)!,
      float32Tensor(shape, source(name)!.data),
    ]),
  );
}

/** Hands a file with `tensors` to `use` and removes it. */
export async function withCheckpoint<T>(
  tensors: ReadonlyMap<string, WeightTensor>,
  use: (path: string) => Promise<T>,
  name = "weights.safetensors",
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, name);
    await Deno.writeFile(path, encodeSafetensors(tensors));
    return await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
