/**
 * A pool of workers that keeps the order of its inputs.
 *
 * @module
 */
import { BneckError, inputError, modelError } from "../errors.ts";
import { WorkerHandle } from "./handle.ts";

/** The outcome of one job: its result, or the error to report for it. */
export type Outcome<Job, Result> =
  | { readonly index: number; readonly job: Job; readonly result: Result; readonly error?: undefined }
  | { readonly index: number; readonly job: Job; readonly result?: undefined; readonly error: BneckError };

/** How to start a {@linkcode WorkerPool}. */
export interface PoolOptions<Init> {
  /** The module of the workers, which calls `serveWorker`. */
  readonly module: URL;
  /** The number of threads. */
  readonly workers: number;
  /**
   * Passed to each worker when it starts; cloned, except for `SharedArrayBuffer`s. While a promise is awaited, the workers
   * load their modules.
   */
  readonly init: Init | Promise<Init>;
  /** Jobs of one worker at a time, running and queued. With 2 it never waits for its next job. @default {2} */
  readonly inFlight?: number;
  /**
   * Milliseconds after which a worker still busy with one job is terminated and replaced. The time a job waits in the
   * worker's queue does not count, nor does what a job awaits with `waitFor`, nor the time the main thread is blocked.
   * @default {Infinity}
   */
  readonly jobTimeout?: number;
}

/** How to run a sequence of jobs. */
export interface RunOptions {
  /** When it aborts, no further job starts; running jobs are finished and their outcomes yielded. */
  readonly signal?: AbortSignal;
  /**
   * The maximum number of jobs taken from the input whose outcomes the caller has not finished with. It bounds memory, and
   * how far the other workers get ahead while one is busy with a slow job. @default {8 per worker}
   */
  readonly ahead?: number;
}

interface Task<Job, Result> {
  readonly id: number;
  readonly index: number;
  readonly job: Job;
  outcome: Outcome<Job, Result> | undefined;
  /** The number of workers lost while running this job. */
  losses: number;
  /** Watchdog periods that have started since the job started to run. */
  periods: number;
  /** It waits for something, for which it is not to blame. */
  waits: boolean;
  /** Nobody waits for the outcome any more. */
  abandoned: boolean;
}

/** The seat of one worker; if the worker is lost, its replacement takes the seat. */
interface Seat<Init, Job, Result> {
  /** Absent after a loss, until there is a job again. */
  worker: WorkerHandle<Init, Job, Result> | undefined;
  /** Sent to the worker, in this order; the first `concurrency` of them are running. */
  readonly tasks: Task<Job, Result>[];
  concurrency: number;
  ready: boolean;
  /** Set when a worker could not start: no other is tried in this seat. */
  failure: BneckError | undefined;
}

/** Periods of the watchdog without an answer after which a job counts as hung. */
const WATCHDOG_PERIODS = 8;

/** Milliseconds that `close` waits for running jobs whose outcomes nobody will read. */
const CLOSE_PATIENCE = 5000;

/** Lets asynchronous code wait until something is true; whoever changes what it depends on calls `notify`. */
class Condition {
  #wakers: (() => void)[] = [];

  /** Resolves once `holds()` returns true; it is checked again after each {@linkcode notify}. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((wake) => this.#wakers.push(wake));
  }

  /** Makes everything that waits check again. */
  notify(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}

/**
 * Runs jobs on worker threads and yields their outcomes in the order of the jobs. Memory is bounded, whatever the number of
 * jobs. A lost worker (an uncaught error, an unexpected exit, a hang) is replaced; the job it was running is tried once
 * more, in a worker with no other job, and then reported as failed.
 *
 * ```ts ignore
 * await using pool = await WorkerPool.start<Init, string, number>({ module, workers: 2, init });
 * for await (const { job, result, error } of pool.run(paths)) console.log(job, error?.message ?? result);
 * ```
 */
export class WorkerPool<Init, Job, Result> implements AsyncDisposable {
  readonly #options: Required<PoolOptions<Init>>;
  readonly #seats: Seat<Init, Job, Result>[] = [];
  /** Pulled from an input, not yet sent to a worker. */
  #waiting: Task<Job, Result>[] = [];
  readonly #progress = new Condition();
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #nextId = 0;
  #losses = 0;
  /** Why no more jobs can run. */
  #unusable: BneckError | undefined;

  private constructor(options: PoolOptions<Init>) {
    this.#options = { inFlight: 2, jobTimeout: Infinity, ...options };
  }

