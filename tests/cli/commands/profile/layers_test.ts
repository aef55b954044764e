import assert from "node:assert/strict";
import { profileJson, runProfile } from "./run_profile.ts";
import { runCli, spawnCli } from "../../../support/run_cli.ts";
import { endless } from "../../../core/profile/small_onnx.ts";

/** Few runs at a small size: what is tested does not depend on how long anything takes. */
const QUICK = ["--size", "64", "--runs", "5", "--warmup", "1"];

/** onnxruntime's blocked layout, and what it fuses there, is for x86 alone. */
const HAS_BLOCKED_LAYOUT = Deno.build.arch === "x86_64";

interface JsonRow {
  readonly kind: string;
  readonly name: string;
  readonly block?: string;
  readonly layers?: number;
  readonly parameters?: number;
  readonly madds?: number;
  readonly activationBytes?: number;
  readonly milliseconds?: number;
  readonly layoutMilliseconds?: number;
  readonly share?: number;
  readonly gmaddsPerSecond?: number;
  readonly fusedInto?: string;
}

function sum(rows: readonly JsonRow[], column: keyof JsonRow): number {
  return rows.reduce((total, row) => total + Number(row[column] ?? 0), 0);
}

function close(left: number, right: number): void {
  assert.ok(Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(right)), `${left} is not ${right}`);
}

Deno.test("MobileNetV3-Large is counted exactly, and its layers add up", async () => {
  const result = await profileJson(["mobilenetv3-large-1.0", "--no-latency"]);
  assert.equal(result.network, "mobilenetv3-large-1.0");
  assert.equal(result.input, "1×3×224×224");
  assert.equal(result.unit, "MAdds (1 = one multiply and one add)");
  assert.equal(result.rule, "plain");
  assert.deepEqual(
    [result.parameters, result.parametersWithoutBatchNorm, result.madds],
    [5_483_032, 5_458_632, 216_589_760],
  );
  assert.equal(sum(result.rows, "madds"), result.madds);
  assert.equal(sum(result.rows, "parameters"), result.parameters);
  assert.equal(sum(result.rows, "activationBytes"), result.activationBytes);
  assert.ok(result.rows.every(({ kind }: JsonRow) => kind === "layer"));
  assert.deepEqual(result.uncounted, []);
  assert.equal(result.milliseconds, undefined);
  assert.deepEqual(result.rows[5], {
    kind: "layer",
    name: "backbone.block2.depthwise",
    block: "backbone.block2",
    operator: "Conv 3×3 depthwise s2 + relu",
    output: [1, 64, 56, 56],
    layers: 1,
    parameters: 704,
    parametersWithoutBatchNorm: 576,
    madds: 1_806_336,
    uncounted: 0,
    activationBytes: 802_816,
    movedBytes: 4 * (64 * 112 * 112 + 64 * 56 * 56) + 4 * 576,
  });
});

Deno.test("no time is lost: rows and overhead are the total, and every layer runs or says where", async () => {
  const result = await profileJson(["mobilenetv3-small-1.0", ...QUICK]);
  const rows: JsonRow[] = result.rows;
  close(sum(rows, "milliseconds"), result.partsMilliseconds);
  close(sum(rows, "share"), result.partsMilliseconds / result.milliseconds);
  close(sum(rows, "layoutMilliseconds"), result.layoutMilliseconds);
  assert.equal(result.unattributedMilliseconds, 0);
  if (HAS_BLOCKED_LAYOUT) assert.ok(result.layoutMilliseconds > 0, "squeeze-and-excite changes the layout");
  const overhead = rows.find(({ kind }) => kind === "overhead")!;
  assert.equal(overhead.milliseconds, result.overheadMilliseconds);
  const names = new Set(rows.map(({ name }) => name));
  const fused = rows.filter(({ fusedInto }) => fusedInto !== undefined);
  if (HAS_BLOCKED_LAYOUT) assert.ok(fused.some(({ name }) => name === "backbone.block3.add"));
  for (const { fusedInto, milliseconds } of fused) {
    assert.ok(names.has(fusedInto!));
    assert.equal(milliseconds, 0);
  }
  for (
    const { name, milliseconds, madds = 0, gmaddsPerSecond } of rows.filter((row) => row.kind === "layer")
  ) {
    // The runtime counts whole microseconds.
    if (madds > 1_000_000) assert.ok(milliseconds! > 0 && gmaddsPerSecond! > 0, name);
  }
  assert.deepEqual([result.threads, result.runs, result.profiler.runs], [1, 5, 5]);
  assert.ok(result.profiler.milliseconds > 0 && result.profiler.kernels > 80);
  assert.ok(result.loadMilliseconds > 0 && result.firstMilliseconds > 0);
  assert.ok(result.intervalMilliseconds[1] <= result.p99Milliseconds);
  assert.match(result.onnxruntime, /^\d+\.\d+\.\d+$/);
});

