/**
 * Trying a graph in a thread of its own: a run blocks its thread until it ends, and some never do. The main thread stays
 * free to hear Ctrl-C.
 */
import { modelError } from "../../core/errors.ts";
import { type ErrorData, fromErrorData } from "../../core/workers/messages.ts";
import type { ObservedOutput, Trial } from "./observe.ts";

/** From the thread of a trial. */
export type TrialMessage =
  | { readonly type: "outputs"; readonly outputs: readonly ObservedOutput[] }
  | { readonly type: "error"; readonly error: ErrorData };

/**
 * What a graph returns, found out in another thread.
 *
 * @throws {BneckError} when it cannot be loaded or run.
 */
export async function runTrial(trial: Trial): Promise<readonly ObservedOutput[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly ObservedOutput[]>();
  const worker = new Worker(new URL("./trial_worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<TrialMessage>) => {
    if (data.type === "outputs") resolve(data.outputs);
    else reject(fromErrorData(data.error));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(modelError(`${trial.path} cannot be tried: ${event.message}`));
  };
  try {
    worker.postMessage(trial);
    return await promise;
  } finally {
    worker.terminate();
  }
}
