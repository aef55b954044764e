/** Running ONNX models with onnxruntime-node. */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { modelError } from "../errors.ts";
import { runtimeMessage } from "./runtime_error.ts";

/** How a model is run. */
export interface SessionOptions {
  /** Threads inside one operator. One per worker is best for throughput. @default {1} */
  readonly threads?: number;
  /** How far onnxruntime may rewrite the graph. @default {"all"} */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
}

/** An input or output of a model. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float16Array | Uint8Array | Int32Array | BigInt64Array;
}

type Runtime = typeof import("onnxruntime-node");
let runtime: Promise<Runtime> | undefined;

/** Loads onnxruntime on first use: it takes a tenth of a second, which `--help` should not pay. */
export function loadRuntime(): Promise<Runtime> {
  return runtime ??= importRuntime();
}

async function importRuntime(): Promise<Runtime> {
  try {
    // Its native library would report usage to Microsoft unless the environment says otherwise when it is loaded.
    Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
  } catch {
    // Without permission to set it, the user's own environment decides.
  }
  const runtime = await import("onnxruntime-node");
  runtime.env.logLevel = "fatal";
  return runtime;
}

/** The settings of onnxruntime for running a model, both here and when it is measured. */
export function sessionSettings(
  { threads = 1, optimization = "all" }: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // Plans of memory for each input size would take 20 MB a worker and save no time.
    enableMemPattern: false,
    graphOptimizationLevel: optimization,
    // What it would log as an error it also throws; the log shows names from the file as they are, escape codes and all.
    logSeverityLevel: 4,
    // Idle threads of one worker must not spin on cores that another needs.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
}

/**
 * Loads a model with onnxruntime.
 *
 * @param model see {@linkcode Session.open}
 * @param label names the model in messages
 * @throws {BneckError} if onnxruntime cannot load it
 */
export async function loadModel(
  model: Uint8Array | string,
  label: string,
  settings: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const { InferenceSession } = await loadRuntime();
  try {
    return typeof model === "string"
      ? await InferenceSession.create(model, settings)
      : await InferenceSession.create(model, settings);
  } catch (error) {
    throw modelError(`cannot load ${label}: ${runtimeMessage(error)}`, error);
  }
}

/** A loaded model. `close` frees its memory. */
export class Session {
  private constructor(
    private readonly session: InferenceSession,
    private readonly ort: Runtime,
    private readonly label: string,
  ) {}

  /**
   * Loads a model.
   *
   * @param model the bytes of an `.onnx` file, or its path if it uses external data
   * @param label names the model in messages
   * @throws {BneckError} if onnxruntime cannot load it
   */
  static async open(
    model: Uint8Array | string,
    label: string,
    options: SessionOptions = {},
  ): Promise<Session> {
    return new Session(await loadModel(model, label, sessionSettings(options)), await loadRuntime(), label);
  }

  /** The names and shapes of the inputs as the file declares them; dynamic dimensions are strings. */
  get inputs(): readonly InferenceSession.ValueMetadata[] {
    return this.session.inputMetadata;
  }

  /** The names and shapes of the outputs as the file declares them; dynamic dimensions are strings. */
  get outputs(): readonly InferenceSession.ValueMetadata[] {
    return this.session.outputMetadata;
  }

  /**
   * Runs the model once. This blocks the thread while the network runs.
   *
   * @throws {BneckError} if the inputs do not match the model or an operator fails
   */
  async run(inputs: Readonly<Record<string, NamedTensor>>): Promise<Record<string, NamedTensor>> {
    try {
      const feeds: Record<string, Tensor> = {};
      for (const [name, { shape, data }] of Object.entries(inputs)) {
        feeds[name] = this.tensor(data, shape);
      }
      const results = await this.session.run(feeds);
      const outputs: Record<string, NamedTensor> = {};
      for (const [name, { dims, data }] of Object.entries(results)) {
        outputs[name] = { shape: dims, data: data as NamedTensor["data"] };
      }
      return outputs;
    } catch (error) {
      throw modelError(`cannot run ${this.label}: ${runtimeMessage(error)}`, error);
    }
  }

  private tensor(data: NamedTensor["data"], shape: readonly number[]): Tensor {
    // One signature stands for all of them: each takes the array of its type.
    const tensor = new this.ort.Tensor(elementType(data) as "float32", data as Float32Array, shape);
    if (data instanceof Float16Array) {
      // onnxruntime's native part takes half precision as 16-bit integers only.
      const bits = new Uint16Array(data.buffer, data.byteOffset, data.length);
      Object.defineProperty(tensor, "data", { value: bits });
    }
    return tensor;
  }

  /** Frees the model's memory. */
  async close(): Promise<void> {
    await this.session.release();
  }
}

function elementType(data: NamedTensor["data"]): "float32" | "float16" | "uint8" | "int32" | "int64" {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float16Array) return "float16";
  if (data instanceof Int32Array) return "int32";
  return data instanceof Uint8Array ? "uint8" : "int64";
}
