/**
 * The worker's side of a {@linkcode WorkerPool}.
 *
 * @module
 */
import { ExitStatus } from "../errors.ts";
import { type FromWorker, toErrorData, type ToWorker } from "./messages.ts";
import { holdUntilThreadEnds } from "./thread_lock.ts";

/** What a job can tell its pool while it runs. */
export interface JobContext {
  /** Awaits what the job is not to blame for, such as memory: that time does not count towards `jobTimeout`. */
  waitFor<T>(something: Promise<T>): Promise<T>;
}

/** A started worker. */
export interface JobRunner<Job, Result> {
  /** Runs one job. What it throws is reported for this job; the worker continues. */
  run(job: Job, context: JobContext): Promise<Result> | Result;
  /** Jobs run at once, if it depends on `init`. @default {that of ServeOptions} */
  readonly concurrency?: number;
  /** Frees the worker's resources (sessions, files) before it exits. */
  close?(): Promise<void> | void;
}

/** Options of {@linkcode serveWorker}. */
export interface ServeOptions<Result> {
  /**
   * Jobs run at once. With 2, the asynchronous parts of the next job (reading, decoding in another thread) overlap with the
   * blocking parts of this one. Jobs start in the order they arrive and may end in any order. @default {1}
   */
  readonly concurrency?: number;
  /**
   * The parts of a result that are transferred to the pool rather than copied, mostly buffers of typed arrays. The worker
   * loses them. A buffer may be listed twice; a shared one is shared. @default {none}
   */
  readonly transferables?: (result: Result) => readonly (Transferable | ArrayBufferLike)[];
}

/** The part of a worker's global scope used here; the type checker knows only the main thread's. */
interface WorkerScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  close(): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  addEventListener(type: "unhandledrejection", listener: (event: PromiseRejectionEvent) => void): void;
}

/**
 * Makes the calling module a worker of a {@linkcode WorkerPool}. `start` gets the pool's `init` value and returns what runs
 * the jobs; what it throws is thrown by `WorkerPool.start`.
 *
 * A complete worker module:
 *
 * ```ts ignore
 * import { serveWorker } from "../core/workers/mod.ts";
 *
 * serveWorker<{ factor: number }, number, number>(({ factor }) => ({ run: (job) => job * factor }));
 * ```
 */
export function serveWorker<Init, Job, Result>(
  start: (init: Init) => Promise<JobRunner<Job, Result>> | JobRunner<Job, Result>,
  { concurrency = 1, transferables = () => [] }: ServeOptions<Result> = {},
): void {
  const scope = globalThis as unknown as WorkerScope;
  const post = (message: FromWorker<Result>, transfer: Transferable[] = []) =>
    scope.postMessage(message, transfer);

  const queue: { readonly id: number; readonly job: Job }[] = [];
  let runner: JobRunner<Job, Result> | undefined;
  let atOnce = concurrency;
  let running = 0;
  let closing = false;

  async function begin(init: Init, lock: string): Promise<void> {
    await holdUntilThreadEnds(lock);
    post({ type: "alive" });
    try {
      runner = await start(init);
      atOnce = runner.concurrency ?? concurrency;
    } catch (thrown) {
      post({ type: "failed", error: toErrorData(thrown, ExitStatus.unusableModel) });
      return;
    }
    post({ type: "ready", concurrency: atOnce });
    proceed();
  }

  function proceed(): void {
    if (runner === undefined) return;
    while (!closing && running < atOnce && queue.length > 0) {
      const { id, job } = queue.shift()!;
      running++;
      void runOne(runner, id, job);
    }
    if (closing && running === 0) void end(runner);
  }

  async function runOne(runner: JobRunner<Job, Result>, id: number, job: Job): Promise<void> {
    const waitFor = async <T>(something: Promise<T>): Promise<T> => {
      post({ type: "waiting", id, waits: true });
      const value = await something;
      post({ type: "waiting", id, waits: false });
      return value;
    };
    try {
      const result = await runner.run(job, { waitFor });
      post({ type: "result", id, result }, withoutShared(transferables(result)));
    } catch (thrown) {
      post({ type: "error", id, error: toErrorData(thrown) });
    }
    running--;
    proceed();
  }

  async function end(runner: JobRunner<Job, Result>): Promise<void> {
    try {
      await runner.close?.();
    } finally {
      post({ type: "closed" });
      scope.close();
    }
  }

  scope.addEventListener("message", ({ data }: MessageEvent<ToWorker<Init, Job>>) => {
    switch (data.type) {
      case "start":
        void begin(data.init, data.lock);
        break;
      case "job":
        queue.push(data);
        proceed();
        break;
      case "close":
        closing = true;
        proceed();
    }
  });
  // Handled here because the runtime would print a stack trace to the user; the pool replaces this worker.
  scope.addEventListener("error", (event) => {
    event.preventDefault();
    post({ type: "broken", error: toErrorData(event.error) });
  });
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    post({ type: "broken", error: toErrorData(event.reason) });
  });
}

function withoutShared(parts: readonly (Transferable | ArrayBufferLike)[]): Transferable[] {
  return [...new Set(parts)].filter((part) => !(part instanceof SharedArrayBuffer)) as Transferable[];
}

/** A function that returns the milliseconds since its previous call, or since it was created: for timing a job's stages. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    return (last = performance.now()) - before;
  };
}
