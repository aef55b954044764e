/** @slow The paper's networks are scored, and some are measured. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseExponent, parseLatency } from "../../../../cli/commands/search/flags.ts";
import {
  latencyParts,
  type LatencySession,
  openLatencyTable,
  saveSessions,
} from "../../../../models/latency/mod.ts";
import { networksForTable } from "../../../../models/search/mod.ts";
import { assertFacts, assertFit } from "../../report/page_checks.ts";
import { runCli, spawnCli } from "../../../support/run_cli.ts";
import { inFolder } from "../../../support/folders.ts";

/** Shared by the tests: what was scored and measured once is remembered. */
const CACHE = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(CACHE, { recursive: true }));

/** A latency table that knows everything a search asks for: each call takes a while, and each byte of a map. */
async function saveFakeTable(): Promise<void> {
  const table = await openLatencyTable({ env: () => CACHE });
  const { references, random } = networksForTable({ space: "mobilenetv3", size: [64, 64], seed: 0 });
  const sessions = [...references, ...random].map(({ name, graph, input }): LatencySession => {
    const { parts, traffic } = latencyParts(graph, input);
    const samples = parts.map(({ layers: _, ...part }) => ({
      ...part,
      milliseconds: 0.005 + 1e-7 * part.outputChannels * part.outputCells,
      traffic,
    }));
    const milliseconds = samples.reduce((sum, sample) => sum + sample.milliseconds, 0);
    return { name, date: "2026-01-31", milliseconds, noise: 0, samples };
  });
  assert.ok(await saveSessions(table, sessions));
}

await saveFakeTable();

const SEARCH = ["search", "--latency", "0.6", "--size", "64", "-o", "found.json"];

Deno.test("a search writes a network that other commands take, and says what it is worth", async () => {
  await inFolder(async (cwd) => {
    const env = { BNECK_CACHE: CACHE };
    const report = ["--report", "search.html"];
    const found = await runCli([...SEARCH, "--evaluations", "6", ...report], {
      cwd,
      env,
    });
    assert.equal(found.code, 0, found.stderr);
    const text = found.stdout.replace(/\s+/g, " ");
    assert.match(found.stdout, /Searched for 0\.6 ms at 64×64/);
    assert.match(text, /Found networks are untrained/);
    assert.match(
      text,
      /Rank correlation \(Spearman\) with the published accuracy of 23 networks: NASWOT 0\.\d\d/,
    );
    assert.match(found.stdout, /^V3-Large +\d/m);
    assert.match(text, /Predicted against measured/);
    assert.ok(!Array.from(Deno.readDirSync(cwd), ({ name }) => name).includes("found.json.state"));
    const page = await Deno.readTextFile(join(cwd, "search.html"));
    await assertFacts(join(cwd, "search.html"), [
      /^command bneck search --latency 0\.6 .* --report search\.html$/,
      /^model \S+ with random weights$/,
    ]);
    await assertFit({ search: join(cwd, "search.html") });
    assert.match(page, /How far to trust the stand-in/);
    assert.match(page, /nothing here is an accuracy but the column of published ones/);

    const first = await Deno.readTextFile(join(cwd, "found.json"));
    const again = await runCli([...SEARCH, "--evaluations", "6"], { cwd, env });
    assert.equal(again.code, 2);
    assert.match(again.stderr, /found\.json exists: --overwrite replaces it/);
    const repeated = await runCli([...SEARCH, "--evaluations", "6", "--overwrite", "--json"], { cwd, env });
    assert.equal(repeated.code, 0, repeated.stderr);
    const json = JSON.parse(repeated.stdout);
    assert.equal(json.candidates, 6);
    const tableOf = (file: string) => ({ ...JSON.parse(file), origin: undefined });
    const second = await Deno.readTextFile(join(cwd, "found.json"));
    assert.deepEqual(tableOf(second), tableOf(first), "the same seed and table give the same network");
    const profiled = await runCli(["profile", "found.json", "--no-latency"], { cwd, env });
    assert.equal(profiled.code, 0, profiled.stderr);
    assert.match(profiled.stdout, /mobilenetv3-0\.6ms-seed0/);
    const shown = await runCli(["models", "show", "found.json"], { cwd, env });
    assert.match(shown.stdout, /weights +none: it was never trained/);
    assert.match(shown.stdout, /block +kernel +expanded/);
    const exported = await runCli(["export", "found.json", "-o", "found.onnx"], { cwd, env });
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(exported.stderr, /it runs with random ones, so its results are meaningless/);
  });
});

