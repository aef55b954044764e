import type { InferenceSession, Tensor } from "onnxruntime-node";
import { modelError } from "../../errors.ts";
import {
  loadModel,
  loadRuntime,
  runtimeMessage,
  type SessionOptions,
  sessionSettings,
} from "../../session/mod.ts";
import type { Feed } from "../feeds.ts";

/** An ONNX model with the inputs that it is measured with. */
export interface MeasurableModel {
  /** What to call the model in messages. */
  readonly label: string;
  /** The bytes of an `.onnx` file, or its path where the file has external data beside it. */
  readonly model: Uint8Array | string;
  readonly feeds: Readonly<Record<string, Feed>>;
  /** The outputs to fetch, where not all can be: the binding takes no maps and sequences. @default {all} */
  readonly outputs?: readonly string[];
}

/** How a model is run while it is measured. */
export interface MeasuringOptions extends SessionOptions {
  /** Called after every run; what it throws ends the measurement. */
  readonly onRun?: () => void;
  /**
   * Ends the measurement. It makes the model run in a thread of its own, since a run blocks its thread: an endless one
   * can be left then.
   */
  readonly signal?: AbortSignal;
}

/** Weights of more bytes than this are left out of the rewritten graph: only their shapes are needed. */
const LARGE_WEIGHT = 1024;

/** A model loaded with its inputs, to be run repeatedly. `close` frees it. */
export class MeasuredSession {
  private constructor(
    private readonly session: InferenceSession,
    private readonly feeds: Readonly<Record<string, Tensor>>,
    private readonly label: string,
    private readonly outputs: readonly string[],
  ) {}

  /**
   * Loads a model.
   *
   * @param recordTo a folder for the profile and the rewritten graph, both named `record`.
   * @throws {BneckError} (unusable model) when onnxruntime cannot load it.
   */
  static async open(
    { label, model, feeds, outputs }: MeasurableModel,
    options: SessionOptions,
    recordTo?: string,
  ): Promise<MeasuredSession> {
    const ort = await loadRuntime();
    const recording = recordTo && {
      enableProfiling: true,
      profileFilePrefix: `${recordTo}/record`,
      optimizedModelFilePath: `${recordTo}/record.onnx`,
    };
    const weightsAside = recordTo && {
      optimized_model_external_initializers_file_name: "record.bin",
      optimized_model_external_initializers_min_size_in_bytes: String(LARGE_WEIGHT),
    };
    const settings = sessionSettings(options);
    const { session } = settings.extra as { session: object };
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => [name, makeTensor(ort, feed)]),
    );
    const loaded = await loadModel(model, label, {
      ...settings,
      // What it would log as an error, it also throws.
      logSeverityLevel: 4,
      extra: { session: { ...session, ...weightsAside } },
      ...recording,
    });
    return new MeasuredSession(loaded, tensors, label, outputs ?? loaded.outputNames);
  }

  /**
   * Runs the model once and returns how many milliseconds that took.
   *
   * @throws {BneckError} (unusable model) when an operator fails.
   */
  async run(): Promise<number> {
    const start = performance.now();
    try {
      await this.session.run(this.feeds, this.outputs);
    } catch (error) {
      throw modelError(`cannot run ${this.label}: ${runtimeMessage(error)}`, error);
    }
    return performance.now() - start;
  }

  /** Ends the profile, so that its file is complete. */
  endProfiling(): void {
    this.session.endProfiling();
  }

  /** Frees the model's memory. */
  async close(): Promise<void> {
    await this.session.release();
  }
}

function makeTensor(ort: typeof import("onnxruntime-node"), { type, shape, data }: Feed): Tensor {
  const tensor = new ort.Tensor(type, data, shape);
  // The tensor makes a Float16Array of the bits, whose length the binding reads as 0
  // (github.com/microsoft/onnxruntime/pull/32323).
  if (type === "float16") Object.defineProperty(tensor, "cpuData", { value: data });
  return tensor;
}
