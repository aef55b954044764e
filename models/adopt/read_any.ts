/** ONNX files as models, whoever exported them. */
import { modelError } from "../../core/errors.ts";
import { readUserFile } from "../../core/files/mod.ts";
import { decodeOnnx } from "../../core/onnx/mod.ts";
import { MAX_WEIGHTS_BYTES } from "../../core/weights/mod.ts";
import type { RunnableModel } from "../entry.ts";
import { onnxModel } from "../onnx_model.ts";
import { adopt } from "./adopt.ts";

/**
 * Reads a file as a model: one that bneck wrote, or another that says itself how it is used.
 *
 * @throws {BneckError} when something would have to be assumed, or the file cannot be used.
 */
export async function readAnyOnnxModel(path: string): Promise<RunnableModel> {
  const onnx = await readUserFile(path, { maxBytes: MAX_WEIGHTS_BYTES, error: modelError });
  const decoded = decodeOnnx(onnx, path);
  if ("bneck.format" in decoded.metadata) return onnxModel(onnx, path, decoded);
  const { model, findings } = await adopt(onnx, path, decoded);
  const assumed = findings.filter(({ isAssumed }) => isAssumed);
  if (assumed.length === 0) return model;
  throw modelError(
    `${path} was not written by bneck and does not say how it is used; it would be assumed: ` +
      `${
        assumed.map(({ topic, text }) => `${topic} ${text}`).join("; ")
      }. "bneck adopt ${path}" makes it a model`,
    undefined,
    { option: "weights", advice: "or read it as the weights of an architecture" },
  );
}
