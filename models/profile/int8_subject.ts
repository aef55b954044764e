/** A network of the catalogue in int8: how fast it would be. */
import { decodeOnnx } from "../../core/onnx/mod.ts";
import type { ProfileOptions, Subject } from "../../core/profile/mod.ts";
import { fastestInt8 } from "../compress/quantize/fastest.ts";

/**
 * The same network with those blocks in int8 that are faster so on this machine. Its weights and images are random, which
 * says nothing of its results and leaves its speed the same.
 *
 * @throws {BneckError} if onnxruntime cannot run it, or the measurement is aborted
 */
export async function int8Subject(subject: Subject, { threads, signal }: ProfileOptions): Promise<Subject> {
  const { model, ...float } = subject.measurable();
  const bytes = typeof model === "string" ? await Deno.readFile(model) : model;
  const int8 = await fastestInt8(
    { name: subject.name, onnx: decodeOnnx(bytes, subject.name), bytes },
    float.feeds,
    { threads, signal },
  );
  return { ...subject, measurable: () => ({ ...float, model: int8 }) };
}
