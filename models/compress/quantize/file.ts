/** The file of a quantized model: its graph, and how it was made. */
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { QUANTIZATION_KEY, type QuantizationRecord } from "../../quantization.ts";
import type { Quantized } from "./quantize.ts";
import type { FloatModel } from "./source.ts";

/**
 * The bytes of the file.
 *
 * @param where what it was measured on
 * @throws {TypeError} if nothing was quantized
 */
export function quantizedFile(
  { onnx }: FloatModel,
  { model, method, blocks, calibration, error, score, tuning, time, size }: Quantized,
  where: { readonly processor: string; readonly runtime: string },
): Uint8Array<ArrayBuffer> {
  if (!model) throw new TypeError("nothing was quantized");
  const names = (chosen: boolean) => blocks.filter((row) => row.chosen === chosen).map(({ name }) => name);
  const record: QuantizationRecord = {
    method,
    blocks: names(true),
    floatBlocks: names(false),
    calibration: { images: calibration.images, digest: calibration.digest },
    error,
    score,
    ...(tuning?.kept
      ? {
        tuning: {
          images: tuning.images,
          layers: tuning.layers,
          seed: tuning.seed,
          before: tuning.before,
        },
      }
      : {}),
    milliseconds: { float: time.float, int8: time.int8, ratio: time.ratio },
    ...where,
    size: size.join("×"),
    date: new Date().toISOString().slice(0, 10),
  };
  const metadata = { ...onnx.metadata, [QUANTIZATION_KEY]: JSON.stringify(record) };
  return encodeOnnx({ ...model, metadata });
}