  /**
   * Starts the workers and waits until all are ready.
   *
   * @throws {BneckError} if the `start` function of a worker throws, or `init` is rejected: that error
   */
  static async start<Init, Job, Result>(
    options: PoolOptions<Init>,
  ): Promise<WorkerPool<Init, Job, Result>> {
    const pool = new WorkerPool<Init, Job, Result>(options);
    for (let i = 0; i < options.workers; i++) {
      const seat = { worker: undefined, tasks: [], concurrency: 1, ready: false, failure: undefined };
      pool.#seats.push(seat);
      pool.#fill(seat);
    }
    try {
      await options.init;
    } catch (error) {
      await pool.close();
      throw error;
    }
    const failed = () => pool.#seats.find((seat) => seat.failure !== undefined);
    await pool.#progress.until(() => failed() !== undefined || pool.#seats.every((seat) => seat.ready));
    const failure = failed()?.failure;
    if (failure !== undefined) {
      await pool.close();
      throw failure;
    }
    if (pool.#options.jobTimeout < Infinity) {
      pool.#watchdog = setInterval(() => pool.#watch(), pool.#options.jobTimeout / WATCHDOG_PERIODS);
    }
    return pool;
  }

  /** The number of workers lost so far; each was replaced when the next job arrived. */
  get losses(): number {
    return this.#losses;
  }

  /**
   * Runs `jobs`, which are pulled only as workers become free, and yields their outcomes in order. An error thrown by the
   * iterable of jobs is thrown after the outcomes of the jobs before it.
   *
   * @throws {BneckError} if no worker is left and none can be started, or the pool is closed
   */
  async *run(
    jobs: Iterable<Job> | AsyncIterable<Job>,
    { signal, ahead = 8 * this.#options.workers }: RunOptions = {},
  ): AsyncGenerator<Outcome<Job, Result>, void, undefined> {
    const input = Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]();
    /** Taken from the input, in order; the first may be the one that the caller is processing. */
    const window: Task<Job, Result>[] = [];
    let leaving = false;
    const stopped = () => leaving || signal?.aborted === true || this.#unusable !== undefined;
    const wake = () => this.#progress.notify();

    const feed = async () => {
      for (let index = 0;; index++) {
        await this.#progress.until(() => stopped() || (window.length < ahead && this.#hasRoom()));
        if (stopped()) return "stopped";
        const next = await this.#pull(input, stopped);
        if (next === undefined) return "stopped during a pull";
        if (next.done) return "exhausted";
        if (stopped()) return "stopped";
        const task = this.#task(index, next.value);
        window.push(task);
        this.#waiting.push(task);
        this.#dispatch();
      }
    };
    const feeding = feed();
    let fed = false;
    const settle = () => {
      fed = true;
      wake();
    };
    feeding.then(settle, settle);

    signal?.addEventListener("abort", wake);
    try {
      while (true) {
        await this.#progress.until(() =>
          window.length === 0 ? fed : window[0].outcome !== undefined || this.#unusable !== undefined
        );
        if (window.length === 0) break;
        const { outcome } = window[0];
        if (outcome === undefined) throw this.#unusable;
        yield outcome;
        window.shift();
        wake();
      }
      if (await feeding !== "exhausted" && this.#unusable !== undefined) throw this.#unusable;
    } finally {
      leaving = true;
      wake();
      signal?.removeEventListener("abort", wake);
      for (const task of window) task.abandoned = true;
      this.#waiting = this.#waiting.filter((task) => !task.abandoned);
      const end = await feeding.catch(() => "exhausted" as const);
      const returned = end === "exhausted" ? undefined : input.return?.();
      if (end === "stopped") await returned;
      else Promise.resolve(returned).catch(() => {}); // It cannot return before its pull resolves, which may be never.
    }
  }

  /** Stops the workers: each finishes its running jobs (for up to five seconds) and frees its resources. Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#watchdog);
    this.#unusable ??= inputError("the worker pool is closed");
    this.#waiting = [];
    await Promise.all(this.#seats.map((seat) => seat.worker?.close(CLOSE_PATIENCE)));
    this.#progress.notify();
  }

  /** The same as {@linkcode close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The next job; undefined if `stopped()` before it arrived, in which case it is dropped when it arrives. */
  async #pull(
    input: Iterator<Job> | AsyncIterator<Job>,
    stopped: () => boolean,
  ): Promise<IteratorResult<Job> | undefined> {
    const pulled = input.next();
    if (!("then" in pulled)) return pulled;
    let next: IteratorResult<Job> | undefined;
    let failure: { readonly thrown: unknown } | undefined;
    pulled.then((result) => next = result, (thrown) => failure = { thrown })
      .finally(() => this.#progress.notify());
    await this.#progress.until(() => next !== undefined || failure !== undefined || stopped());
    if (failure !== undefined) throw failure.thrown;
    return next;
  }

  #task(index: number, job: Job): Task<Job, Result> {
    const id = this.#nextId++;
    return { id, index, job, outcome: undefined, losses: 0, periods: 0, waits: false, abandoned: false };
  }