Deno.test("Ctrl-C keeps the best so far, and the same command continues from there", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await inFolder(async (cwd) => {
    const env = { BNECK_CACHE: CACHE };
    const args = [...SEARCH, "--verbose", "--evaluations"];
    const child = spawnCli([...args, "5000"], { cwd, env });
    await child.stdin.close();
    const output = child.stdout.pipeThrough(new TextDecoderStream());
    const printed = Array.fromAsync(output).then((parts) => parts.join(""));
    let log = "";
    let stopped = false;
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      log += part;
      // A line of progress comes once something was judged.
      if (!stopped && /judging: [1-9]\d* of/.test(log)) {
        stopped = true;
        child.kill("SIGINT");
      }
    }
    const { code } = await child.status;
    assert.equal(code, 130, log);
    assert.match(log, /interrupted after \d+ of 5000 candidates: the same command continues from there/);
    assert.match(await printed, /Not measured whole/);
    assert.equal(JSON.parse(await Deno.readTextFile(join(cwd, "found.json")))["bneck.network"], 1);
    const { known } = JSON.parse(await Deno.readTextFile(join(cwd, "found.json.state")));
    assert.ok(known.length > 0);

    const rest = await runCli([...args, String(known.length + 2), "--json"], { cwd, env });
    assert.equal(rest.code, 0, rest.stderr);
    const { candidates, resumed } = JSON.parse(rest.stdout);
    assert.deepEqual([candidates, resumed], [known.length + 2, known.length]);
  });
});

Deno.test("what cannot be searched is refused at once", async () => {
  await inFolder(async (cwd) => {
    const fails = async (args: readonly string[], message: RegExp) => {
      const { code, stderr } = await runCli(["search", ...args], { cwd });
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    };
    await fails(["-o", "a.json"], /--latency/);
    await fails(["--latency", "4", "-o", "a.onnx"], /must end in \.json/);
    await fails(["--latency", "4", "-o", "a.json", "--size", "16"], /32 to 1024 pixels/);
    await fails(["--latency", "4", "-o", "a.json", "--space", "resnet"], /resnet/);
    await fails(["--latency", "4", "-o", "a.json", "--report", "a.json"], /would replace/);
    await fails(
      ["--latency", "4", "-o", "a.json", "--report", "a.json.state"],
      /would replace|state of the search/,
    );
    await Deno.mkdir(join(cwd, "b.json"));
    await fails(["--latency", "4", "-o", "b.json"], /is a folder/);
    await Deno.mkdir(join(cwd, "c.json.state"));
    await fails(["--latency", "4", "-o", "c.json"], /c\.json\.state is a folder/);
  });
});

Deno.test("latencies, powers and times are read as people write them", () => {
  assert.equal(parseLatency("4.0"), 4);
  assert.equal(parseLatency(".5"), 0.5);
  for (const text of ["0", "-1", "4ms", "", "1e9", "NaN"]) {
    assert.throws(() => parseLatency(text), /milliseconds/);
  }
  assert.deepEqual(["-0.07", "0.15", "−0.07", "0"].map(parseExponent).map((w) => w + 0), [
    -0.07,
    -0.15,
    -0.07,
    0,
  ]);
  for (const text of ["", "-", "3", "a"]) {
    assert.throws(() => parseExponent(text), /expected an exponent from -2 to 0/);
  }
});
