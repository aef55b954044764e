import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { type Outcome, type PoolOptions, WorkerPool } from "../../../core/workers/mod.ts";
import { ROOT } from "../../support/shared.ts";
import type { Init, Job, Result } from "./obedient_worker.ts";
import { runProgram } from "./run_program.ts";

const SEQUENTIAL = new URL("./sequential_worker.ts", import.meta.url);
const OVERLAPPING = new URL("./overlapping_worker.ts", import.meta.url);

function start(options: Partial<PoolOptions<Init>> = {}): Promise<WorkerPool<Init, Job, Result>> {
  return WorkerPool.start({ module: SEQUENTIAL, workers: 2, init: {}, ...options });
}

async function collect<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of sequence) all.push(item);
  return all;
}

/** The results and the messages of errors, in order. */
async function answers(outcomes: AsyncIterable<Outcome<Job, Result>>): Promise<Result[]> {
  return (await collect(outcomes)).map(({ result, error }) => error?.message ?? result!);
}

const echo = (value: number): Job => ({ do: "echo", value });
const echoes = (count: number): Job[] => Array.from({ length: count }, (_, value) => echo(value));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const shared = (length: number) => new SharedArrayBuffer(4 * length);
const read = (memory: SharedArrayBuffer, index = 0) => Atomics.load(new Int32Array(memory), index);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("outcomes carry the job and its index, in the order of the jobs", async () => {
  await using pool = await start();
  const outcomes = await collect(pool.run([echo(5), echo(6)]));
  assert.deepEqual(outcomes, [
    { index: 0, job: echo(5), result: 5 },
    { index: 1, job: echo(6), result: 6 },
  ]);
});

Deno.test("workers start with what a promise gives, and not at all when it is rejected", async () => {
  await using pool = await start({ init: pause(20).then(() => ({})) });
  assert.deepEqual(await answers(pool.run(echoes(3))), [0, 1, 2]);
  const reason = new BneckError("no such model", ExitStatus.unusableModel);
  await assert.rejects(
    start({ init: pause(20).then(() => Promise.reject(reason)) }),
    (error) => error === reason,
  );
});

Deno.test("the order is kept whatever the jobs take, the number of workers and the jobs in flight", async () => {
  for (const [module, workers, inFlight] of [[SEQUENTIAL, 1, 1], [SEQUENTIAL, 3, 2], [OVERLAPPING, 2, 3]]) {
    await using pool = await start({
      module: module as URL,
      workers: workers as number,
      inFlight: inFlight as number,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 3 })), { maxLength: 20 }),
        async (delays) => {
          const jobs = delays.map((ms): Job => ms < 0 ? { do: "bneck error" } : { do: "sleep", ms });
          const outcomes = await collect(pool.run(jobs));
          assert.deepEqual(outcomes.map(({ index }) => index), range(jobs.length));
          for (const { index, job, error } of outcomes) {
            assert.equal(job, jobs[index]);
            assert.equal(error === undefined, delays[index] >= 0);
          }
        },
      ),
      { numRuns: 20 },
    );
  }
});

Deno.test("a slow job does not keep the other workers from getting ahead", async () => {
  await using pool = await start();
  const order: number[] = [];
  const watched = (function* () {
    for (let i = 0; i < 10; i++) {
      order.push(i);
      yield i === 0 ? { do: "sleep", ms: 300 } as const : echo(i);
    }
  })();
  const outcomes = pool.run(watched, { ahead: 8 });
  await outcomes.next();
  assert.ok(order.length >= 8, `only ${order.length} jobs were pulled during the slow one`);
  await collect(outcomes);
});

Deno.test("ten thousand jobs are pulled only as they are needed", async () => {
  await using pool = await start();
  let pulled = 0;
  let yielded = 0;
  let furthest = 0;
  const jobs = (function* () {
    for (; pulled < 10_000; pulled++) {
      furthest = Math.max(furthest, pulled + 1 - yielded);
      yield echo(pulled);
    }
  })();
  for await (const { index, result } of pool.run(jobs, { ahead: 12 })) {
    assert.equal(index, yielded);
    assert.equal(result, index);
    yielded++;
    if (yielded % 1000 === 0) await pause(5); // A consumer that is slow now and then.
  }
  assert.equal(yielded, 10_000);
  assert.ok(furthest >= 2 && furthest <= 12, `${furthest} jobs were ahead`);
});

Deno.test("jobs may come from an asynchronous sequence", async () => {
  await using pool = await start();
  const jobs = (async function* () {
    for (let i = 0; i < 20; i++) {
      if (i % 5 === 0) await pause(1);
      yield echo(i);
    }
  })();
  assert.deepEqual(await answers(pool.run(jobs)), range(20));
});

