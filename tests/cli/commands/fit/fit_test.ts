import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeLabelPng } from "../../../../core/images/mod.ts";
import { writeColors, writeSquares } from "../../../models/fit/squares.ts";
import { runCli, spawnCli } from "../../../support/run_cli.ts";
import { inFolder } from "../../../support/folders.ts";

const SMALL = ["--size", "128", "--variants", "2", "--passes", "3,1", "--batch", "8", "-j", "1"];
const SEGMENT = [
  "fit",
  "segment",
  "--images",
  "images",
  "--labels",
  "labels",
  "--classes",
  "classes.json",
  ...SMALL,
];

Deno.test("a fitted file segments, is scored, shown, exported and profiled, and the same command gives the same file", async () => {
  await inFolder(async (cwd) => {
    await writeSquares(cwd, 16);
    const tuned = [...SEGMENT, "--tune", "tail", "--licence", "CC0"];
    const first = await runCli([...tuned, "-o", "a.safetensors", "--report", "a.html", "--json"], { cwd });
    assert.equal(first.code, 0, first.stderr);
    assert.match(
      first.stderr,
      /13 images to learn from, 3 to validate on\npixels to learn from: ground [\d.]+ %, square [\d.]+ %\nfeatures of \d+ samples take .* in a\.safetensors\.fit/s,
    );
    const { card, log } = JSON.parse(first.stdout);
    assert.ok(card.figures.value > 0.8, `mIoU ${card.figures.value}`);
    assert.equal(log.length, 4);
    assert.equal(
      card.command,
      "bneck fit segment --images images --labels labels --classes classes.json --tune tail --size 128 --variants 2 " +
        "--passes 3,1 --batch 8 --licence CC0",
    );
    assert.deepEqual(Array.from(Deno.readDirSync(cwd), ({ name }) => name).toSorted(), [
      "a.html",
      "a.safetensors",
      "classes.json",
      "images",
      "labels",
    ], "the cache is gone");
    const report = await Deno.readTextFile(join(cwd, "a.html"));
    for (
      const text of ["fitted to 2 classes", "How it learned", "IoU of each class", "worst image", "Recipe"]
    ) {
      assert.ok(report.includes(text), text);
    }

    const second = await runCli([...tuned, "-o", "b.safetensors"], { cwd });
    assert.equal(second.code, 0, second.stderr);
    const [a, b] = await Promise.all(
      ["a", "b"].map((name) => Deno.readFile(join(cwd, `${name}.safetensors`))),
    );
    const weights = (bytes: Uint8Array) =>
      bytes.subarray(8 + Number(new DataView(bytes.buffer).getBigUint64(0, true)));
    assert.deepEqual(weights(b), weights(a));

    const model = ["-m", "a.safetensors"];
    const scored = await runCli([
      ...["eval", "segmentation", "--images", "images", "--labels", "labels", "--classes", "classes.json"],
      ...[...model, "--min", "mIoU=0.8"],
    ], { cwd });
    assert.equal(scored.code, 0, scored.stderr);
    const shown = await runCli(["models", "show", "a.safetensors"], { cwd });
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /LR-ASPP decoder for 2 classes.*mIoU \d.*licence CC0.*ground, square/s);
    const exported = await runCli(["export", "a.safetensors", "-o", "a.onnx"], { cwd });
    assert.equal(exported.code, 0, exported.stderr);
    const profiled = await runCli(["profile", "a.safetensors", "--no-latency"], { cwd });
    assert.equal(profiled.code, 0, profiled.stderr);

    const ids = async (file: string, out: string) => {
      const segmented = await runCli(["segment", "images", "-m", file, "-o", out], { cwd });
      assert.equal(segmented.code, 0, segmented.stderr);
      return await Deno.readFile(join(cwd, out, "photo a0x.ids.png"));
    };
    assert.deepEqual(await ids("a.onnx", "y"), await ids("a.safetensors", "x"));

    const further = await runCli([...tuned, "-o", "c.safetensors", "--init", "a.safetensors", "--json"], {
      cwd,
    });
    assert.equal(further.code, 0, further.stderr);
    assert.ok(JSON.parse(further.stdout).log[0].loss < log[0].loss / 2, "it goes on from what it was given");
  });
});

Deno.test("a run that is killed goes on where it was, and ends as if it had not been", async () => {
  await inFolder(async (cwd) => {
    await writeSquares(cwd, 12);
    const args = [
      ...SEGMENT.map((arg) => arg === "3,1" ? "12" : arg),
      "--tune",
      "none",
      "--cache",
      "cache",
      "--keep-cache",
    ];
    const child = spawnCli([...args, "-o", "killed.safetensors"], { cwd });
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      if (!/pass 3:/.test(text)) continue;
      child.kill("SIGKILL");
      break;
    }
    await child.stdin.close().catch(() => {});
    await child.stdout.cancel();
    assert.equal((await child.status).success, false);
    assert.ok(!Array.from(Deno.readDirSync(cwd), ({ name }) => name).includes("killed.safetensors"));

    const resumed = await runCli([...args, "-o", "killed.safetensors", "--json"], { cwd });
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.doesNotMatch(resumed.stderr, /pass 2:/);
    const whole = await runCli([
      ...args.map((arg) => arg === "cache" ? "other" : arg),
      "-o",
      "whole.safetensors",
      "--json",
    ], { cwd });
    assert.equal(whole.code, 0, whole.stderr);
    const [a, b] = [resumed, whole].map(({ stdout }) => JSON.parse(stdout));
    assert.deepEqual(a.log, b.log);
    assert.deepEqual(a.card.figures, b.card.figures);
  });
});

