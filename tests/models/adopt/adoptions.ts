/** Adopting small files that are made here, and what the copies find in an image. */
import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { decodeOnnx } from "../../../core/onnx/mod.ts";
import { adopt, type Adoption, type Answers } from "../../../models/adopt/mod.ts";
import { Model, type Prediction } from "../../../models/model.ts";
import { onnxModel } from "../../../models/onnx_model.ts";
import { foreignModel, type ForeignOutput, type ForeignParts } from "./foreign_model.ts";

/** An output of that shape, every number of which is 0.25. */
export const FLOATS = (name: string, ...shape: number[]): ForeignOutput => ({ name, shape, values: [0.25] });

/** Twice as wide as high: input pixels are two wide and one high where it is stretched to a square. */
export const IMAGE = { width: 64, height: 32, data: new Uint8Array(64 * 32 * 3) };

export async function adopted(parts: ForeignParts, answers: Answers = {}): Promise<Adoption> {
  return await adoptedBytes(foreignModel(parts), answers);
}

export async function adoptedBytes(bytes: Uint8Array, answers: Answers): Promise<Adoption> {
  return await adopt(bytes, "file.onnx", decodeOnnx(bytes, "file.onnx"), answers);
}

export async function predicted({ bytes }: Adoption): Promise<Prediction> {
  const model = await Model.open(onnxModel(bytes, "file.onnx"));
  try {
    return await model.predict(IMAGE);
  } finally {
    await model.close();
  }
}

export async function refused(parts: ForeignParts, answers: Answers = {}): Promise<BneckError> {
  try {
    await adopted(parts, answers);
  } catch (error) {
    assert.ok(error instanceof BneckError, String(error));
    return error;
  }
  throw new Error("it was adopted");
}

export function specOf({ bytes }: Adoption): unknown {
  const { metadata } = decodeOnnx(bytes, "file.onnx");
  return Object.values<{ reading: unknown }>(JSON.parse(metadata["bneck.tasks"]))[0].reading;
}