Deno.test("no jobs give no outcomes", async () => {
  await using pool = await start();
  assert.deepEqual(await collect(pool.run([])), []);
});

Deno.test("a pool can run again, and two runs can share it", async () => {
  await using pool = await start();
  await collect(pool.run(echoes(3)));
  const [a, b] = await Promise.all([answers(pool.run(echoes(50))), answers(pool.run(echoes(70)))]);
  assert.deepEqual(a, range(50));
  assert.deepEqual(b, range(70));
});

Deno.test("an error of a job keeps its message and exit status, and the worker goes on", async () => {
  await using pool = await start({ workers: 1 });
  const [refused, bug, fine] = await collect(
    pool.run([{ do: "bneck error" }, { do: "type error" }, echo(1)]),
  );
  assert.ok(refused.error instanceof BneckError);
  assert.equal(refused.error.message, "this job is refused");
  assert.equal(refused.error.exitStatus, ExitStatus.usage);
  assert.equal(bug.error?.message, "unexpected TypeError: this job is a bug");
  assert.equal(bug.error?.exitStatus, ExitStatus.someInputsFailed);
  assert.match(bug.error?.stack ?? "", /obedient_worker\.ts/);
  assert.equal(fine.result, 1);
  assert.equal(pool.losses, 0);
});

Deno.test("jobs and results that cannot be sent between threads are errors of their jobs", async () => {
  await using pool = await start({ workers: 1 });
  const unsendable = { do: "echo", value: () => {} } as unknown as Job;
  const results = await answers(pool.run([unsendable, { do: "unclonable" }, echo(2)]));
  assert.match(String(results[0]), /^the job cannot be sent to a worker: /);
  assert.match(String(results[1]), /^unexpected DataCloneError: /);
  assert.equal(results[2], 2);
});

Deno.test("results are moved between the threads, not copied", async () => {
  await using pool = await start({ workers: 1 });
  const [pixels, left] = await answers(
    pool.run([{ do: "allocate", bytes: 1 << 20 }, { do: "inspect allocation" }]),
  );
  assert.ok(pixels instanceof Uint8Array);
  assert.equal(pixels.length, 1 << 20);
  assert.ok(pixels.every((value) => value === 7));
  assert.equal(left, "moved");
});

for (const how of ["throw outside", "reject outside", "close", "exit", "hang"] as const) {
  const options = how === "hang" ? { jobTimeout: 500 } : {};

  if (how !== "hang") {
    Deno.test(`a worker lost once (${how}) is replaced, and its job is tried again`, async () => {
      await using pool = await start({ workers: 2, ...options });
      const jobs = [...echoes(5), { do: how, tries: shared(1), times: 1 } as const, ...echoes(5)];
      assert.deepEqual(await answers(pool.run(jobs)), [...range(5), "survived", ...range(5)]);
      assert.equal(pool.losses, 1);
    });
  }

  Deno.test(`a job that loses every worker (${how}) is reported, and the others are done`, async () => {
    await using pool = await start({ workers: 2, inFlight: 3, ...options });
    const tries = shared(1);
    const jobs = [...echoes(5), { do: how, tries, times: 100 } as const, ...echoes(5)];
    const outcomes = await collect(pool.run(jobs));
    const [bad] = outcomes.splice(5, 1);
    assert.deepEqual(outcomes.map(({ result }) => result), [...range(5), ...range(5)]);
    assert.equal(bad.error?.exitStatus, ExitStatus.someInputsFailed);
    assert.match(
      bad.error!.message,
      {
        "throw outside":
          /^the worker died twice on this input: unexpected RangeError: thrown where no job is$/,
        "reject outside":
          /^the worker died twice on this input: unexpected RangeError: rejected where no job is$/,
        close: /^the worker died twice on this input: the worker exited unexpectedly$/,
        exit: /^the worker died twice on this input: the worker exited unexpectedly$/,
        hang: /^the worker did not respond for 0\.5 s$/,
      }[how],
    );
    assert.equal(read(tries), how === "hang" ? 1 : 2);
    assert.equal(pool.losses, how === "hang" ? 1 : 2);
  });
}

Deno.test("jobs that ran beside a fatal one are not blamed", async () => {
  await using pool = await start({ module: OVERLAPPING, workers: 1, inFlight: 4 });
  const innocent: Job = { do: "sleep", ms: 50 };
  const jobs = [innocent, { do: "close", tries: shared(1), times: 100 } as const, innocent, innocent];
  const results = await answers(pool.run(jobs));
  assert.match(String(results[1]), /died twice/);
  assert.deepEqual([results[0], results[2], results[3]], ["slept", "slept", "slept"]);
});

