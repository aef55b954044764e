/**
 * Measuring in this thread, or in one that can be left: a run of a model blocks its thread until it ends, and some
 * never do.
 */
import { modelError } from "../../errors.ts";
import { type ErrorData, fromErrorData } from "../../workers/messages.ts";
import { doJob, type JobResults, type MeasuringJob } from "./measuring_job.ts";
import { withFolder } from "./recording.ts";

/** To a measuring thread: the one job, and a flag of shared memory that is 1 once it should stop. */
export interface ThreadStart {
  readonly job: MeasuringJob;
  readonly folder: string;
  readonly stop: Int32Array;
}

/** From a measuring thread. */
export type ThreadMessage =
  | { readonly type: "runs"; readonly count: number }
  /** The run in progress has ended: the result follows. */
  | { readonly type: "stopping" }
  | { readonly type: "result"; readonly result: JobResults[MeasuringJob["kind"]] }
  | { readonly type: "error"; readonly error: ErrorData };

/** How long a stopped thread may take to end its run, and then to return what it has measured, in milliseconds. */
const PATIENCE = 500;
const RESULT_PATIENCE = 5000;

/** How a job is watched from outside. */
export interface ThreadOptions {
  readonly signal?: AbortSignal;
  readonly onRun?: () => void;
}

/**
 * Does a job: in a thread of its own where a signal is given, else in this one. Once the signal is aborted, the thread
 * may return what it has measured so far.
 *
 * @throws {BneckError} what the job throws; the reason of `signal` when it is aborted and the thread has nothing, or is
 *   inside of a run that does not end. What `onRun` throws.
 */
export async function measureJob<Kind extends MeasuringJob["kind"]>(
  job: Extract<MeasuringJob, { kind: Kind }>,
  { signal, onRun = () => {} }: ThreadOptions,
): Promise<JobResults[Kind]> {
  signal?.throwIfAborted();
  return await withFolder(async (folder) => {
    if (!signal) return await doJob(job, { onRun, isStopped: () => false, folder });
    return await inThread(job, folder, signal, onRun) as JobResults[Kind];
  });
}

async function inThread(
  job: MeasuringJob,
  folder: string,
  signal: AbortSignal,
  onRun: () => void,
): Promise<JobResults[MeasuringJob["kind"]]> {
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { promise, resolve, reject } = Promise.withResolvers<JobResults[MeasuringJob["kind"]]>();
  const worker = new Worker(new URL("./measuring_worker.ts", import.meta.url), { type: "module" });
  let patience: ReturnType<typeof setTimeout> | undefined;
  const waitFor = (milliseconds: number) => {
    clearTimeout(patience);
    patience = setTimeout(() => reject(signal.reason), milliseconds);
  };
  const onAbort = () => {
    Atomics.store(stop, 0, 1);
    waitFor(PATIENCE);
  };
  worker.onmessage = ({ data }: MessageEvent<ThreadMessage>) => {
    if (data.type === "stopping") return waitFor(RESULT_PATIENCE);
    if (data.type === "result") return resolve(data.result);
    if (data.type === "error") return reject(signal.aborted ? signal.reason : fromErrorData(data.error));
    try {
      for (let run = 0; run < data.count; run++) onRun();
    } catch (error) {
      reject(error);
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(modelError(`the measuring thread failed: ${event.message}`));
  };
  signal.addEventListener("abort", onAbort);
  try {
    worker.postMessage({ job, folder, stop } satisfies ThreadStart);
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(patience);
    worker.terminate();
  }
}
