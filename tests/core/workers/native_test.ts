import assert from "node:assert/strict";
import { ROOT } from "../../support/shared.ts";
import { runProgram } from "./run_program.ts";

const START = `
  import { WorkerPool } from "${ROOT}core/workers/mod.ts";
  const module = new URL("${new URL("./native_worker.ts", import.meta.url)}");
  const start = (options) => WorkerPool.start({ module, workers: 2, init: null, ...options });
  const report = ({ result, error }) => console.log(error === undefined ? result : error.message);
`;

const PERMISSIONS = ["--allow-read", "--allow-env", "--allow-ffi", "--allow-sys"];

Deno.test("workers with native libraries can be lost and replaced, and the process ends by itself", async () => {
  const { code, stdout } = await runProgram(
    `${START}
    const pool = await start();
    const jobs = Array.from({ length: 40 }, (_, i) => ({ size: 16, close: i % 10 === 7 }));
    for await (const outcome of pool.run(jobs)) report(outcome);
    await pool.close();`,
    PERMISSIONS,
  );
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, 40);
  for (const [i, line] of lines.entries()) {
    assert.ok(line === "16" || (i % 10 === 7 && /died twice/.test(line)), `${i}: ${line}`);
  }
  assert.equal(code, 0);
});

Deno.test("a worker can be given up in the midst of a native call, and the process can be ended", async () => {
  const { code, stdout } = await runProgram(
    `${START}
    const pool = await start({ jobTimeout: 3000, inFlight: 1 });
    for await (const outcome of pool.run([{ size: 2000 }, { size: 16 }, { size: 16 }])) report(outcome);
    await pool.close();
    Deno.exit(0);`,
    PERMISSIONS,
  );
  assert.equal(stdout, "the worker did not respond for 3 s\n16\n16\n");
  assert.equal(code, 0);
});

Deno.test("the process can be ended while workers are in native calls", async () => {
  const { code, stdout } = await runProgram(
    `${START}
    const pool = await start();
    void pool.run([{ size: 1000 }, { size: 1000 }]).next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log("ending");
    Deno.exit(130);`,
    PERMISSIONS,
  );
  assert.equal(stdout, "ending\n");
  assert.equal(code, 130);
});
