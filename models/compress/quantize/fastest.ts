/** The fastest int8 form of a network, whatever its results. */
import { decodeOnnx, encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import type { Feed, ProfileOptions, Subject } from "../../../core/profile/mod.ts";
import { chooseScales, quantizeModel, unitsOf } from "../../../core/quantize/mod.ts";
import type { NamedTensor } from "../../../core/session/mod.ts";
import { blockTimes, type TimingOptions } from "./block_times.ts";
import { type Block, blocksOf, unitNames } from "./blocks.ts";
import { Observation } from "./observe.ts";

/**
 * A network of the catalogue with those blocks in int8 that are faster so on this machine. Its weights and images are
 * random, which says nothing of its results and leaves its speed the same.
 *
 * @throws {BneckError} if onnxruntime cannot run it, or the measurement is aborted
 */
export async function int8Subject(subject: Subject, { threads, signal }: ProfileOptions): Promise<Subject> {
  const { model, ...float } = subject.measurable();
  const bytes = typeof model === "string" ? await Deno.readFile(model) : model;
  const network = { name: subject.name, onnx: decodeOnnx(bytes, subject.name), bytes };
  const int8 = await fastestInt8(network, float.feeds, { threads, signal });
  return { ...subject, measurable: () => ({ ...float, model: int8 }) };
}

/**
 * Writes a network with those blocks in int8 that are faster so on this machine. Its scales are those of one run.
 *
 * @param feeds the inputs of that run, and of those that are timed
 * @throws {BneckError} if onnxruntime cannot run it
 */
async function fastestInt8(
  { name, onnx, bytes }: { readonly name: string; readonly onnx: OnnxModel; readonly bytes: Uint8Array },
  feeds: Readonly<Record<string, Feed>>,
  options: Omit<TimingOptions, "inputs">,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = unitsOf(onnx.graph);
  const observation = new Observation({ name, onnx, parts });
  try {
    await observation.add(feeds as Record<string, NamedTensor>);
  } finally {
    await observation.close();
  }
  const { observers } = observation;
  const blocks = blocksOf(parts, (tensor) => observers.has(tensor));
  const timing = {
    ...options,
    inputs: {
      input: Object.fromEntries(Object.entries(feeds).map(([input, { shape }]) => [input, { shape }])),
    },
  };
  const int8 = (chosen: readonly Block[]) =>
    encodeOnnx(quantizeModel(onnx, chooseScales(parts, observers, unitNames(chosen))));
  const before = await blockTimes(bytes, name, blocks, timing);
  const after = await blockTimes(int8(blocks), name, blocks, timing);
  return int8(blocks.filter((block) => (after.get(block.name) ?? 0) < (before.get(block.name) ?? 0)));
}
