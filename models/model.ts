import { modelError } from "../core/errors.ts";
import { importLater } from "../core/import_later.ts";
import { release } from "../core/bytes.ts";
import type { Extent } from "../core/graph/mod.ts";
import {
  type DecodedImage,
  fullSize,
  type ImageSize,
  mirrorImage,
  type ResizeFilter,
  resizeImage,
  type RgbImage,
} from "../core/images/mod.ts";
import { type NamedTensor, Session } from "../core/session/mod.ts";
import {
  averageWithMirrored,
  checkOutputs,
  type Classification,
  type ClassificationSettings,
  type Decoder,
  type Detections,
  type DetectionSettings,
  type ImageView,
  type LabelLogits,
  outputShapes,
} from "../heads/mod.ts";

import type { RunnableModel } from "./entry.ts";
import { imageFeeds } from "./image_feeds.ts";
import { inputExtent, type InputSize, type SizeGrid } from "./input_size.ts";
import type { AdoptedGraph, Network, OnnxNetwork, Task, Tasks } from "./network.ts";
import { encodedNetwork, type PreparedModel, preparedNetwork } from "./prepared.ts";
import type { StageTimes } from "./stages.ts";
import { adoptedFeeds } from "./tensor_input.ts";
import { namedOutputs, problemOf } from "./tensor_outputs.ts";

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
  readonly segment?: SegmentationSettings;
  readonly classify?: ClassificationSettings;
}

/** How pixels are given classes. */
export interface SegmentationSettings {
  /**
   * Test-time augmentation: `flip` averages the logits with those of the mirror image, in a second pass of the network.
   * @default {none}
   */
  readonly tta?: "flip";
}

/** What was found in one image, in pixels of that image. */
export interface Prediction {
  readonly detect?: Detections;
  readonly segment?: LabelLogits;
  readonly classify?: Classification;
  /** The size of the network's input in pixels. */
  readonly inputHeight: number;
  readonly inputWidth: number;
  /** As the stages of the pipeline are called. */
  readonly milliseconds: Pick<StageTimes, "resize" | "infer" | "post">;
}

/** What the network itself returned. */
export interface Inference {
  /** By the names of the graph's outputs. */
  readonly outputs: Readonly<Record<string, NamedTensor>>;
  readonly view: ImageView;
  readonly milliseconds: Pick<StageTimes, "resize" | "infer">;
}

/**
 * How many times the size of a network's input an image must have so that nothing is lost: objects stay the same at less
 * than it takes for 99.7 % of the pixels of masks (docs/large_photos.md).
 */
const DETAIL = { image: 1.5, pixels: 2.5 } as const;

/** Inputs of so many pixels count as part of a worker: the memory for them is kept from image to image. */
const USUAL_PIXELS = 2 ** 20;

/** The detector's defaults: for people to look at; evaluations need far lower scores. */
export const DEFAULT_DETECTION: DetectionSettings = { score: 0.25, max: 100 };

/** The classifier's default. */
const DEFAULT_CLASSIFICATION: ClassificationSettings = { top: 5 };

/** A model loaded and ready to run; `close` frees it. */
export class Model {
  #measured: Promise<void> | undefined;

  private constructor(
    readonly name: string,
    readonly tasks: Tasks,
    readonly inputSize: InputSize,
    readonly sizeGrid: SizeGrid,
    private readonly session: Session,
    private readonly filter: ResizeFilter | undefined,
    private readonly adopted: AdoptedGraph | undefined,
    private bytesPerPixel: number | undefined,
    /** The network as it was loaded. */
    private readonly source: () => OnnxNetwork,
  ) {}

  /** Whether the graph has the input `size`; in an exported file it may be fixed. */
  private get takesSize(): boolean {
    return this.session.inputs.some(({ name }) => name === "size");
  }

