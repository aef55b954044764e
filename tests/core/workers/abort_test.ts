/** Runs of a pool that are stopped or left. */
import assert from "node:assert/strict";
import { type Outcome } from "../../../core/workers/mod.ts";
import { ROOT } from "../../support/shared.ts";
import type { Job, Result } from "./obedient_worker.ts";
import { runProgram } from "./run_program.ts";
import { answers, collect, echo, echoes, range, read, SEQUENTIAL, shared, start } from "./obedient_pool.ts";

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
