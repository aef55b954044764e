import assert from "node:assert/strict";
import { join } from "node:path";
import { openLatencyTable, saveSessions } from "../../../models/latency/store.ts";
import { runCli, taskPermissions } from "../../support/run_cli.ts";

Deno.test("doctor --json prints one object that says bneck can be used here", async () => {
  const cache = join(await Deno.makeTempDir(), "models");
  const { code, stdout, stderr } = await runCli(["doctor", "--json"], { env: { BNECK_CACHE: cache } });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const found = JSON.parse(stdout);
  assert.equal(found.usable, true);
  assert.equal(found.deno.deno, Deno.version.deno);
  assert.equal(found.onnxruntime.ok, true);
  assert.deepEqual(
    found.models.map(({ ok, name }: { ok: boolean; name: string }) => [ok, name]),
    [[true, "mb3-large-075.coco-everyday"], [true, "mb3-large-075.coco-street"]],
  );
  assert.match(found.onnxruntime.version, /^\d+\.\d+\.\d+$/);
  assert.ok(found.onnxruntime.backends.includes("cpu"));
  assert.deepEqual(
    found.codecs.map(({ format, ok }: { format: string; ok: boolean }) => [format, ok]),
    ["JPEG", "PNG", "WebP", "AVIF", "GIF", "TIFF", "BMP"].map((format) => [format, true]),
  );
  assert.ok(found.processor.cores >= 1);
  assert.deepEqual(found.cache, { path: cache, chosenBy: "BNECK_CACHE", exists: false, writable: true });
  const states = Object.fromEntries(
    found.permissions.map(({ name, state }: { name: string; state: string }) => [name, state]),
  );
  assert.deepEqual([states.read, states.write, states.ffi], ["granted", "granted", "granted"]);
  assert.equal(states.net, "granted");
  // Looking at the cache folder leaves nothing behind.
  assert.deepEqual([...Deno.readDirSync(join(cache, ".."))], []);
});

Deno.test("doctor prints the same for people", async () => {
  const { code, stdout } = await runCli(["doctor"]);
  assert.equal(code, 0);
  assert.match(stdout, /^bneck {8}\d/);
  assert.match(stdout, /^onnxruntime {2}1\.\d+\.\d+ works/m);
  assert.match(stdout, /^images {7}JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP$/m);
  assert.match(stdout, /bneck can be used here\.\n$/);
});

Deno.test("doctor says which ffmpeg reads videos, and that there is none where it may not be started", async () => {
  const ofPath = await new Deno.Command("ffmpeg", { args: ["-version"] }).output().catch(() => undefined);
  const version = /^ffmpeg version (\S+)/.exec(new TextDecoder().decode(ofPath?.stdout))?.[1] ?? null;
  const { stdout } = await runCli(["doctor", "--json"]);
  const { ffmpeg } = JSON.parse(stdout);
  if (ffmpeg !== null) assert.equal(ffmpeg, version);
  const permissions = taskPermissions().filter((flag) => !flag.startsWith("--allow-run"));
  const without = await runCli(["doctor"], { permissions: [...permissions, "--no-prompt"] });
  assert.match(without.stdout, /^videos {7}none: no ffmpeg that bneck may start \(docs\/formats\.md\)$/m);
  assert.match(without.stdout, /run not granted \(the processor, ffmpeg for videos\)/);
});

Deno.test("doctor lists the latency tables in the cache folder, and no other files there", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const table = await openLatencyTable({ env: (name) => name === "BNECK_CACHE" ? cache : undefined });
    const part = { inputChannels: 8, outputChannels: 8, inputCells: 4, outputCells: 4, window: 1 };
    const sample = {
      ...part,
      kind: "conv 1x1",
      channelwise: false,
      weightBytes: 256,
      milliseconds: 1,
      traffic: 9,
    };
    const session = { name: "a", date: "2026-01-31", milliseconds: 1, noise: 0.1, samples: [sample] };
    await saveSessions(table, [session]);
    await Deno.writeTextFile(join(cache, "latency", "0123456789abcdef.json"), "{}");
    const { stdout } = await runCli(["doctor", "--json"], { env: { BNECK_CACHE: cache } });
    const { latency } = JSON.parse(stdout);
    assert.equal(latency.length, 1);
    assert.deepEqual([latency[0].networks, latency[0].parts, latency[0].from], [1, 1, "2026-01-31"]);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("without permission to load native libraries doctor says so and exits with 3", async () => {
  const permissions = taskPermissions().filter((flag) => !flag.startsWith("--allow-ffi"));
  const { code, stdout } = await runCli(["doctor"], { permissions: [...permissions, "--no-prompt"] });
  assert.equal(code, 3);
  assert.match(stdout, /onnxruntime does not work: .*ffi/);
  assert.match(stdout, /JPEG, PNG, WebP, AVIF, GIF, TIFF images cannot be read/);
  assert.match(stdout, /^permissions {2}.*ffi not granted \(onnxruntime, sharp\)/m);
  assert.match(stdout, /bneck cannot be used here\.\n$/);
});

Deno.test("doctor runs, and explains itself, without any permission at all", async () => {
  const { code, stdout, stderr } = await runCli(["doctor", "--json"], { permissions: ["--no-prompt"] });
  assert.equal(code, 3);
  assert.equal(stderr, "");
  const { usable, memory, cache, processor } = JSON.parse(stdout);
  assert.deepEqual([usable, memory, cache.path, processor.features], [false, null, null, null]);
});

Deno.test("another command without permission to read says which is missing", async () => {
  const { code, stderr } = await runCli(["segment", "photo.jpg"], { permissions: ["--no-prompt"] });
  assert.equal(code, 2);
  assert.match(stderr, /cannot read bneck's own code: .*\(--allow-read\)/);
});

Deno.test("a cache folder that cannot be written to is a warning, not a failure", async () => {
  const file = await Deno.makeTempFile();
  const { code, stdout } = await runCli(["doctor"], { env: { BNECK_CACHE: join(file, "models") } });
  assert.equal(code, 0);
  assert.match(stdout, /models cannot be downloaded: .* is not writable; set BNECK_CACHE to a folder/);
  await Deno.remove(file);
});