Deno.test("jobs that waited behind a hung one are not blamed", async () => {
  await using pool = await start({ module: OVERLAPPING, workers: 1, inFlight: 4, jobTimeout: 500 });
  const jobs: Job[] = [echo(0), { do: "hang forever" }, echo(2), { do: "hang forever" }, echo(4), echo(5)];
  const results = await answers(pool.run(jobs));
  assert.deepEqual(results.filter((_, i) => i !== 1 && i !== 3), [0, 2, 4, 5]);
  for (const i of [1, 3]) assert.match(String(results[i]), /did not respond for 0\.5 s/);
});

Deno.test("time in a worker's queue does not count towards the time limit of a job", async () => {
  await using pool = await start({ workers: 1, inFlight: 8, jobTimeout: 500 });
  const jobs = Array.from({ length: 8 }, (): Job => ({ do: "sleep", ms: 100 }));
  assert.deepEqual(await answers(pool.run(jobs)), jobs.map(() => "slept"));
  assert.equal(pool.losses, 0);
});

Deno.test("time in which the main thread is blocked does not count towards the time limit of a job", async () => {
  await using pool = await start({ workers: 1, jobTimeout: 400 });
  const outcomes = pool.run([{ do: "sleep", ms: 50 }, { do: "sleep", ms: 50 }]);
  const first = outcomes.next();
  await pause(20);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  assert.equal((await first).value?.result, "slept");
  assert.deepEqual(await answers(outcomes), ["slept"]);
  assert.equal(pool.losses, 0);
});

Deno.test("a worker lost while it is idle is replaced when a job comes", async () => {
  await using pool = await start({ workers: 1 });
  assert.deepEqual(await answers(pool.run([{ do: "echo, then throw outside" }])), ["echo"]);
  while (pool.losses === 0) await pause(5);
  assert.deepEqual(await answers(pool.run(echoes(3))), range(3));
  assert.equal(pool.losses, 1);
});

Deno.test("what a worker throws at its start is thrown by the start of the pool", async () => {
  await assert.rejects(start({ init: { fail: "bneck error" } }), (error) => {
    assert.ok(error instanceof BneckError);
    assert.equal(error.message, "the weights are unusable");
    assert.equal(error.exitStatus, ExitStatus.unusableModel);
    return true;
  });
  await assert.rejects(start({ init: { fail: "type error" } }), {
    message: "unexpected TypeError: no such layer",
    exitStatus: ExitStatus.unusableModel,
  });
  await assert.rejects(start({ init: { fail: "exit" } }), {
    message: "the worker exited unexpectedly",
    exitStatus: ExitStatus.unusableModel,
  });
});

Deno.test("a module that cannot be loaded is an error of the start", async () => {
  // In a process of its own, because the runtime prints the error too.
  const { stdout } = await runProgram(`
    import { WorkerPool } from "${ROOT}core/workers/mod.ts";
    const module = new URL("${new URL("./unloadable_worker.ts", import.meta.url)}");
    await WorkerPool.start({ module, workers: 2, init: {} }).catch(({ message, exitStatus }) => {
      console.log(exitStatus, message);
    });
  `);
  assert.match(stdout, /^3 .*this module cannot be loaded\n$/);
});

Deno.test("a pool whose lost workers cannot be replaced goes on with the others, then gives up", async () => {
  const starts = shared(1);
  await using pool = await start({ init: { starts, failAfter: 2 } });
  const fatal = (): Job => ({ do: "close", tries: shared(1), times: 1 });
  const before: Result[] = [];
  const recovered = Promise.withResolvers<void>();
  const jobs = (async function* () {
    yield* [echo(0), fatal(), echo(2)];
    // Else this one may end the other worker before the first has its second try.
    await recovered.promise;
    yield* [fatal(), ...echoes(100)];
  })();
  await assert.rejects(async () => {
    for await (const { result } of pool.run(jobs)) {
      before.push(result!);
      if (before.length === 3) recovered.resolve();
    }
  }, { message: "no worker can be started: out of memory", exitStatus: ExitStatus.unusableModel });
  assert.deepEqual(before.slice(0, 3), [0, "survived", 2]);
});

Deno.test("after an abort no job is handed out, and those in hand are finished and yielded", async () => {
  await using pool = await start();
  const controller = new AbortController();
  let pulled = 0;
  const jobs = (function* () {
    while (true) {
      pulled++;
      yield { do: "sleep", ms: 20 } as const;
    }
  })();
  const outcomes: Outcome<Job, Result>[] = [];
  let pulledAtAbort = 0;
  for await (const outcome of pool.run(jobs, { signal: controller.signal })) {
    outcomes.push(outcome);
    if (outcomes.length === 5) {
      controller.abort();
      pulledAtAbort = pulled;
    }
  }
  assert.equal(pulled, pulledAtAbort);
  assert.equal(outcomes.length, pulled);
  assert.ok(outcomes.every(({ result }) => result === "slept"));
});

