/** The module of a measuring thread. */
import { toErrorData } from "../../workers/messages.ts";
import { ExitStatus } from "../../errors.ts";
import { doJob } from "./measuring_job.ts";
import type { ThreadMessage, ThreadStart } from "./measuring_thread.ts";

/** The parts of a worker's global scope used here; the checker knows only the main thread's scope. */
const scope = globalThis as unknown as {
  postMessage(message: ThreadMessage): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ThreadStart>) => void): void;
};

/** Runs are told of together, so that telling does not disturb them. */
const TELL_EVERY = 50;

scope.addEventListener("message", async ({ data: { job, folder, stop } }) => {
  let [untold, last] = [0, performance.now()];
  const onRun = () => {
    untold++;
    if (performance.now() - last < TELL_EVERY) return;
    scope.postMessage({ type: "runs", count: untold });
    [untold, last] = [0, performance.now()];
  };
  let stopping = false;
  const isStopped = () => {
    if (Atomics.load(stop, 0) === 0) return false;
    if (!stopping) scope.postMessage({ type: "stopping" });
    return stopping = true;
  };
  try {
    const result = await doJob(job, { onRun, isStopped, folder });
    if (untold > 0) scope.postMessage({ type: "runs", count: untold });
    scope.postMessage({ type: "result", result });
  } catch (error) {
    scope.postMessage({ type: "error", error: toErrorData(error, ExitStatus.unusableModel) });
  }
});
