/** Watching the tensors of a network while it runs over images. */
import { modelError } from "../../../core/errors.ts";
import { encodeOnnx, type OnnxModel, type OnnxValueInfo, withShapes } from "../../../core/onnx/mod.ts";
import { observedTensors, TensorObserver } from "../../../core/quantize/mod.ts";
import { Session } from "../../../core/session/mod.ts";
import { type Feeds, withSession } from "./network.ts";
import type { FloatModel } from "./source.ts";

/** Bytes of tensors that are taken out of one run. */
const MAX_BYTES = 384 * 2 ** 20;

/** A network with its units. */
type ObservedModel = Pick<FloatModel, "name" | "onnx" | "parts">;

/** Collects the values of everything that units in int8 may read or write. */
export class Observation {
  readonly observers = new Map<string, TensorObserver>();
  #sessions: readonly Session[] | undefined;

  constructor(private readonly model: ObservedModel) {}

  /**
   * Adds an image.
   *
   * @throws {BneckError} if the network cannot run on it, or its values are not finite
   */
  async add(feeds: Feeds): Promise<void> {
    const { name, parts } = this.model;
    const tensors = observedTensors(parts);
    if (!this.#sessions) {
      const groups = await groupsOf(this.model, [...tensors.keys()], feeds);
      this.#sessions = await Promise.all(groups.map((group) => Session.open(encodeOnnx(group), name)));
    }
    // The first group also has the network's own inputs.
    let inputs = Object.fromEntries(Object.entries(feeds).filter(([input]) => tensors.has(input)));
    for (const session of this.#sessions) {
      const outputs = await session.run(feeds);
      for (const [tensor, { shape, data }] of Object.entries({ ...inputs, ...outputs })) {
        if (!(data instanceof Float32Array) || shape.length !== 4) continue;
        const observer = this.observers.get(tensor) ?? new TensorObserver(shape[1]);
        this.observers.set(tensor, observer);
        try {
          observer.add(data, shape[0], tensors.get(tensor)!.floor);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          throw modelError(`${name} cannot be quantized: values of ${tensor} are not finite`, error);
        }
      }
      inputs = {};
    }
  }

  /** Frees the network's memory. */
  async close(): Promise<void> {
    for (const session of this.#sessions ?? []) await session.close();
    this.#sessions = undefined;
  }
}

/** The graph with other outputs, in groups of which none takes too much memory. */
async function groupsOf(
  { onnx, name }: ObservedModel,
  tensors: readonly string[],
  feeds: Feeds,
): Promise<OnnxModel[]> {
  const inputs = new Set(onnx.graph.inputs.map((input) => input.name));
  const wanted = tensors.filter((tensor) => !inputs.has(tensor));
  const shapes = await withSession(withShapes(onnx, wanted), name, (session) => session.run(feeds));
  const groups: string[][] = [[]];
  let bytes = 0;
  wanted.forEach((tensor, index) => {
    const elements = [...shapes[`shape.${index}`].data].reduce<number>((n, length) => n * Number(length), 1);
    if (bytes + 4 * elements > MAX_BYTES && groups.at(-1)!.length > 0) {
      groups.push([]);
      bytes = 0;
    }
    bytes += 4 * elements;
    groups.at(-1)!.push(tensor);
  });
  return groups.map((group) =>
    withOutputs(onnx, group.map((tensor) => ({ name: tensor, elementType: "float32" })))
  );
}

function withOutputs(model: OnnxModel, outputs: readonly OnnxValueInfo[]): OnnxModel {
  return { ...model, graph: { ...model.graph, outputs } };
}
