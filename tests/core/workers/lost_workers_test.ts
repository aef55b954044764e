/** Workers that die, hang or do not start. */
import assert from "node:assert/strict";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { ROOT } from "../../support/shared.ts";
import type { Job, Result } from "./obedient_worker.ts";
import { runProgram } from "./run_program.ts";
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

for (const how of ["throw outside", "reject outside", "close", "exit", "hang"] as const) {
  const options = how === "hang" ? { jobTimeout: 1000 } : {};

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
        hang: /^the worker did not respond for 1 s$/,
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
  await using pool = await start({ module: OVERLAPPING, workers: 1, inFlight: 4, jobTimeout: 1000 });
  const jobs: Job[] = [echo(0), { do: "hang forever" }, echo(2), { do: "hang forever" }, echo(4), echo(5)];
  const results = await answers(pool.run(jobs));
  assert.deepEqual(results.filter((_, i) => i !== 1 && i !== 3), [0, 2, 4, 5]);
  for (const i of [1, 3]) assert.match(String(results[i]), /did not respond for 1 s/);
});

Deno.test("time in a worker's queue does not count towards the time limit of a job", async () => {
  await using pool = await start({ workers: 1, inFlight: 8, jobTimeout: 1000 });
  const jobs = Array.from({ length: 8 }, (): Job => ({ do: "sleep", ms: 200 }));
  assert.deepEqual(await answers(pool.run(jobs)), jobs.map(() => "slept"));
  assert.equal(pool.losses, 0);
});

Deno.test("time in which the main thread is blocked does not count towards the time limit of a job", async () => {
  await using pool = await start({ workers: 1, jobTimeout: 1000 });
  const outcomes = pool.run([{ do: "sleep", ms: 50 }, { do: "sleep", ms: 50 }]);
  const first = outcomes.next();
  await pause(20);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
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

Deno.test("a worker in an endless loop is replaced, and the process can be ended", async () => {
  const program = `
    import { WorkerPool } from "${ROOT}core/workers/mod.ts";
    const module = new URL("${SEQUENTIAL}");
    const pool = await WorkerPool.start({ module, workers: 1, init: {}, jobTimeout: 1000 });
    for await (const { result, error } of pool.run([{ do: "spin" }, { do: "echo", value: 8 }])) {
      console.log(error?.message ?? result);
    }
    await pool.close();
    Deno.exit(0);
  `;
  const { code, stdout, stderr } = await runProgram(program);
  assert.equal(stderr, "");
  assert.equal(stdout, "the worker did not respond for 1 s\n8\n");
  assert.equal(code, 0);
});

Deno.test("what a job waits for with waitFor does not count towards its timeout", async () => {
  await using pool = await start({ workers: 1, jobTimeout: 500 });
  assert.deepEqual(await answers(pool.run([{ do: "wait", ms: 1500 }, echo(3)])), ["waited", 3]);
  assert.equal(pool.losses, 0);
});