Deno.test("an abort ends a run whose input never comes", async () => {
  await using pool = await start();
  const controller = new AbortController();
  const jobs = (async function* () {
    yield echo(1);
    await new Promise(() => {});
    yield echo(2);
  })();
  const outcomes = await answers((async function* () {
    for await (const outcome of pool.run(jobs, { signal: controller.signal })) {
      yield outcome;
      controller.abort();
    }
  })());
  assert.deepEqual(outcomes, [1]);
});

Deno.test("an aborted signal runs nothing", async () => {
  await using pool = await start();
  assert.deepEqual(await collect(pool.run(echoes(3), { signal: AbortSignal.abort() })), []);
});

Deno.test("an error of the sequence of jobs is thrown after the outcomes before it", async () => {
  await using pool = await start();
  const jobs = (function* () {
    yield echo(0);
    yield echo(1);
    throw new Error("the list is unreadable");
  })();
  const seen: Result[] = [];
  await assert.rejects(async () => {
    for await (const { result } of pool.run(jobs)) seen.push(result!);
  }, /the list is unreadable/);
  assert.deepEqual(seen, [0, 1]);
  assert.deepEqual(await answers(pool.run(echoes(2))), [0, 1]);
});

Deno.test("leaving the loop ends the sequence of jobs, and the pool can run again", async () => {
  await using pool = await start();
  let ended = false;
  const jobs = (function* () {
    try {
      while (true) yield echo(1);
    } finally {
      ended = true;
    }
  })();
  for await (const _ of pool.run(jobs)) break;
  assert.ok(ended);
  assert.deepEqual(await answers(pool.run(echoes(4))), range(4));
});

Deno.test("as many jobs run at once in a worker as it serves", async () => {
  for (const [module, most] of [[SEQUENTIAL, 1], [OVERLAPPING, 2]] as const) {
    const running = shared(2);
    await using pool = await start({ module, workers: 1, inFlight: 5, init: { running } });
    await collect(pool.run(Array.from({ length: 12 }, (): Job => ({ do: "sleep", ms: 5 }))));
    assert.equal(read(running, 1), most);
  }
});

Deno.test("closing lets each worker free what it holds, and may be asked for twice", async () => {
  const closes = shared(1);
  const pool = await start({ workers: 3, init: { closes } });
  await collect(pool.run(echoes(10)));
  await Promise.all([pool.close(), pool.close()]);
  await pool.close();
  assert.equal(read(closes), 3);
  await assert.rejects(collect(pool.run(echoes(1))), { message: "the worker pool is closed" });
});

Deno.test("a process ends by itself once its pool is closed, and prints nothing about lost workers", async () => {
  const program = `
    import { WorkerPool } from "${ROOT}core/workers/mod.ts";
    const module = new URL("${SEQUENTIAL}");
    const pool = await WorkerPool.start({ module, workers: 2, init: {} });
    const tries = new SharedArrayBuffer(4);
    for await (const { error } of pool.run([{ do: "throw outside", tries, times: 2 }])) console.log(error.message);
    await pool.close();
  `;
  const { code, stdout, stderr } = await runProgram(program);
  assert.equal(stderr, "");
  assert.match(stdout, /died twice/);
  assert.equal(code, 0);
});

Deno.test("a worker in an endless loop is replaced, and the process can be ended", async () => {
  const program = `
    import { WorkerPool } from "${ROOT}core/workers/mod.ts";
    const module = new URL("${SEQUENTIAL}");
    const pool = await WorkerPool.start({ module, workers: 1, init: {}, jobTimeout: 300 });
    for await (const { result, error } of pool.run([{ do: "spin" }, { do: "echo", value: 8 }])) {
      console.log(error?.message ?? result);
    }
    await pool.close();
    Deno.exit(0);
  `;
  const { code, stdout, stderr } = await runProgram(program);
  assert.equal(stderr, "");
  assert.equal(stdout, "the worker did not respond for 0.3 s\n8\n");
  assert.equal(code, 0);
});

Deno.test("what a job waits for with waitFor does not count towards its timeout", async () => {
  await using pool = await start({ workers: 1, jobTimeout: 150 });
  assert.deepEqual(await answers(pool.run([{ do: "wait", ms: 600 }, echo(3)])), ["waited", 3]);
  assert.equal(pool.losses, 0);
});
