/** Where times were measured: what they are compared by, and what a file says that was made from them. */
import { describeProcessor } from "../machine.ts";
import { loadRuntime } from "../session/session.ts";

/** The machine and the runtime. */
export interface Surroundings {
  /** Its name and its cores: `AMD EPYC (2 cores)`. */
  readonly processor: string;
  /** Logical cores that this process may use. */
  readonly cores: number;
  /** The version of onnxruntime. */
  readonly onnxruntime: string;
}

/**
 * Describes where this process measures.
 *
 * @throws {Error} when onnxruntime cannot be loaded.
 */
export async function surroundings(): Promise<Surroundings> {
  const [{ model, cores }, { env: { versions } }] = [await describeProcessor(), await loadRuntime()];
  return {
    processor: `${model} (${cores} ${cores === 1 ? "core" : "cores"})`,
    cores,
    onnxruntime: versions.node ?? versions.common,
  };
}