  /**
   * Builds the network of a model and loads it.
   *
   * @throws {BneckError} when its weights are missing or do not fit, or the input size cannot be changed.
   */
  static async open(entry: RunnableModel, options: ModelOptions = {}): Promise<Model> {
    const network = await entry.build(options.tasks ?? entry.tasks, options.inputSize);
    return Model.fromNetwork(entry.name, network, { ...options, inputSize: undefined });
  }

  /**
   * Loads a network.
   *
   * @throws {BneckError} when onnxruntime cannot load it.
   */
  static async fromNetwork(
    name: string,
    network: Network | OnnxNetwork,
    options: ModelOptions = {},
  ): Promise<Model> {
    const encoded = await encodedNetwork(network);
    return await Model.#open(name, encoded, options, () => encoded);
  }

  static async #open(
    name: string,
    { onnx, tasks, inputSize, sizeGrid, filter, adopted, bytesPerPixel }: OnnxNetwork,
    options: ModelOptions,
    source: () => OnnxNetwork,
  ): Promise<Model> {
    const session = await Session.open(onnx, name, { threads: options.threads });
    const size = options.inputSize ?? inputSize;
    return new Model(name, tasks, size, sizeGrid, session, filter, adopted, bytesPerPixel, source);
  }

  /**
   * Loads a model that {@linkcode prepareModel} made, on whichever thread.
   *
   * @throws {BneckError} when onnxruntime cannot load it.
   */
  static async fromPrepared(
    prepared: PreparedModel,
    options: Pick<ModelOptions, "threads"> = {},
  ): Promise<Model> {
    const network = preparedNetwork(prepared);
    const model = await Model.#open(prepared.name, network, options, () => preparedNetwork(prepared));
    // Its copy of the file, of which onnxruntime has its own.
    release(network.onnx);
    return model;
  }

  /**
   * Runs every task of the model on one image, in a single pass of the network. What is found in an image decoded at a
   * reduced size is in pixels of the full one.
   *
   * @throws {BneckError} when the input would be too small, or the network returns what its heads cannot read: another type or
   *   shape, NaN or infinity.
   */
  async predict(image: DecodedImage, settings: PredictionSettings = {}): Promise<Prediction> {
    const { outputs, view, milliseconds } = await this.infer(image);
    const mirrored = this.tasks.segment && settings.segment?.tta === "flip"
      ? await this.infer({ ...mirrorImage(image), full: image.full })
      : undefined;
    const start = performance.now();
    const read = <S, R>(task: Task, head: Decoder<S, R>, given: S, from = outputs) => {
      const fail = (output: string, problem: string): never => {
        throw modelError(`${this.name} returns unusable output: ${task}.${output} is ${problem}`);
      };
      const classes = this.tasks[task]!.labels.length;
      return head.decode(
        checkOutputs(outputShapes(head.spec), outputsOf(from, task), classes, fail),
        view,
        given,
      );
    };
    const { detect, segment, classify } = this.tasks;
    const result = {
      detect: detect && this.checked(read("detect", detect.head, settings.detect ?? DEFAULT_DETECTION)),
      segment: segment && read("segment", segment.head, {}),
      classify: classify && read("classify", classify.head, settings.classify ?? DEFAULT_CLASSIFICATION),
    };
    if (mirrored) averageWithMirrored(result.segment!, read("segment", segment!.head, {}, mirrored.outputs));
    // The logits of pixels are read on demand, and graphs of others may give two tasks the same output.
    if (!this.adopted) {
      if (mirrored) release(...arraysOf(mirrored.outputs));
      for (const task of ["detect", "classify"] as const) release(...arraysOf(outputsOf(outputs, task)));
    }
    const [inputHeight, inputWidth] = this.sizeGrid.crop ?? [view.inputHeight, view.inputWidth];
    const post = performance.now() - start;
    const { resize = 0, infer = 0 } = mirrored?.milliseconds ?? {};
    return {
      ...result,
      inputHeight,
      inputWidth,
      milliseconds: { resize: milliseconds.resize + resize, infer: milliseconds.infer + infer, post },
    };
  }

  /**
   * Runs the network and returns its outputs as they are.
   *
   * @throws {BneckError} when the input would be too small, or an operator fails.
   */
  async infer(image: DecodedImage): Promise<Inference> {
    const { width, height } = fullSize(image);
    const [inputHeight, inputWidth] = this.inputExtent({ width, height });
    const start = performance.now();
    if (this.adopted) return await this.inferAdopted(image, [inputHeight, inputWidth], this.adopted);
    // The graph can resize too, but takes three times as long and several times the memory of the image.
    const seen = this.filter ? resizeImage(image, inputWidth, inputHeight, this.filter) : image;
    const resized = performance.now();
    const outputs = await this.session.run(imageFeeds(seen, [inputHeight, inputWidth], this.takesSize));
    const inferred = performance.now();
    if (seen !== image) release(seen.data);
    return {
      outputs,
      view: { width, height, inputWidth, inputHeight },
      milliseconds: { resize: resized - start, infer: inferred - resized },
    };
  }

  private async inferAdopted(
    image: RgbImage,
    extent: Extent,
    adopted: AdoptedGraph,
  ): Promise<Inference> {
    const start = performance.now();
    const { feeds, view } = adoptedFeeds(image, extent, this.sizeGrid.crop, adopted);
    const resized = performance.now();
    const results = await this.session.run(feeds);
    return {
      outputs: namedOutputs(results, adopted.outputs, this.tasks, adopted.input.batch),
      view,
      milliseconds: { resize: resized - start, infer: performance.now() - resized },
    };
  }

  /** Refuses what would be drawn without a name, or is not a probability. */
  private checked(detections: Detections): Detections {
    const problem = problemOf(detections, this.tasks.detect!.labels.length);
    if (problem) throw modelError(`${this.name} returns unusable output: ${problem}`);
    return detections;
  }

  /** The size at which the network sees an image, `[height, width]`. */
  inputExtent({ width, height }: { readonly width: number; readonly height: number }): Extent {
    if (this.adopted?.input.fit === "none") return [height, width];
    return inputExtent(this.inputSize, this.sizeGrid, width, height);
  }

  /**
   * The size at which it is enough to decode an image, for `decodeImage`; `undefined` where the network resizes in its own
   * way.
   *
   * @throws {BneckError} when the network's input would be too small.
   */
  reducedSize(full: ImageSize): ImageSize | undefined {
    if (!this.filter || this.adopted) return undefined;
    const [height, width] = this.inputExtent(full);
    const detail = this.tasks.segment ? DETAIL.pixels : DETAIL.image;
    return { width: Math.ceil(width * detail), height: Math.ceil(height * detail) };
  }

  /**
   * Bytes that the network takes for an image beside those that it takes for any of a usual size; `undefined` where only
   * {@linkcode measureMemory} can tell.
   *
   * @throws {BneckError} when the network's input would be too small.
   */
  memoryFor(full: ImageSize): number | undefined {
    const [height, width] = this.inputExtent(full);
    const unusual = width * height - USUAL_PIXELS;
    if (unusual <= 0) return 0;
    return this.bytesPerPixel && unusual * this.bytesPerPixel;
  }

  /** Runs the network once for {@linkcode memoryFor}, which may still not know: its graph may have values without a shape. */
  measureMemory(): Promise<void> {
    return this.#measured ??= (async () => {
      const { measuredBytesPerPixel } = await importLater<typeof import("./file_memory.ts")>(
        import.meta.resolve("./file_memory.ts"),
      );
      this.bytesPerPixel = await measuredBytesPerPixel(this.source(), this.name);
    })();
  }

  /** Frees the model's memory. */
  close(): Promise<void> {
    return this.session.close();
  }
}

function arraysOf(outputs: Inference["outputs"]): ArrayBufferView[] {
  return Object.values(outputs).map(({ data }) => data);
}

/** The outputs of a task by their local names. */
function outputsOf(outputs: Inference["outputs"], task: Task): Record<string, NamedTensor> {
  const prefix = `${task}.`;
  return Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, output]) => [name.slice(prefix.length), output]),
  );
}