Deno.test("the table has the layers below the sub-totals of their block, overhead and total", async () => {
  const { code, stdout } = await runProfile(["mobilenetv3-large-1.0", ...QUICK]);
  assert.equal(code, 0);
  const lines = stdout.split("\n");
  assert.equal(lines[0], "mobilenetv3-large-1.0");
  assert.match(stdout, /MobileNetV3-Large, width 1\.0; input 1×3×64×64/);
  assert.match(stdout, /MAdds \(1 = one multiply and one add\)/);
  // Where the line breaks follows from the length of the processor's name.
  assert.match(stdout.replace(/\s+/g, " "), /ms on 1 thread of .+, onnxruntime \d/);
  const title = lines.find((line) => line.startsWith("layer "))!;
  assert.match(
    title,
    /^layer +operator +output +params +MAdds +act KiB +ms +p10–p90 +layout +share +cum % +GMAdds\/s +GB\/s +of peak +limit$/,
  );
  const at = lines.findIndex((line) => /^backbone\.block3 /.test(line));
  assert.deepEqual(lines.slice(at + 1, at + 5).map((line) => line.trim().split(/ +/)[0]), [
    "backbone.block3.expand",
    "backbone.block3.depthwise",
    "backbone.block3.project",
    "backbone.block3.add",
  ]);
  assert.ok(lines.slice(at + 1, at + 5).every((line) => line.startsWith("  backbone")));
  if (HAS_BLOCKED_LAYOUT) assert.match(lines[at + 4], /Add \(in project\) +24×16×16 +\d+$/);
  assert.match(stdout, /^session overhead +\d+\.\d{3} +\d+\.\d % +\d+\.\d$/m);
  assert.match(stdout, /^total .+100\.0 % +\d+\.\d$/m);
  assert.match(
    stdout.replaceAll("\n", " "),
    /A run takes .+ \(median of 5; p10 .+, p90 .+, p99 .+\); loading .+, first run .+Rows and overhead add up to .+ \([+−].+ µs on each of \d+ kernels/,
  );
});

for (const by of ["block", "op", "stage"]) {
  Deno.test(`--by ${by} sums up the same layers`, async () => {
    const result = await profileJson(["mobilenetv3-small-0.5", "--by", by, ...QUICK]);
    const groups: JsonRow[] = result.rows.filter(({ kind }: JsonRow) => kind === "group");
    assert.ok(groups.length > 5 && groups.length < 40);
    assert.equal(sum(groups, "madds"), result.madds);
    assert.equal(sum(groups, "parameters"), result.parameters);
    assert.equal(sum(groups, "layers"), 81);
    close(sum(groups, "milliseconds") + result.overheadMilliseconds, result.partsMilliseconds);
    const { stdout } = await runProfile(["mobilenetv3-small-0.5", "--by", by, "--no-latency"]);
    assert.match(stdout, new RegExp(`^${by} +layers +params +MAdds +act KiB$`, "m"));
  });
}

Deno.test("--sort puts the largest first, and --top sums up the rest", async () => {
  const sorted = await profileJson(["mobilenetv2-1.0", "--no-latency", "--sort", "params"]);
  const parameters: number[] = sorted.rows.map((row: JsonRow) => row.parameters);
  assert.deepEqual(parameters, parameters.toSorted((left, right) => right - left));
  assert.equal(sorted.rows[0].name, "classify.linear");

  const top = await profileJson(["mobilenetv2-1.0", "--no-latency", "--top", "3"]);
  assert.deepEqual(top.rows.map((row: JsonRow) => row.kind), ["layer", "layer", "layer", "others"]);
  assert.equal(sum(top.rows, "madds"), top.madds);
  assert.equal(sum(top.rows, "parameters"), top.parameters);
  assert.equal(top.rows[3].name, `${sorted.rows.length - 3} others`);

  const timed = await profileJson(["mobilenetv2-0.35", "--top", "2", ...QUICK]);
  assert.ok(timed.rows[0].milliseconds >= timed.rows[1].milliseconds);
  close(sum(timed.rows, "milliseconds"), timed.milliseconds);
});

Deno.test("CSV has plain numbers, and no row sums up others", async () => {
  const { stdout } = await runProfile(["mobilenetv3-small-1.0", "--no-latency", "--format", "csv"]);
  const [header, ...rows] = stdout.trimEnd().split("\n").map((line) => line.split(","));
  assert.deepEqual(header.slice(0, 6), ["kind", "layer", "block", "operator", "output", "params"]);
  const madds = header.indexOf("madds");
  assert.equal(rows.reduce((total, row) => total + Number(row[madds]), 0), 56_510_400);
  assert.ok(rows.every(([kind]) => kind === "layer"));
  assert.equal(rows[0][4], "1x16x112x112");
});

Deno.test("Markdown is a table under a heading", async () => {
  const { stdout } = await runProfile([
    "mobilenetv3-small-1.0",
    "--no-latency",
    "--by",
    "stage",
    "--format",
    "markdown",
  ]);
  assert.match(stdout, /^## mobilenetv3-small-1\.0\n\n- MobileNetV3-Small/);
  assert.match(stdout, /\n\n\| stage \| layers \| params \| MAdds \| act KiB \|\n\| --- \| --: /);
  assert.match(stdout, /\n\| total \| 80 \| 2\.54 M \| 56\.5 M \| \d+ \|\n$/);
});

Deno.test("--count extended counts h-swish and the final upsampling as the paper's table 7", async () => {
  const args = ["lraspp-mobilenetv3-small-rf2-f128", "--no-latency"];
  const extended = await profileJson([...args, "--count", "extended"]);
  assert.equal(extended.rule, "extended");
  assert.equal((extended.madds / 1e9).toFixed(3), "2.898");
  assert.ok(extended.rows.some(({ name }: JsonRow) => name === "segment.logits upsampling"));
  const plain = await profileJson(args);
  assert.equal((plain.madds / 1e9).toFixed(2), "2.78");
  assert.ok(!plain.rows.some(({ name }: JsonRow) => name.endsWith("upsampling")));
});

Deno.test("a model is profiled with its own weights, on a photo that is resized already unless one is given", async () => {
  const result = await profileJson(["street", "--no-latency", "--by", "stage"]);
  assert.equal(result.input, "1×384×512×3");
  assert.equal(result.parameters, 2_059_706);
  const everyday = await profileJson(["mb3-large-075", "--no-latency", "--by", "stage"]);
  assert.deepEqual([everyday.input, everyday.parameters], ["1×384×512×3", 3_252_150]);
  const other = await profileJson([
    "street",
    "--no-latency",
    "--size",
    "250x300",
    "--input",
    "image:1x100x120x3",
  ]);
  assert.equal(other.input, "1×100×120×3, resized to 256×288");
});

Deno.test("an exported model is profiled as the model is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/street.onnx`;
    const { code, stderr } = await runCli(["export", "street", "--heads", "segment", "-o", file]);
    assert.equal(code, 0, stderr);
    const { input } = await profileJson([file, "--no-latency", "--by", "stage"]);
    assert.equal(input, "image 1×360×480×3, size 2");
    const sized = await profileJson([file, "--no-latency", "--by", "stage", "--size", "520x1024"]);
    assert.equal(sized.input, "image 1×520×1024×3, size 2");
    const given = await profileJson([file, "--no-latency", "--by", "stage", "--input", "image:1x64x96x3"]);
    assert.match(given.input, /image 1×64×96×3/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("--input gives a network a batch", async () => {
  const one = await profileJson(["mobilenetv2-0.5", "--no-latency"]);
  const four = await profileJson(["mobilenetv2-0.5", "--no-latency", "--input", "input:4x3x224x224"]);
  assert.equal(four.madds, 4 * one.madds);
  assert.equal(four.input, "4×3×224×224");
});

Deno.test("an interrupted measurement ends with 130", async () => {
  const { code, stdout } = await runProfile(["mobilenetv2-1.0"], { signal: AbortSignal.abort() });
  assert.equal(code, 130);
  assert.equal(stdout, "");
});

/** Starts a program, sends it a signal once it measures, and returns how it ended and how long that took. */
async function interrupt(args: readonly string[], signal: Deno.Signal) {
  const child = spawnCli(["profile", ...args, "--verbose"]);
  await child.stdin.close();
  const stdout = new Response(child.stdout).text();
  let stderr = "";
  let sent: number | undefined;
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (sent === undefined && /measuring|counting/.test(stderr)) {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      sent = performance.now();
      child.kill(signal);
    }
  }
  const { code } = await child.status;
  return { code, stdout: await stdout, stderr, milliseconds: performance.now() - sent! };
}

Deno.test("Ctrl-C prints what has been measured so far", async () => {
  const { code, stdout, stderr } = await interrupt(["mobilenetv2-1.0", "--runs", "5000"], "SIGINT");
  assert.equal(code, 130);
  assert.match(stdout, /A run takes .+ \(median of \d+;/s);
  assert.match(stderr, /stopped after \d+ runs?/);
});

Deno.test("a model that never ends is left at once, by either signal", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bneck-test-profile-" });
  try {
    await Deno.writeFile(`${folder}/endless.onnx`, endless([8, 8]));
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const { code, stdout } = await interrupt([`${folder}/endless.onnx`], signal);
      assert.deepEqual([code, stdout], [130, ""]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