Deno.test("a folder a class is learned, and compared with the nearest mean", async () => {
  await inFolder(async (cwd) => {
    await writeColors(join(cwd, "byclass"), 8);
    const fitted = await runCli([
      "fit",
      "classify",
      "--images",
      "byclass",
      "-o",
      "c.safetensors",
      "-j",
      "1",
      "--size",
      "64",
    ], { cwd });
    assert.equal(fitted.code, 0, fitted.stderr);
    assert.match(
      fitted.stdout,
      /top-1 accuracy 1\.0000 on 4 images.*the nearest class mean on the same features finds/s,
    );
    const classified = await runCli(["classify", "byclass/red/a.png", "-m", "c.safetensors", "--json"], {
      cwd,
    });
    assert.equal(classified.code, 0, classified.stderr);
    assert.equal(JSON.parse(classified.stdout).images[0].top[0].class, "red");
  });
});

Deno.test("faults are told before training starts, and nothing is written", async () => {
  await inFolder(async (cwd) => {
    await writeSquares(cwd, 8);
    const out = ["-o", "x.safetensors"];
    const fails = async (args: readonly string[], status: number, message: RegExp) => {
      const { code, stderr } = await runCli(args, { cwd });
      assert.equal(code, status, stderr);
      assert.match(stderr, message);
      assert.ok(!Array.from(Deno.readDirSync(cwd), ({ name }) => name).includes("x.safetensors"));
    };
    const mask = join(cwd, "labels", "photo a0x.png");
    const good = await Deno.readFile(mask);

    const small = { width: 2, height: 1, data: Uint8Array.of(0, 7) };
    await Deno.writeFile(mask, encodeLabelPng(small, []));
    await fails(
      [...SEGMENT, ...out],
      1,
      /1 of 8 images cannot be learned from.*a0x\.png is 2×1, its image 128×128/s,
    );

    const odd = { width: 128, height: 128, data: new Uint8Array(128 * 128).fill(0) };
    odd.data[130] = 4;
    await Deno.writeFile(mask, encodeLabelPng(odd, []));
    await fails([...SEGMENT, ...out], 1, /has the value 4 at column 2, row 1.*neither a class/s);
    const skipped = await runCli([...SEGMENT, ...out, "--skip-faulty", "--dry-run"], { cwd });
    assert.equal(skipped.code, 0, skipped.stderr);
    assert.match(skipped.stderr, /left out: .*a0x\.png/);
    await Deno.writeFile(mask, good);

    const photo = join(cwd, "images", "photo b0x.png");
    const image = await Deno.readFile(photo);
    await Deno.writeFile(photo, image.subarray(0, 40));
    await fails([...SEGMENT, ...out], 1, /cannot read .*b0x\.png/);
    await Deno.writeFile(photo, image);

    await fails([...SEGMENT, "-o", "x.pth"], 2, /must end in \.safetensors/);
    await fails([...SEGMENT, ...out, "--max-cache", "0.0001"], 2, /0\.0001|100 kB|1 MB.*(--max-cache)/s);
    await fails([...SEGMENT, ...out, "--val", "1.5"], 2, /a share must be above 0 and below 1, such as 0.2/);
    await fails([...SEGMENT, ...out, "--val", "nowhere"], 2, /there is no folder nowhere\/images/);
    await fails([...SEGMENT, ...out, "--crop", "big"], 2, /HEIGHTxWIDTH/);
    await Deno.writeTextFile(
      join(cwd, "one.json"),
      JSON.stringify({ ignore: 0, classes: [{ id: 7, name: "square" }] }),
    );
    await fails(
      [...SEGMENT.map((arg) => arg === "classes.json" ? "one.json" : arg), ...out],
      2,
      /only one class/,
    );
  });
});

Deno.test("five images are enough to run, with a warning", async () => {
  await inFolder(async (cwd) => {
    await writeSquares(cwd, 5);
    const { code, stderr } = await runCli([...SEGMENT, "-o", "five.safetensors"], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /5 images in all are few/);
  });
});

Deno.test("a class that no image shows is told", async () => {
  await inFolder(async (cwd) => {
    await writeSquares(cwd, 6);
    const classes = JSON.parse(await Deno.readTextFile(join(cwd, "classes.json")));
    classes.classes.push({ id: 9, name: "circle" });
    await Deno.writeTextFile(join(cwd, "classes.json"), JSON.stringify(classes));
    const { code, stderr } = await runCli([...SEGMENT, "-o", "x.safetensors", "--dry-run"], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /no image to learn from shows circle/);
  });
});

Deno.test("a loss that is not a number stops the run; what was best before is written", async () => {
  await inFolder(async (cwd) => {
    await writeSquares(cwd, 8);
    // The head's stage goes well, the backbone's learning rate does not.
    const longer = SEGMENT.map((arg) => arg === "3,1" ? "3,5" : arg);
    const args = [...longer, "--tune", "tail", "-o", "x.safetensors", "--backbone-lr", "1e30"];
    const { code, stderr, stdout } = await runCli(args, { cwd });
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /the loss became NaN at step \d+, in the batch of .*photo \w+.*what was best before, at step \d+, is kept/,
    );
    assert.match(stdout, /x\.safetensors/);
    const shown = await runCli(["models", "show", "x.safetensors"], { cwd });
    assert.equal(shown.code, 0, shown.stderr);

    const small = SEGMENT.map((arg) => arg === "8" ? "2" : arg);
    const hopeless = await runCli([...small, "--tune", "none", "-o", "y.safetensors", "--lr", "1e38"], {
      cwd,
    });
    assert.equal(hopeless.code, 3, hopeless.stderr);
    assert.match(hopeless.stderr, /the loss became .*training stopped \(lower it with --lr\)/);
  });
});
