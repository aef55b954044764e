/** Binding the tensors of a weights file to a network: every name and shape checked, BatchNorm folded. */
import { modelError } from "../errors.ts";
import { elementCount } from "../weights/tensor.ts";
import type { ConvOperator, Graph, Layer, Parameter } from "./graph.ts";
import { layerParameters } from "./parameters.ts";

/** A tensor of a weights source; its shape may differ from the parameter's in dimensions of 1. */
export interface SourceTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by the network's parameter names; {@linkcode bindWeights} asks for each name it needs. */
export type WeightSource = (name: string) => SourceTensor | undefined;

/** The weight (`[out, in / groups, height, width]`) and bias (`[out]`) of a convolution as it runs. */
export interface BoundConv {
  readonly weight: Float32Array;
  readonly bias?: Float32Array;
}

/** The weights of every convolution as it runs, by layer. */
export type BoundWeights = ReadonlyMap<Layer, BoundConv>;

/** The maximum number of problems of each kind that an error lists. */
const MAX_LISTED = 12;

/**
 * Takes every parameter of the graph from a source and folds BatchNorm into weight and bias. A source whose BatchNorm is
 * already folded has `NAME.bias` in place of `NAME.batch_norm.*`.
 *
 * @param label names the source in messages
 * @throws {BneckError} if tensors are missing or have the wrong shape, listing all of them at once
 */
export function bindWeights(graph: Graph, source: WeightSource, label: string): BoundWeights {
  const missing: string[] = [];
  const misshapen: string[] = [];
  const bound = new Map<Layer, BoundConv>();
  const folded = new Map<string, BoundConv>();

  const take = (parameter: Parameter): Float32Array => {
    const { name, shape } = parameter;
    const tensor = source(name);
    const elements = elementCount(shape);
    if (!tensor) missing.push(`${name} [${shape}]`);
    else if (!sameShape(tensor.shape, shape)) {
      misshapen.push(`${name} is [${tensor.shape}], must be [${shape}]`);
    } else if (tensor.data.length !== elements) {
      misshapen.push(`${name} has ${tensor.data.length} elements, [${shape}] needs ${elements}`);
    } else return tensor.data;
    return new Float32Array(elements);
  };

  for (const layer of graph.layers) {
    if (layer.operator.kind !== "conv") continue;
    const conv = layer.operator;
    const parameters = wantedParameters(layer, (name) => source(name) !== undefined);
    const known = folded.get(layer.scope) ??
      fold(conv, new Map(parameters.map((parameter) => [parameter.role, take(parameter)])));
    folded.set(layer.scope, known);
    bound.set(layer, known);
  }
  if (missing.length + misshapen.length > 0) {
    throw modelError(
      `${label} does not match the network: ` +
        [describe("missing", missing), describe("of the wrong shape", misshapen)].filter(Boolean).join("; "),
    );
  }
  return bound;
}

/**
 * The parameters of a layer that a source should have: if it has folded BatchNorm into a bias, that bias instead of
 * BatchNorm's parameters.
 *
 * @param has whether the source has a parameter
 */
export function wantedParameters(layer: Layer, has: (name: string) => boolean): Parameter[] {
  const parameters = layerParameters(layer);
  const { operator, scope } = layer;
  if (operator.kind !== "conv" || !operator.batchNorm || operator.bias) return parameters;
  const bias = `${scope}.bias`;
  const folded = !has(`${scope}.batch_norm.running_var`) && has(bias);
  return folded ? [parameters[0], { name: bias, role: "bias", shape: [operator.channels] }] : parameters;
}

/** Whether shapes are equal except for dimensions of 1: a linear layer's `[out, in]` fits a 1×1 convolution. */
export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return withoutOnes(left) === withoutOnes(right);
}

/** y = (conv(x) + b − mean) · scale / √(variance + ε) + shift, as one convolution. */
function fold(conv: ConvOperator, tensors: ReadonlyMap<Parameter["role"], Float32Array>): BoundConv {
  const weight = tensors.get("weight")!;
  const bias = tensors.get("bias");
  const variance = tensors.get("variance");
  if (!variance) return { weight, bias };

  const [scale, shift, mean] = [tensors.get("scale")!, tensors.get("shift")!, tensors.get("mean")!];
  const foldedWeight = new Float32Array(weight.length);
  const foldedBias = new Float32Array(conv.channels);
  const perChannel = weight.length / conv.channels;
  for (let channel = 0; channel < conv.channels; channel++) {
    const factor = scale[channel] / Math.sqrt(variance[channel] + conv.batchNorm!.epsilon);
    const end = (channel + 1) * perChannel;
    for (let i = channel * perChannel; i < end; i++) foldedWeight[i] = weight[i] * factor;
    foldedBias[channel] = ((bias?.[channel] ?? 0) - mean[channel]) * factor + shift[channel];
  }
  return { weight: foldedWeight, bias: foldedBias };
}

function withoutOnes(shape: readonly number[]): string {
  return shape.filter((length) => length !== 1).join("×");
}

function describe(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > MAX_LISTED ? `, and ${names.length - MAX_LISTED} more` : "";
  return `${names.length} ${what}: ${names.slice(0, MAX_LISTED).join(", ")}${more}`;
}
