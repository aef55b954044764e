import assert from "node:assert/strict";
import { PAPER_TABLES } from "../../../../models/zoo/mod.ts";
import { shared, testWithShared } from "../../../support/shared.ts";
import { profileJson, runProfile } from "./run_profile.ts";

const QUICK = ["--runs", "2", "--warmup", "0"];

Deno.test("several networks are compared with the first", async () => {
  const args = ["mobilenetv3-small-0.5", "mobilenetv2-0.35", "--size", "64", "--runs", "3", "--warmup", "1"];
  const { networks, unit, threads } = await profileJson(args);
  assert.equal(unit, "MAdds (1 = one multiply and one add)");
  assert.equal(threads, 1);
  const [small, v2] = networks;
  assert.deepEqual([small.network, v2.network], ["mobilenetv3-small-0.5", "mobilenetv2-0.35"]);
  assert.deepEqual([small.ratio, small.medianRatio], [1, 1]);
  assert.equal(v2.ratio, v2.milliseconds / small.milliseconds);
  assert.equal(small.gmaddsPerSecond, small.madds / small.milliseconds / 1e6);
  assert.equal(small.runs, 3);

  const { stdout } = await runProfile(args);
  assert.match(stdout, /^network +input +params +MAdds +act KiB +ms +quiet +GMAdds\/s +ratio$/m);
  // Where the line breaks follows from the length of the processor's name.
  assert.match(stdout.replace(/\s+/g, " "), /measured in turns, medians of 3 rounds/);
  assert.match(stdout, /^mobilenetv3-small-0\.5 .+ 1\.000$/m);
});

Deno.test("a comparison without times has the counts, and can be sorted", async () => {
  const args = ["mobilenetv3-small-1.0", "mobilenetv2-1.0", "mobilenetv1-1.0", "--no-latency"];
  const { stdout } = await runProfile([...args, "--sort", "madds", "--format", "csv"]);
  assert.deepEqual(stdout.trimEnd().split("\n").map((line) => line.split(",").slice(0, 5)), [
    ["network", "input", "params", "params_without_batch_norm", "madds"],
    ["mobilenetv1-1.0", "1×3×224×224", "4231976", "4210088", "568740352"],
    ["mobilenetv2-1.0", "1×3×224×224", "3504872", "3470760", "300774272"],
    ["mobilenetv3-small-1.0", "1×3×224×224", "2542856", "2530744", "56510400"],
  ]);
});

Deno.test("every table of the paper stands beside our counts, with the errors and the reasons", async () => {
  for (const { name, rows, rule } of PAPER_TABLES) {
    const table = await profileJson(["--paper", name, "--measure", "none"]);
    assert.equal(table.rule, rule);
    assert.deepEqual(table.rows.map((row: { label: string }) => row.label), rows.map(({ label }) => label));
    for (const row of table.rows) {
      assert.equal(row.milliseconds, undefined);
      if (row.printed.madds === undefined) continue; // Table 4 prints no counts.
      assert.ok(Math.abs(row.error.madds) < 0.08 || row.footnote !== undefined, row.label);
      assert.equal(row.error.madds, row.madds / row.printed.madds - 1);
    }
    const { stdout } = await runProfile(["--paper", name, "--no-latency"]);
    for (const { footnote } of rows) {
      if (footnote) assert.ok(stdout.replace(/\s+/g, " ").includes(`] ${footnote}`), footnote);
    }
  }
});

Deno.test("table 3 has our MAdds, the paper's, and where they differ", async () => {
  const { stdout } = await runProfile(["--paper", "table3", "--measure", "none"]);
  assert.match(
    stdout,
    /^network +MAdds M +paper +error +params M +paper +error +top-1 % +Pixel 1 +Pixel 2 +Pixel 3$/m,
  );
  assert.match(stdout, /^V3-Large 0\.75 +154\.6 +155 +−0\.3 % +3\.994 +4\.0 +−0\.2 % +73\.3 +39 +46 +40$/m);
  assert.match(stdout, /^Mnas-small \[7\] +68\.3 +65\.1 +\+5\.0 %/m);
  assert.match(
    stdout.replace(/\s+/g, " "),
    /\(Spearman\) of the MAdds: 1\.000 with Pixel 1, 0\.983 with Pixel 2/,
  );
});

Deno.test("table 3 is measured, and our order compared with that of the phones", async () => {
  const table = await profileJson(["--paper", "table3", ...QUICK]);
  assert.equal(table.rows.length, 9);
  for (const row of table.rows) assert.ok(row.milliseconds > 0);
  const [times, madds] = table.rankCorrelations;
  assert.deepEqual(Object.keys(times), ["of", "pixel1", "pixel2", "pixel3", "madds"]);
  assert.equal(times.of, "milliseconds");
  // How well the orders agree depends on what else the machine does.
  assert.ok(Math.abs(times.pixel1) <= 1);
  assert.equal(madds.of, "madds");
});