  /** Puts a worker in an empty seat. */
  #fill(seat: Seat<Init, Job, Result>): void {
    seat.ready = false;
    seat.worker = new WorkerHandle(this.#options.module, this.#options.init, {
      ready: (concurrency) => {
        seat.concurrency = concurrency;
        seat.ready = true;
        this.#progress.notify();
      },
      waiting: (id, waits) => {
        const task = seat.tasks.find((task) => task.id === id);
        if (task !== undefined) task.waits = waits;
      },
      answered: (id, answer) => {
        const place = seat.tasks.findIndex((task) => task.id === id);
        if (place < 0) return;
        const [task] = seat.tasks.splice(place, 1);
        task.outcome = { index: task.index, job: task.job, ...answer };
        this.#dispatch();
      },
      ended: (error) => this.#lose(seat, error),
    });
  }

  /** Handles a lost worker: its running jobs get a second try or an error, its queued jobs wait again. */
  #lose(seat: Seat<Init, Job, Result>, reason: BneckError): void {
    const wasReady = seat.ready;
    seat.worker = undefined;
    seat.ready = false;
    const tasks = seat.tasks.splice(0).filter((task) => !task.abandoned);
    if (!wasReady) {
      seat.failure = reason;
      if (this.#seats.every((seat) => seat.failure !== undefined)) {
        this.#unusable = modelError(`no worker can be started: ${reason.message}`, reason);
      }
    } else {
      this.#losses++;
      for (const task of tasks.slice(0, seat.concurrency)) {
        task.losses++;
        if (task.losses === 2) {
          const error = inputError(`the worker died twice on this input: ${reason.message}`, reason);
          task.outcome = { index: task.index, job: task.job, error };
        }
      }
    }
    this.#requeue(tasks.filter((task) => task.outcome === undefined));
  }

  /** Puts tasks back among the waiting ones, oldest first. */
  #requeue(tasks: readonly Task<Job, Result>[]): void {
    this.#waiting = [...tasks, ...this.#waiting].sort((a, b) => a.id - b.id);
    for (const task of tasks) {
      task.periods = 0;
      task.waits = false;
    }
    this.#dispatch();
  }

  /** Sends waiting tasks to workers for as long as one has room for the first of them. */
  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const seat = this.#seatFor(this.#waiting[0]);
      if (seat === undefined) break;
      const task = this.#waiting.shift()!;
      if (seat.worker === undefined) this.#fill(seat);
      seat.tasks.push(task);
      try {
        seat.worker!.send(task.id, task.job);
      } catch (thrown) {
        seat.tasks.pop();
        const error = inputError(`the job cannot be sent to a worker: ${thrown}`, thrown);
        task.outcome = { index: task.index, job: task.job, error };
      }
    }
    this.#progress.notify();
  }

  /** The least busy seat with room for `task`. A task that lost a worker gets a worker to itself. */
  #seatFor(task: Task<Job, Result>): Seat<Init, Job, Result> | undefined {
    const limit = task.losses > 0 ? 1 : this.#options.inFlight;
    let best: Seat<Init, Job, Result> | undefined;
    for (const seat of this.#seats) {
      const open = seat.failure === undefined && seat.tasks.length < limit && !(seat.tasks[0]?.losses > 0);
      if (open && (best === undefined || seat.tasks.length < best.tasks.length)) best = seat;
    }
    return best;
  }

  #hasRoom(): boolean {
    if (this.#waiting.length > 0) return false;
    return this.#seats.some((seat) =>
      seat.failure === undefined && seat.tasks.length < this.#options.inFlight && !(seat.tasks[0]?.losses > 0)
    );
  }

  /** One period of the watchdog. Counting periods instead of time allows for this thread being blocked. */
  #watch(): void {
    for (const seat of this.#seats) {
      if (!seat.ready) continue;
      const running = seat.tasks.slice(0, seat.concurrency);
      for (const task of running) if (!task.waits) task.periods++;
      const hung = running.filter((task) => task.periods > WATCHDOG_PERIODS);
      if (hung.length === 0) continue;
      seat.worker?.kill();
      const reason = inputError(`the worker did not respond for ${this.#options.jobTimeout / 1000} s`);
      // A job that hangs alone in its worker is the cause, and a second try would take as long again.
      if (running.length === 1 && !hung[0].abandoned) {
        seat.tasks.shift();
        hung[0].outcome = { index: hung[0].index, job: hung[0].job, error: reason };
      }
      this.#lose(seat, reason);
    }
  }
}
