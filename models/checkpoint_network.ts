import { GraphBuilder } from "../core/graph/mod.ts";
import { bindCheckpoint, type Checkpoint } from "./checkpoint.ts";
import type { ModelLabels } from "./entry.ts";
import type { Network, Tasks } from "./network.ts";
import { inferenceOutputs, namedOutputs, type NetworkDefinition } from "./networks/definition.ts";
import { type Preprocessing, preprocessOperator, sizeGrid } from "./preprocessing.ts";

/**
 * The network of a checkpoint, from the raw image to its results.
 *
 * @param labels those of the network's task, one for each class.
 * @throws {BneckError} when the weights do not fit.
 */
export function checkpointNetwork(
  checkpoint: Checkpoint,
  preprocessing: Preprocessing,
  labels: ModelLabels,
): Network {
  const { architecture: { network }, classes } = checkpoint;
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), preprocessOperator(preprocessing));
  const taps = network.backbone(g, image);
  const outputs = inferenceOutputs(network.head(classes).build(g, taps));
  const graph = g.finish(namedOutputs(network.task, outputs));
  const { weights, warnings } = bindCheckpoint(checkpoint, graph);
  return {
    graph,
    weights,
    warnings,
    tasks: networkTasks(network, classes, labels),
    inputSize: preprocessing.size,
    sizeGrid: { ...sizeGrid(preprocessing), minSide: network.minSide },
  };
}

/** The one task of a network, with its head and labels. */
function networkTasks(network: NetworkDefinition, classes: number, labels: ModelLabels): Tasks {
  const given = labels[network.task];
  if (given?.length !== classes) {
    throw new RangeError(`${classes} classes with ${given?.length ?? 0} labels of ${network.task}`);
  }
  switch (network.task) {
    case "classify":
      return { classify: { head: network.head(classes), labels: labels.classify! } };
    case "detect":
      return { detect: { head: network.head(classes), labels: labels.detect! } };
    case "segment":
      return { segment: { head: network.head(classes), labels: labels.segment! } };
  }
}
