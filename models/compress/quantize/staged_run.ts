/** Running a graph piece by piece over several images at once, so that each operator runs once whatever is asked on the way. */
import type { OnnxModel, OnnxNode, OnnxValueInfo } from "../../../core/onnx/mod.ts";
import type { NamedTensor } from "../../../core/session/mod.ts";
import { type Feeds, withSession } from "./network.ts";

/** The tensors of an image that are still needed. */
type Live = Map<string, NamedTensor>;

/** A graph on its way. Its weights may change in what has not run yet. */
export class StagedRun {
  readonly #images: Live[];
  readonly #types = new Map<string, OnnxValueInfo["elementType"]>();
  /** Where each tensor is read last, and where it is written. */
  readonly #lastRead = new Map<string, number>();
  readonly #written = new Map<string, number>();
  /** How many nodes have run. */
  #done = 0;

  /**
   * @param wanted the tensors that will be asked for
   * @param label names the graph in messages
   */
  constructor(
    { graph }: OnnxModel,
    images: readonly Feeds[],
    private readonly wanted: ReadonlySet<string>,
    private readonly label: string,
  ) {
    this.#images = images.map((feeds) => new Map(Object.entries(feeds)));
    for (const { name, elementType } of graph.inputs) this.#types.set(name, elementType);
    graph.nodes.forEach(({ inputs, outputs }, index) => {
      for (const name of inputs) this.#lastRead.set(name, index);
      for (const name of outputs) this.#written.set(name, index);
    });
  }

  /**
   * The values of a tensor for each image, which are then dropped unless the graph needs them.
   *
   * @param model the graph that was begun with, of which only constants may differ
   * @param signal looked at before each image
   * @throws {BneckError} if onnxruntime cannot run a piece
   */
  async take(model: OnnxModel, tensor: string, signal?: AbortSignal): Promise<NamedTensor[]> {
    const writer = this.#written.get(tensor);
    if (writer !== undefined && writer >= this.#done) await this.#advance(model, writer + 1, signal);
    return this.#images.map((live) => {
      const value = live.get(tensor);
      if (!value) throw new RangeError(`${tensor} is not there, or no longer`);
      if ((this.#lastRead.get(tensor) ?? -1) < this.#done) live.delete(tensor);
      return value;
    });
  }

  async #advance(model: OnnxModel, end: number, signal?: AbortSignal): Promise<void> {
    const nodes = model.graph.nodes.slice(this.#done, end);
    this.#done = end;
    const isNeeded = (name: string) => this.wanted.has(name) || (this.#lastRead.get(name) ?? -1) >= end;
    const outputs = nodes.flatMap((node) => node.outputs.filter(isNeeded));
    const inputs = this.#inputsOf(nodes);
    const piece = pieceOf(model, nodes, inputs, outputs);
    await withSession(piece, this.label, async (session) => {
      for (const { name, type } of session.outputs as readonly { name: string; type?: string }[]) {
        this.#types.set(name, type as OnnxValueInfo["elementType"]);
      }
      for (const live of this.#images) {
        signal?.throwIfAborted();
        const feeds = Object.fromEntries(inputs.map(({ name }) => [name, live.get(name)!]));
        for (const [name, value] of Object.entries(await session.run(feeds))) live.set(name, value);
        for (const name of live.keys()) {
          if (!isNeeded(name)) live.delete(name);
        }
      }
    });
  }

  #inputsOf(nodes: readonly OnnxNode[]): OnnxValueInfo[] {
    const own = new Set(nodes.flatMap(({ outputs }) => outputs));
    const read = new Set(nodes.flatMap(({ inputs }) => inputs));
    const [first] = this.#images;
    return [...read].filter((name) => first.has(name) && !own.has(name))
      .map((name) => ({ name, elementType: this.#types.get(name)! }));
  }
}

/** Some nodes as a graph of their own. */
function pieceOf(
  model: OnnxModel,
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValueInfo[],
  outputs: readonly string[],
): OnnxModel {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  return {
    ...model,
    graph: {
      ...model.graph,
      nodes,
      initializers: model.graph.initializers.filter(({ name }) => read.has(name)),
      inputs,
      outputs: outputs.map((name) => ({ name, elementType: "type 0" })),
    },
  };
}
