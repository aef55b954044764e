/** A worker that does what the tests of the pool ask for; {@linkcode Job} lists it. */
import { BneckError, usageError } from "../../../core/errors.ts";
import { type JobContext, serveWorker } from "../../../core/workers/mod.ts";

/** Does something on its first `times` tries, counted in memory that the threads share, and then "survived". */
interface Faulty {
  readonly tries: SharedArrayBuffer;
  readonly times: number;
}

export type Job =
  | { readonly do: "echo"; readonly value: number }
  | { readonly do: "sleep"; readonly ms: number }
  | { readonly do: "block"; readonly ms: number }
  | { readonly do: "wait"; readonly ms: number }
  /** Ends when another thread changes the number in `flag`. */
  | { readonly do: "await"; readonly flag: SharedArrayBuffer }
  | {
    readonly do:
      | "bneck error"
      | "type error"
      | "spin"
      | "echo, then throw outside"
      | "unclonable"
      | "hang forever";
  }
  | ({ readonly do: "throw outside" | "reject outside" | "close" | "exit" | "hang" } & Faulty)
  | { readonly do: "allocate"; readonly bytes: number }
  | { readonly do: "inspect allocation" };

export type Init = {
  readonly fail?: "bneck error" | "type error" | "exit";
  /** `[0]` counts the starts; a start after `failAfter` of them fails. */
  readonly starts?: SharedArrayBuffer;
  readonly failAfter?: number;
  /** `[0]` counts the polite ends. */
  readonly closes?: SharedArrayBuffer;
  /** `[0]` is the number of jobs that run now, `[1]` the largest that it was. */
  readonly running?: SharedArrayBuffer;
};

export type Result = number | string | Uint8Array;

/** Whether this is one of the first `times` tries of the job. */
function isFaulty({ tries, times }: Faulty): boolean {
  return Atomics.add(new Int32Array(tries), 0, 1) < times;
}

function spin(): never {
  while (true);
}

const never = () => new Promise<never>(() => {});

export function serveObediently(concurrency: number): void {
  let allocated: Uint8Array<ArrayBuffer> | undefined;

  async function run(job: Job, { waitFor }: JobContext): Promise<Result> {
    switch (job.do) {
      case "echo":
        return job.value;
      case "sleep":
        await new Promise((resolve) => setTimeout(resolve, job.ms));
        return "slept";
      case "await":
        while (Atomics.load(new Int32Array(job.flag), 0) === 0) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        return "awaited";
      case "wait":
        return await waitFor(new Promise((resolve) => setTimeout(() => resolve("waited"), job.ms)));
      case "block":
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, job.ms);
        return "blocked";
      case "bneck error":
        throw usageError("this job is refused");
      case "type error":
        throw new TypeError("this job is a bug");
      case "throw outside":
        if (!isFaulty(job)) return "survived";
        setTimeout(() => {
          throw new RangeError("thrown where no job is");
        });
        return await never();
      case "reject outside":
        if (!isFaulty(job)) return "survived";
        void Promise.reject(new RangeError("rejected where no job is"));
        return await never();
      case "close":
        if (!isFaulty(job)) return "survived";
        self.close();
        return await never();
      case "exit":
        if (!isFaulty(job)) return "survived";
        Deno.exit(7);
        return await never();
      case "hang":
        return isFaulty(job) ? await never() : "survived";
      case "hang forever":
        return await never();
      case "spin":
        return spin();
      case "echo, then throw outside":
        setTimeout(() => {
          throw new RangeError("thrown after the job");
        });
        return "echo";
      case "unclonable":
        return (() => {}) as unknown as Result;
      case "allocate":
        return allocated = new Uint8Array(job.bytes).fill(7);
      case "inspect allocation":
        return allocated!.buffer.detached ? "moved" : "copied";
    }
  }

  serveWorker<Init, Job, Result>((init) => {
    if (init.fail === "bneck error") throw new BneckError("the weights are unusable", 3);
    if (init.fail === "type error") throw new TypeError("no such layer");
    if (init.fail === "exit") Deno.exit(7);
    if (init.starts !== undefined) {
      const starts = Atomics.add(new Int32Array(init.starts), 0, 1);
      if (starts >= (init.failAfter ?? Infinity)) throw new BneckError("out of memory", 3);
    }
    const running = new Int32Array(init.running ?? new SharedArrayBuffer(8));
    return {
      run: async (job, context) => {
        const now = Atomics.add(running, 0, 1) + 1;
        if (now > Atomics.load(running, 1)) Atomics.store(running, 1, now);
        try {
          return await run(job, context);
        } finally {
          Atomics.sub(running, 0, 1);
        }
      },
      close: () => void (init.closes && Atomics.add(new Int32Array(init.closes), 0, 1)),
    };
  }, {
    concurrency,
    transferables: (result) => result instanceof Uint8Array ? [result.buffer, result.buffer] : [],
  });
}
