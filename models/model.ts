import { encodeOnnx } from "../core/onnx/mod.ts";
import { type Extent, toOnnx } from "../core/graph/mod.ts";
import type { RgbImage } from "../core/images/mod.ts";
import { type NamedTensor, Session } from "../core/session/mod.ts";
import type {
  Detections,
  DetectionSettings,
  Head,
  HeadOutputs,
  ImageView,
  LabelLogits,
} from "../heads/mod.ts";
import type { ModelEntry } from "./entry.ts";
import { inputExtent, type InputSize, type SizeLattice } from "./input_size.ts";
import type { Network, Task, Tasks } from "./network.ts";

/** How a model is opened. */
export interface ModelOptions {
  /** Which of the model's tasks to run. @default {all} */
  readonly tasks?: readonly Task[];
  /** Overrides the model's input size. */
  readonly inputSize?: InputSize;
  /** Threads of one inference. @default {1} */
  readonly threads?: number;
}

/** What to look for in an image. */
export interface PredictionSettings {
  readonly detect?: DetectionSettings;
}

/** What was found in one image, in pixels of that image. */
export interface Prediction {
  readonly detect?: Detections;
  readonly segment?: LabelLogits;
  /** Height and width of the network's input. */
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly milliseconds: { readonly infer: number; readonly decode: number };
}

/** What the network itself returned. */
export interface Inference {
  /** By the names of the graph's outputs. */
  readonly outputs: Readonly<Record<string, NamedTensor>>;
  readonly view: ImageView;
  readonly milliseconds: number;
}

/** The detector's defaults: what people look at, not what an evaluation needs. */
export const DEFAULT_DETECTION: DetectionSettings = { score: 0.25, max: 100 };

/** A model loaded and ready to run; `close` frees it. */
export class Model {
  private constructor(
    readonly name: string,
    readonly tasks: Tasks,
    readonly inputSize: InputSize,
    readonly lattice: SizeLattice,
    private readonly session: Session,
  ) {}

  /** Builds the network of an entry and loads it. */
  static async open(entry: ModelEntry, options: ModelOptions = {}): Promise<Model> {
    const network = await entry.build(options.tasks ?? entry.tasks);
    return Model.fromNetwork(entry.name, network, options);
  }

  /** Loads a network. */
  static async fromNetwork(name: string, network: Network, options: ModelOptions = {}): Promise<Model> {
    const { model } = toOnnx(network.graph, network.weights);
    const session = await Session.open(encodeOnnx(model), name, { threads: options.threads });
    return new Model(name, network.tasks, options.inputSize ?? network.inputSize, network.lattice, session);
  }

  /** Runs every task of the model on one image, in a single pass of the network. */
  async predict(image: RgbImage, settings: PredictionSettings = {}): Promise<Prediction> {
    const { outputs, view, milliseconds: infer } = await this.infer(image);
    const start = performance.now();
    const read = <S, R>(task: Task, head: Head<S, R>, given: S) =>
      head.decode(outputsOf(outputs, task), view, given);
    const { detect, segment } = this.tasks;
    const result = {
      detect: detect && read("detect", detect.head, settings.detect ?? DEFAULT_DETECTION),
      segment: segment && read("segment", segment.head, {}),
    };
    const { inputHeight, inputWidth } = view;
    return { ...result, inputHeight, inputWidth, milliseconds: { infer, decode: performance.now() - start } };
  }

  /** Runs the network and leaves its outputs as they are. */
  async infer(image: RgbImage): Promise<Inference> {
    const { width, height, data } = image;
    const [inputHeight, inputWidth] = this.inputExtent(image);
    const start = performance.now();
    const outputs = await this.session.run({
      image: { shape: [1, height, width, 3], data },
      size: { shape: [2], data: BigInt64Array.of(BigInt(inputHeight), BigInt(inputWidth)) },
    });
    return {
      outputs,
      view: { width, height, inputWidth, inputHeight },
      milliseconds: performance.now() - start,
    };
  }

  /** The size at which the network sees an image, `[height, width]`. */
  inputExtent({ width, height }: { readonly width: number; readonly height: number }): Extent {
    return inputExtent(this.inputSize, this.lattice, width, height);
  }

  /** Frees the model's memory. */
  close(): Promise<void> {
    return this.session.close();
  }
}

function outputsOf(outputs: Readonly<Record<string, NamedTensor>>, task: Task): HeadOutputs {
  const prefix = `${task}.`;
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { shape, data }]) => [name.slice(prefix.length), { shape, data: data as Float32Array }]),
  );
}