Deno.test("table 9 names the input sizes, and --count overrides the table's rule", async () => {
  const { stdout } = await runProfile(["--paper", "table9", "--measure", "none"]);
  assert.match(stdout, /^V3-Large 96\/1\.0 +1×3×96×96 +43\.1 +43 /m);
  const plain = await profileJson(["--paper", "table8", "--measure", "none", "--count", "plain"]);
  assert.equal(plain.rule, "plain");
  assert.ok(plain.rows.every(({ error }: { error: { madds: number } }) => error.madds < -0.01));
});

Deno.test("squeeze-and-excite costs its own layers", async () => {
  const layers = await profileJson(["mobilenetv3-large-1.0", "--no-latency"]);
  const inSe = layers.rows.filter(({ name }: { name: string }) => name.includes(".se."));
  const sum = (column: string) =>
    inSe.reduce((total: number, row: Record<string, number>) => total + row[column], 0);
  const { variants: [published, without] } = await profileJson(["--effect", "se", "--no-latency"]);
  assert.equal(published.madds - without.madds, sum("madds"));
  assert.equal(published.parameters - without.parameters, sum("parameters"));
  const { stdout } = await runProfile(["--effect", "se", "--size", "64", ...QUICK]);
  assert.match(stdout, /^Here it (saves|costs) \d+\.\d\d ms \(\d+\.\d %\) and adds 1\.51 M MAdds\.$/m);
});

Deno.test("the original last stage has a block more, and pools after its widest layer", async () => {
  const { variants: [published, original] } = await profileJson(["--effect", "last-stage", "--no-latency"]);
  // 7×7 cells: 160 → 960 → 3×3 → 320 → 1280; then 1280 → 1000. Now: 160 → 960; then 960 → 1280 → 1000.
  const before = 49 * (160 * 960 + 9 * 960 + 960 * 320 + 320 * 1280) + 1280 * 1000;
  const now = 49 * (160 * 960) + 960 * 1280 + 1280 * 1000;
  assert.equal(original.madds - published.madds, before - now);
});

Deno.test("h-swish changes no MAdds, but the time, more so when it is not fused", async () => {
  const { variants } = await profileJson([
    "--effect",
    "nonlinearity",
    "mobilenetv3-small-0.5",
    "--size",
    "64",
    ...QUICK,
  ]);
  assert.deepEqual(variants.map(({ label }: { label: string }) => label), [
    "as published",
    "ReLU",
    ...[8, 16, 24, 48].map((channels) => `h-swish @${channels}`),
  ]);
  for (const variant of variants) {
    assert.equal(variant.madds, variants[0].madds);
    assert.equal(variant.parameters, variants[0].parameters);
    assert.ok(variant.milliseconds > 0 && variant.unfused.milliseconds > 0);
    assert.equal(variant.printed, undefined, "the paper has no figures of this network");
  }
  const { stdout } = await runProfile(["--effect", "nonlinearity", "--no-latency", "--count", "extended"]);
  assert.match(stdout, /^ReLU +5\.48 M +217 M +−3\.02 M +50\.5 +50\.5 +74\.5$/m);
  assert.match(stdout, /^h-swish @112 .+ 51\.0 +54\.4 +75\.0$/m);
});

testWithShared(
  "reference/paper-tables.json",
  "the printed times of h-swish are those of table 5",
  async () => {
    const paper = JSON.parse(Deno.readTextFileSync(shared("reference/paper-tables.json")));
    const { variants } = await profileJson(["--effect", "nonlinearity", "--no-latency"]);
    const names: Record<string, string> = {
      "as published": "V3-Large 1.0",
      "h-swish @16": "h-swish@16",
      "h-swish @112": "h-swish@112",
    };
    const printed = variants.filter((variant: { printed?: object }) => variant.printed)
      .map(({ label, printed }: { label: string; printed: Record<string, number> }) => ({
        variant: names[label] ?? label,
        top1: printed.top1,
        p1_ms: printed.pixel1,
        p1_noopt_ms: printed.pixel1Unfused,
      }));
    assert.deepEqual(
      printed,
      paper.table5_nonlinearities.rows.map((
        { variant, top1, p1_ms, p1_noopt_ms }: Record<string, unknown>,
      ) => ({
        variant,
        top1,
        p1_ms,
        p1_noopt_ms,
      })),
    );
  },
);

Deno.test("the list names every network with its counts", async () => {
  const { networks } = await profileJson(["--list"]);
  assert.ok(networks.length > 80);
  const large = networks.find(({ network }: { network: string }) => network === "mobilenetv3-large-1.0");
  assert.deepEqual([large.input, large.madds, large.parameters], ["1×3×224×224", 216_589_760, 5_483_032]);
  const { stdout } = await runProfile(["--list"]);
  assert.match(stdout, /^network +input +params +MAdds +what it is$/m);
  assert.match(stdout, /^ssdlite-mobilenetv1 +1×3×320×320 +5\.10 M +1\.31 G +SSDLite on MobileNetV1$/m);
});

