import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import type { Job } from "./obedient_worker.ts";
import {
  answers,
  collect,
  echo,
  echoes,
  OVERLAPPING,
  pause,
  range,
  read,
  SEQUENTIAL,
  shared,
  start,
} from "./obedient_pool.ts";

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
  const flag = shared(1);
  let pulled = 0;
  const watched = (function* () {
    for (let i = 0; i < 10; i++) {
      // The first job ends only when eight were pulled.
      if (++pulled === 8) Atomics.store(new Int32Array(flag), 0, 1);
      yield i === 0 ? { do: "await", flag } as const : echo(i);
    }
  })();
  assert.deepEqual(await answers(pool.run(watched, { ahead: 8 })), ["awaited", ...range(10).slice(1)]);
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

Deno.test("as many jobs run at once in a worker as it serves", async () => {
  for (const [module, most] of [[SEQUENTIAL, 1], [OVERLAPPING, 2]] as const) {
    const running = shared(2);
    await using pool = await start({ module, workers: 1, inFlight: 5, init: { running } });
    await collect(pool.run(Array.from({ length: 12 }, (): Job => ({ do: "sleep", ms: 5 }))));
    assert.equal(read(running, 1), most);
  }
});
