import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeRgbImage } from "../../../../core/images/mod.ts";
import { networksForTable } from "../../../../models/compress/adapt/latency.ts";
import { planAdapt } from "../../../../models/compress/adapt/mod.ts";
import {
  latencyParts,
  type LatencySession,
  openLatencyTable,
  saveSessions,
} from "../../../../models/latency/mod.ts";
import { runCli } from "../../../support/run_cli.ts";
import { assertFacts, assertFit } from "../../report/page_checks.ts";
import { testImage } from "../../../support/test_image.ts";

/** A folder of photos, as large as costs little. */
async function withPhotos(test: (folder: string, photos: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bneck-adapt-" });
  try {
    const photos = join(folder, "photos");
    await Deno.mkdir(photos);
    for (let i = 0; i < 6; i++) {
      await Deno.writeFile(join(photos, `${i}.png`), await encodeRgbImage(testImage(96 + 16 * i, 96), "png"));
    }
    await test(folder, photos);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A latency table that knows all that an adaptation of the street decoder asks for: nothing is measured for it. */
async function saveFakeTable(cache: string): Promise<void> {
  const table = await openLatencyTable({ env: () => cache });
  const plan = await planAdapt("street", ["a", "b", "c", "d"], {
    target: { fraction: 0.9 },
    tasks: ["segment"],
  });
  const sessions = networksForTable(plan.original, plan.size).map(
    ({ name, graph, input }): LatencySession => {
      const { parts, traffic } = latencyParts(graph, input);
      const samples = parts.map(({ layers: _, ...part }) => {
        const { inputChannels, outputChannels, outputCells, window, channelwise } = part;
        const products = outputChannels * outputCells * window * (channelwise ? 1 : inputChannels);
        return {
          ...part,
          milliseconds: 0.005 + 1e-7 * outputChannels * outputCells + 1e-8 * products,
          traffic,
        };
      });
      const milliseconds = samples.reduce((sum, sample) => sum + sample.milliseconds, 0);
      return { name, date: "2026-01-31", milliseconds, noise: 0, samples };
    },
  );
  assert.ok(await saveSessions(table, sessions));
}

Deno.test("bneck adapt writes a model that is narrower, its log and its report, and a second run takes up the first", async () => {
  await withPhotos(async (folder, photos) => {
    const env = { BNECK_CACHE: join(folder, "cache") };
    await saveFakeTable(env.BNECK_CACHE);
    const out = join(folder, "fast.safetensors");
    const args = [
      "adapt",
      "street",
      "--heads",
      "segment",
      "--target",
      "0.9",
      "--calibrate",
      photos,
      "--samples",
      "4",
      "--compare",
      "1",
      "--step",
      "0.08",
      "--long",
      "2",
      "-o",
      out,
      "--report",
      join(folder, "fast.html"),
      "--json",
    ];
    const first = await runCli(args, { env });
    assert.equal(first.code, 0, first.stderr);
    const result = JSON.parse(first.stdout);
    assert.equal(result.records.length > 0, true);
    // How near the target is reached, hangs on how busy the machine is.
    assert.ok(result.records.every(({ from, to }: { from: number; to: number }) => to < from));
    assert.ok(result.latency.measured > 0 && result.latency.predicted > 0);
    assert.deepEqual(Object.keys(result.card.channels).length > 0, true);
    const log = (await Deno.readTextFile(`${out}.jsonl`)).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(log.map(({ step }) => step), log.map((_, i) => i + 1));
    const page = join(folder, "fast.html");
    assert.match(await Deno.readTextFile(page), /Distance against milliseconds/);
    await assertFacts(page, [
      /^command bneck adapt street .* --report .*fast\.html/,
      /^model .*fast\.safetensors, SHA-256 of its file [0-9a-f]{64}$/,
      /^images for features \d files, SHA-256 [0-9a-f]{64}/,
    ]);
    await assertFit({ adapt: page });

    const shown = await runCli(["models", "show", out], { env });
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /channels of +original +adapted/);
    const segmented = await runCli(["segment", join(photos, "1.png"), "-m", out, "-o", join(folder, "out")], {
      env,
    });
    assert.equal(segmented.code, 0, segmented.stderr);
    const counted = await runCli(["profile", out, "--no-latency", "--json"], { env });
    assert.equal(counted.code, 0, counted.stderr);

    const reached = await runCli(
      [
        "adapt",
        "street",
        "--heads",
        "segment",
        "--target",
        "100000ms",
        "--calibrate",
        photos,
        "-o",
        `${folder}/x.safetensors`,
      ],
      { env },
    );
    assert.equal(reached.code, 2, reached.stderr);
    assert.match(reached.stderr, /street takes \S+ ms at 360×480 here, within the target of 100000 ms/);
    const again = await runCli(args, { env });
    assert.equal(again.code, 2);
    assert.match(again.stderr, /fast\.safetensors exists: --overwrite replaces it/);
  });
});

Deno.test("what cannot be adapted is refused before anything is measured", async () => {
  await withPhotos(async (folder, photos) => {
    const onnx = join(folder, "a.onnx");
    await Deno.writeTextFile(onnx, "nothing");
    const out = ["-o", join(folder, "x.safetensors")];
    const common = ["--target", "0.8", "--calibrate", photos, ...out];
    const refused = async (args: readonly string[], code: number, message: RegExp) => {
      const run = await runCli(["adapt", ...args]);
      assert.equal(run.code, code, run.stderr);
      assert.match(run.stderr, message);
    };
    await refused(["no-such-model", ...common], 2, /unknown model/);
    await refused(["street", "--heads", "classify", ...common], 2, /classify/);
    await refused([onnx, ...common], 3, /a\.onnx/);
    await refused(["street", "--target", "1.5", "--calibrate", photos, ...out], 2, /below 1/);
    await refused(["street", "--target", "0.8", "--calibrate", join(folder, "none"), ...out], 2, /none/);
    await refused(
      ["street", ...common.slice(0, 4), "-o", join(folder, "x.onnx")],
      2,
      /must end in \.safetensors/,
    );
    await refused(["street", ...common, "--images", photos], 2, /--evaluate/);
    await refused(["street", "--heads", "segment", ...common, "--evaluate", photos], 2, /--images/);
    await refused(["street", "--heads", "segment", ...common, "--baselines"], 2, /--evaluate/);
    await refused(["street", ...common, "--log", join(folder, "x.safetensors")], 2, /would replace/);
    await Deno.mkdir(join(folder, "junk"));
    for (let i = 0; i < 6; i++) await Deno.writeTextFile(join(folder, "junk", `${i}.png`), "nothing");
    await refused(
      ["street", "--target", "0.8", "--calibrate", join(folder, "junk"), ...out],
      1,
      /only 0 of 6 images can be read/,
    );
    await Deno.mkdir(join(folder, "few"));
    await Deno.copyFile(join(photos, "1.png"), join(folder, "few", "1.png"));
    await refused(
      ["street", "--target", "0.8", "--calibrate", join(folder, "few"), ...out],
      2,
      /at least 4 images, not 1/,
    );
  });
});
