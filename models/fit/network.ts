/** The networks that are fitted: the embedded backbone with a head for any classes. */
import { importLater } from "../../core/import_later.ts";
import { mobileNetV3 } from "../../core/backbones/mod.ts";
import {
  bindWeights,
  type BoundWeights,
  type Graph,
  GraphBuilder,
  type Layer,
  type Value,
  type WeightSource,
} from "../../core/graph/mod.ts";
import { classifier, lrAspp } from "../../heads/mod.ts";
import { buildNetworkTable, type NetworkTable } from "../networks/network_table.ts";
import { IMAGENET_NORMALISATION } from "../preprocessing.ts";
import { EMBEDDED_BACKBONE } from "../zoo/mb3_large_075.ts";
import { type Recipe, type Tune, TUNED_FROM, tuneOf } from "./recipe.ts";

/** What of a recipe decides what the network looks like. */
export type FitGeometry = Pick<Recipe, "task" | "network" | "outputStride" | "filters"> & {
  readonly tune: Tune;
  readonly classes: number;
};

/** The geometry of a recipe's network. */
export function geometryOf(recipe: Recipe, classes: number): FitGeometry {
  const { task, network, outputStride, filters } = recipe;
  const tune = tuneOf(recipe);
  return { task, ...(network ? { network } : {}), outputStride, filters, classes, tune };
}

/** The blocks with weights of their own are called so; the others are the embedded model's. */
const TUNED = "tuned";

/** Channels of the detector's 1×1 convolution after the last block, whose mean is classified. */
const NECK = 480;

/** Adds a network to `g`, from an image that is normalised as the backbone wants it; returns its logits. */
function fitNetwork(g: GraphBuilder, image: Value, geometry: FitGeometry): Value {
  const { task, outputStride, filters, classes, tune } = geometry;
  const from = TUNED_FROM[tune];
  const taps = mobileNetV3(g, image, {
    ...EMBEDDED_BACKBONE,
    outputStride,
    blockName: (block) => `${block >= from ? TUNED : "backbone"}.block${block}`,
  });
  if (task === "segment") {
    const head = lrAspp({ classes, filters, high: "C4.end", low: "C3.expand", classify: "before" });
    return head.build(g, taps).logits;
  }
  const neck = g.conv(taps["C4.end"], {
    name: "detect.neck",
    channels: NECK,
    kernel: 1,
    activation: "h-swish",
  });
  return classifier({ classes, features: "neck" }).build(g, { neck }).logits;
}

/** The network from the image (`image`) to `TASK.logits`. Resized, the size is an input too (`size`). */
export function fitGraph(geometry: FitGeometry, resize: "none" | "antialias"): Graph {
  const g = new GraphBuilder();
  const { network, classes } = geometry;
  if (network) {
    const { mean, std } = IMAGENET_NORMALISATION;
    const image = g.preprocess(g.image(), { resize, mean: inBytes(mean), std: inBytes(std) });
    const heads = network.heads.map((head) => ({ ...head, classes }));
    return g.finish(buildNetworkTable(g, image, { ...network, heads }));
  }
  const image = g.preprocess(g.image(), { resize, mean: [0, 0, 0], std: [1, 1, 1] });
  return g.finish({ [`${geometry.task}.logits`]: fitNetwork(g, image, geometry) });
}

/** Whether a layer learns in a stage. */
export function learnsIn(tune: Tune): (layer: Pick<Layer, "scope">) => boolean {
  if (tune === "all") return () => true;
  return ({ scope }) => {
    if (/^(segment|classify)\./.test(scope)) return true;
    const block = scope.match(/^tuned\.block(\d+)\./);
    return block !== null && Number(block[1]) >= TUNED_FROM[tune];
  };
}

/**
 * Weights for a network: what was learned, and the embedded model's for the rest. Blocks that nothing was learned for
 * begin as the embedded ones.
 *
 * @param network one that is trained whole has nothing of the embedded model.
 */
export async function fitWeights(learned: WeightSource, network?: NetworkTable): Promise<WeightSource> {
  if (network) return learned;
  // Loaded here, because most commands know of fitted files and run none.
  const { detectorWeights } = await importLater<typeof import("../zoo/mb3_large_075_weights.ts")>(
    import.meta.resolve("../zoo/mb3_large_075_weights.ts"),
  );
  const embedded = await detectorWeights();
  return (name) => learned(name) ?? embedded(name.replace(/^tuned\./, "backbone."));
}

/** Binds what was learned, and where the network has them the embedded weights. */
export async function bindFit(
  graph: Graph,
  learned: WeightSource,
  label: string,
  network?: NetworkTable,
): Promise<BoundWeights> {
  return bindWeights(graph, await fitWeights(learned, network), label);
}

function inBytes([red, green, blue]: readonly [number, number, number]) {
  return [red * 255, green * 255, blue * 255] as const;
}
