/**
 * The lifecycle of one worker thread.
 *
 * @module
 */
import { BneckError, ExitStatus } from "../errors.ts";
import { fromErrorData, type FromWorker, type ToWorker } from "./messages.ts";
import { threadEnd } from "./thread_lock.ts";

/** The events that a {@linkcode WorkerHandle} reports to its owner. */
export interface WorkerEvents<Result> {
  ready(concurrency: number): void;
  /** A job waits for something, for which it is not to blame, or has it. */
  waiting(id: number, waits: boolean): void;
  answered(id: number, answer: { readonly result: Result } | { readonly error: BneckError }): void;
  /**
   * The worker is gone, without its owner having asked for it. Reported once, as the last event. `error` is the reason, as
   * far as known; if the worker was not ready yet, it is why it could not start.
   */
  ended(error: BneckError): void;
}

/**
 * A Web Worker whose death is detected. The runtime reports a thread's uncaught errors, but not that it exited
 * (`self.close()`, `Deno.exit()` in the worker). So each worker holds a Web Lock while it is alive, and the handle waits
 * for that lock.
 */
export class WorkerHandle<Init, Job, Result> {
  readonly #worker: Worker;
  readonly #events: WorkerEvents<Result>;
  readonly #watch = new AbortController();
  readonly #closed = Promise.withResolvers<void>();
  #started = false;
  #ready = false;
  #over = false;
  #closing = false;

  /** The thread loads its modules while `init` is awaited; whoever passed the promise deals with its rejection. */
  constructor(module: URL, init: Init | Promise<Init>, events: WorkerEvents<Result>) {
    this.#events = events;
    const lock = `bneck-worker-${crypto.randomUUID()}`;
    this.#worker = new Worker(module, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker<Result>>) => this.#receive(data, lock);
    this.#worker.onmessageerror = () => this.#end(this.#reason("the worker sent an unreadable message"));
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(this.#reason(event.message));
    };
    void this.#start(init, lock);
  }

  async #start(init: Init | Promise<Init>, lock: string): Promise<void> {
    try {
      init = await init;
    } catch {
      return;
    }
    if (this.#over) return;
    this.#started = true;
    this.#post({ type: "start", init, lock });
  }

  /**
   * Sends a job to the worker.
   *
   * @throws {DOMException} if the job cannot be cloned
   */
  send(id: number, job: Job): void {
    this.#post({ type: "job", id, job });
  }

  /** Asks the worker to finish its running jobs and exit; terminates it if that takes more than `patience` ms. */
  async close(patience: number): Promise<void> {
    if (this.#over) return;
    if (!this.#started) return this.kill();
    this.#closing = true;
    this.#post({ type: "close" });
    const timer = setTimeout(() => this.#closed.resolve(), patience);
    await this.#closed.promise;
    clearTimeout(timer);
    this.kill();
  }

  /**
   * Terminates the worker. A thread inside a native call ends after the call. Deno 2.9 cannot stop a thread in an endless
   * loop of JavaScript: it runs until `Deno.exit`.
   */
  kill(): void {
    this.#over = true;
    this.#watch.abort();
    this.#worker.terminate();
    this.#closed.resolve();
  }

  #post(message: ToWorker<Init, Job>): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker<Result>, lock: string): void {
    if (this.#over) return;
    switch (message.type) {
      case "alive":
        void this.#watchLock(lock);
        break;
      case "ready":
        this.#ready = true;
        this.#events.ready(message.concurrency);
        break;
      case "waiting":
        this.#events.waiting(message.id, message.waits);
        break;
      case "result":
        this.#events.answered(message.id, { result: message.result });
        break;
      case "error":
        this.#events.answered(message.id, { error: fromErrorData(message.error) });
        break;
      case "failed":
      case "broken":
        this.#end(fromErrorData(message.error));
        break;
      case "closed":
        this.#closed.resolve();
    }
  }

  async #watchLock(lock: string): Promise<void> {
    try {
      await threadEnd(lock, this.#watch.signal);
    } catch {
      return; // The handle itself ended the worker.
    }
    // The worker's last messages may still be on their way.
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.#end(this.#reason("the worker exited unexpectedly"));
  }

  #reason(message: string): BneckError {
    return new BneckError(message, this.#ready ? ExitStatus.someInputsFailed : ExitStatus.unusableModel);
  }

  #end(error: BneckError): void {
    if (this.#over) return;
    this.kill();
    if (!this.#closing) this.#events.ended(error);
  }
}
