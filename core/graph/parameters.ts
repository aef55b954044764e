/** The parameters of networks: names, shapes and counts. */
import { elementCount } from "../weights/tensor.ts";
import type { ConvOperator, Graph, Layer, Parameter } from "./graph.ts";

/** The parameters of a layer; those of BatchNorm are named as in PyTorch. */
export function layerParameters(layer: Layer): Parameter[] {
  return layer.operator.kind === "conv" ? convParameters(layer, layer.operator) : [];
}

function convParameters(layer: Layer, conv: ConvOperator): Parameter[] {
  const { scope } = layer;
  const perChannel = [conv.channels];
  const weight: Parameter = {
    name: `${scope}.weight`,
    role: "weight",
    shape: [conv.channels, layer.inputs[0].channels / conv.groups, ...conv.kernel],
  };
  const bias: Parameter = { name: `${scope}.bias`, role: "bias", shape: perChannel };
  const batchNorm: Parameter[] = [
    { name: `${scope}.batch_norm.weight`, role: "scale", shape: perChannel },
    { name: `${scope}.batch_norm.bias`, role: "shift", shape: perChannel },
    { name: `${scope}.batch_norm.running_mean`, role: "mean", shape: perChannel },
    { name: `${scope}.batch_norm.running_var`, role: "variance", shape: perChannel },
  ];
  return [weight, ...(conv.bias ? [bias] : []), ...(conv.batchNorm ? batchNorm : [])];
}

/** Every parameter of a network once, in the order of its layers. */
export function graphParameters(graph: Graph): Parameter[] {
  const byName = new Map<string, Parameter>();
  for (const layer of graph.layers) {
    for (const parameter of layerParameters(layer)) byName.set(parameter.name, parameter);
  }
  return [...byName.values()];
}

/**
 * Counts learned values: weights, biases and, unless `withBatchNorm` is false, BatchNorm's scale and shift. Running
 * statistics do not count. With BatchNorm it is torchvision's `num_params`, without it the count of TF-slim's README.
 */
export function countParameters(parameters: readonly Parameter[], withBatchNorm = true): number {
  return parameters.reduce((sum, { role, shape }) => {
    const counts = role === "weight" || role === "bias" ||
      (withBatchNorm && (role === "scale" || role === "shift"));
    return counts ? sum + elementCount(shape) : sum;
  }, 0);
}
