/** Reading weights: PyTorch checkpoints, safetensors, ONNX initialisers, TensorFlow.js models. */
export { type OnnxInitializers, parseOnnxInitializers } from "./onnx_initializers.ts";
export {
  MAX_WEIGHTS_BYTES,
  readWeightFile,
  readWeights,
  type ReadWeightsOptions,
  type WeightFile,
  type WeightFormat,
} from "./read_weights.ts";
export { encodeSafetensors, parseSafetensors, safetensorsMetadata } from "./safetensors.ts";
export {
  type DType,
  DTYPE_BYTES,
  elementCount,
  float32Tensor,
  toFloat32,
  type TypedElements,
  typedElements,
  type WeightMap,
  type WeightTensor,
  weightTensor,
} from "./tensor.ts";
export { parseTfjsWeights, readTfjsModel, type TfjsModel } from "./tfjs.ts";
export { parseTorchCheckpoint, type TorchCheckpoint } from "./torch_checkpoint.ts";
export {
  type ChosenWeights,
  defaultWeights,
  setsUnder,
  severalSets,
  type WeightSet,
  weightsUnder,
} from "./weight_sets.ts";