for (
  const [args, message] of [
    [[], /needs the name of a network, a model or a file: "bneck profile --list"/],
    [
      ["mobilenetv2-1.0", "mobilenetv1-1.0", "--by", "op"],
      /--by op is for one network: compare by layer or block/,
    ],
    [["mobilenetv2-1.0", "mobilenetv1-1.0", "--top", "3"], /--top is for one network, not for a comparison/],
    [["--paper", "table3", "mobilenetv2-1.0"], /--paper takes no network, but mobilenetv2-1\.0 is given/],
    [["--paper", "table3", "--size", "96"], /--size cannot be used with --paper/],
    [["--paper", "table3", "--list"], /--paper and --list exclude each other/],
    [["--paper", "table5"], /--paper table5: not one of table3, .+did you mean table3\?/],
    [
      ["--effect", "se", "mobilenetv2-1.0"],
      /an effect is measured on a MobileNetV3.+not on mobilenetv2-1\.0/,
    ],
    [
      ["--effect", "se", "mobilenetv3-small-1.0", "mobilenetv3-large-1.0"],
      /--effect takes one MobileNetV3, but mobilenetv3-small-1\.0, mobilenetv3-large-1\.0 are given/,
    ],
    [
      ["--effect", "last-stage", "mobilenetv3-small-1.0"],
      /redesigned the last stage of MobileNetV3-Large alone/,
    ],
    [["--effect", "se", "--sort", "ms"], /--sort cannot be used with --effect/],
    [["--list", "--runs", "3"], /--runs cannot be used with --list/],
    [["mobilenetv2-1.0", "--no-latency", "--runs", "3"], /--runs cannot be used when nothing is measured/],
    [["mobilenetv2-1.0", "--no-latency", "--sort", "ms"], /--sort ms needs the latency/],
    [["mobilenetv2-1.0", "--json", "--format", "csv"], /--json and --format exclude each other/],
  ] as const
) {
  Deno.test(`bneck profile ${args.join(" ")} is refused`, async () => {
    const { code, stdout, stderr } = await runProfile(args);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  });
}

Deno.test("two networks are compared by block, and --fail-above fails where one is slower beyond chance", async () => {
  const args = ["mobilenetv3-small-0.35", "mobilenetv3-large-1.0", "--size", "64", "--runs", "9"];
  const { code, stdout, stderr } = await runProfile([...args, "--by", "block", "--fail-above", "1.05"]);
  assert.equal(code, 4);
  assert.match(stdout, /^block +MAdds A +ms A +ms B +B \/ A +99 % +B is$/m);
  assert.match(stdout, /^total .* slower$/m);
  assert.match(stderr, /mobilenetv3-large-1\.0 takes .* times as long, more than 1\.05/);
  const plain = await runProfile([...args, "--fail-above", "100"]);
  assert.equal(plain.code, 0);
  for (const wrong of [["--by", "op"], ["--by", "layer", "--no-latency"]]) {
    assert.equal((await runProfile([...args.slice(0, 4), ...wrong])).code, 2);
  }
  assert.equal((await runProfile([args[0], "--fail-above", "1.1"])).code, 2);
});

Deno.test("several numbers of threads or batches are one table", async () => {
  const args = ["mobilenetv3-small-0.35", "--size", "32", "--runs", "3", "--warmup", "0"];
  const threads = await runProfile([...args, "--threads", "1,300"]);
  assert.equal(threads.code, 2);
  const cores = navigator.hardwareConcurrency;
  const { stdout } = await runProfile([...args, "--threads", `1,${cores + 1}`]);
  assert.match(stdout, /^threads +ms +quiet +ms\/image +images\/s +speedup +per thread$/m);
  assert.match(stdout.replace(/\s+/g, " "), new RegExp(`${cores + 1} threads share ${cores} cores?`));
  const { points } = await profileJson([...args, "--batch", "1,3"]);
  assert.deepEqual(points.map(({ input }: { input: string }) => input), ["1×3×32×32", "3×3×32×32"]);
  assert.equal(points[0].speedup, 1);
  assert.equal((await runProfile([...args, "--threads", "1,2", "--batch", "1,2"])).code, 2);
  assert.equal((await runProfile(["mb3-large-075", "--batch", "2"])).code, 2);
});

Deno.test("a comparison by blocks on inputs of different sizes says so, in text and report", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const small = ["mobilenetv3-small-0.35", "--by", "block", ...QUICK];
    const pair = ["ssdlite-mobilenetv2-0.35", ...small, "--report", `${folder}/a.html`];
    const { code, stderr } = await runProfile(pair);
    assert.equal(code, 0, stderr);
    const said =
      /takes an input of [\d×]+ and mobilenetv3-small-0\.35 one of 1×3×224×224: part of the difference/;
    assert.match(stderr, said);
    assert.match(await Deno.readTextFile(`${folder}/a.html`), said);
    const same = await runProfile(["mobilenetv3-small-0.5", ...small, "--size", "64"]);
    assert.doesNotMatch(same.stderr, /part of the difference/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
