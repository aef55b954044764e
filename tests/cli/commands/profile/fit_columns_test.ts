import assert from "node:assert/strict";
import { shortenMiddle } from "../../../../cli/console/output.ts";
import { runProfile } from "./run_profile.ts";

const SMALL = ["mobilenetv3-small-0.35", "--size", "32", "--runs", "3", "--warmup", "0"];

Deno.test("a table fits the terminal, unless all columns are asked for", async () => {
  const terminal = { stdout: true };
  for (const columns of [60, 80, 120]) {
    const { stdout } = await runProfile(SMALL, { terminal, columns, env: { NO_COLOR: "1" } });
    const long = stdout.split("\n").filter((line) => [...line].length > columns);
    assert.deepEqual(long, []);
    assert.match(stdout, /ms/);
    if (columns === 80) assert.match(stdout.replace(/\s+/g, " "), /Not shown: .*p10–p90.* \(--wide\)/);
  }
  const { stdout } = await runProfile([...SMALL, "--wide"], {
    terminal,
    columns: 80,
    env: { NO_COLOR: "1" },
  });
  assert.match(stdout, /p10–p90 +layout +share +cum %/);
  assert.doesNotMatch(stdout, /Not shown/);
});

Deno.test("a name is shortened in its middle", () => {
  assert.equal(shortenMiddle("backbone.block12.depthwise", 14), "back…depthwise");
  assert.equal(shortenMiddle("short", 5), "short");
});

Deno.test("--flops prints two for each multiply-add, in the table, CSV and JSON", async () => {
  const args = ["mobilenetv3-large-1.0", "--no-latency", "--flops"];
  const { stdout } = await runProfile(args);
  assert.match(stdout, /433 179 520 FLOPs\nUnit: FLOPs \(2 = one multiply and one add\)/);
  assert.match(stdout, /^total .* 433 M /m);
  const json = JSON.parse((await runProfile([...args, "--json"])).stdout);
  assert.deepEqual([json.madds, json.flops], [216_589_760, 433_179_520]);
  const csv = (await runProfile([...args, "--format", "csv"])).stdout.split("\n")[0];
  assert.match(csv, /,madds,flops,/);
  assert.equal((await runProfile(["--paper", "table3", "--no-latency", "--flops"])).code, 2);
});

Deno.test("--trace writes a file for Perfetto", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-test-profile-" });
  try {
    const path = `${folder}/trace.json`;
    assert.equal((await runProfile([...SMALL, "--trace", path])).code, 0);
    const { traceEvents } = JSON.parse(await Deno.readTextFile(path));
    assert.equal(traceEvents.at(-1).name, "mobilenetv3-small-0.35");
    assert.ok(traceEvents.length > 40);
    assert.equal((await runProfile([...SMALL, "--no-latency", "--trace", path])).code, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
