import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeNetworkFile } from "../../../../models/networks/network_file.ts";
import type { NetworkTable } from "../../../../models/networks/network_table.ts";
import { encodeSafetensors, parseSafetensors, safetensorsMetadata } from "../../../../core/weights/mod.ts";
import { writeColors } from "../../../models/fit/squares.ts";
import { runCli } from "../../../support/run_cli.ts";
import { inFolder } from "../../../support/folders.ts";

/** Small enough to learn in seconds. */
const TABLE: NetworkTable = {
  name: "small",
  summary: "two blocks",
  size: [64, 64],
  backbone: {
    stem: { channels: 8, activation: "h-swish" },
    blocks: [
      { kernel: 3, expanded: 16, channels: 16, stride: 2, activation: "relu" },
      { kernel: 3, expanded: 32, channels: 16, stride: 2, activation: "h-swish", squeeze: 8 },
      { kernel: 3, expanded: 32, channels: 16, stride: 1, activation: "h-swish" },
    ],
    head: { channels: 64, activation: "h-swish" },
    style: { convention: "paper", padding: "same", batchNorm: { epsilon: 1e-3 } },
  },
  heads: [{ kind: "classifier", classes: 1000, last: { channels: 32, activation: "h-swish" } }],
};

const FIT = [
  "fit",
  "classify",
  "--images",
  "byclass",
  "--network",
  "small.json",
  "-o",
  "c.safetensors",
  "-j",
  "1",
];

Deno.test("a network of a file is trained whole, and is a model", async () => {
  await inFolder(async (cwd) => {
    await writeColors(join(cwd, "byclass"), 8);
    await Deno.writeTextFile(join(cwd, "small.json"), encodeNetworkFile({ table: TABLE, origin: {} }));
    const fitted = await runCli([...FIT, "--batch", "8", "--passes", "6", "--report", "r.html"], { cwd });
    assert.equal(fitted.code, 0, fitted.stderr);
    assert.match(fitted.stderr, /the whole network: \d+ steps/);
    assert.match(fitted.stdout, /top-1 accuracy 1\.0000 on \d images/);
    assert.match(
      await Deno.readTextFile(join(cwd, "r.html")),
      /small was trained whole, from random weights/,
    );

    const classified = await runCli([
      "classify",
      "byclass/red/a.png",
      "byclass/blue/a.png",
      "-m",
      "c.safetensors",
      "--json",
    ], {
      cwd,
    });
    assert.equal(classified.code, 0, classified.stderr);
    const images: { readonly top: readonly { readonly class: string }[] }[] =
      JSON.parse(classified.stdout).images;
    assert.deepEqual(images.map(({ top }) => top[0].class), ["red", "blue"]);
    const shown = await runCli(["models", "show", "c.safetensors"], { cwd });
    assert.match(shown.stdout, /small, trained whole from random weights for 2 classes/);
    assert.doesNotMatch(shown.stdout, /vladmandic/);
    const exported = await runCli(["export", "c.safetensors", "-o", "c.onnx"], { cwd });
    assert.equal(exported.code, 0, exported.stderr);
    const again = await runCli(["classify", "byclass/blue/a.png", "-m", "c.onnx", "--json"], { cwd });
    assert.equal(JSON.parse(again.stdout).images[0].top[0].class, "blue");
    const profiled = await runCli(["profile", "c.safetensors", "--no-latency"], { cwd });
    assert.equal(profiled.code, 0, profiled.stderr);

    // Whoever changes the card does not get further than its check.
    const bytes = await Deno.readFile(join(cwd, "c.safetensors"));
    const metadata = new Map(safetensorsMetadata(bytes, "c"));
    const hostile = async (change: (card: Record<string, unknown>) => void, message: RegExp) => {
      const card = JSON.parse(metadata.get("bneck.fit")!);
      change(card.geometry);
      const changed = new Map(metadata).set("bneck.fit", JSON.stringify(card));
      await Deno.writeFile(
        join(cwd, "bad.safetensors"),
        encodeSafetensors(parseSafetensors(bytes, "c"), changed),
      );
      const { code, stderr } = await runCli(["models", "show", "bad.safetensors"], { cwd });
      assert.equal(code, 3, stderr);
      assert.match(stderr, message);
    };
    await hostile(
      (geometry) => geometry.network = { ...TABLE, size: [1e9, 1e9] },
      /size must be a whole number/,
    );
    await hostile((geometry) => geometry.network = "small", /invalid card: its network/);
    await hostile((geometry) => delete geometry.network, /which network was trained whole/);
    await hostile((geometry) => geometry.tune = "none", /which network was trained whole/);
  });
});

Deno.test("what cannot be trained whole is refused before anything is read", async () => {
  await inFolder(async (cwd) => {
    await writeColors(join(cwd, "byclass"), 4);
    const fails = async (table: NetworkTable, args: readonly string[], message: RegExp) => {
      await Deno.writeTextFile(join(cwd, "small.json"), encodeNetworkFile({ table, origin: {} }));
      const { code, stderr } = await runCli([...FIT, ...args], { cwd });
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    };
    await fails(
      TABLE,
      ["--tune", "none"],
      /a head on random features would learn nothing.*--tune/s,
    );
    const taps = { ...TABLE.backbone.blocks[1], taps: ["C2", "C3"] };
    const detector: NetworkTable = {
      ...TABLE,
      backbone: { ...TABLE.backbone, blocks: [TABLE.backbone.blocks[0], taps] },
      heads: [{ kind: "lr-aspp", classes: 3, high: "C3", low: "C2" }],
    };
    await fails(detector, [], /only networks that classify, and do nothing else, can/);
  });
});
