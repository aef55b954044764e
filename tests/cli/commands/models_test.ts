import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeSafetensors } from "../../../core/weights/mod.ts";
import { MODELS } from "../../../models/registry.ts";
import { fakeTensors } from "../../models/fake_checkpoint.ts";
import { runCli, taskPermissions } from "../../support/run_cli.ts";
import { inFolder } from "../../support/folders.ts";

Deno.test("models list names every model, and what is here", async () => {
  await inFolder(async (folder) => {
    const env = { BNECK_CACHE: folder };
    const { code, stdout } = await runCli(["models", "list", "--json"], { env });
    assert.equal(code, 0);
    const models = JSON.parse(stdout) as {
      name: string;
      here: boolean;
      tasks: string[];
      bytes: number | null;
      classes: number[];
    }[];
    assert.deepEqual(models.filter(({ here }) => here).map(({ name }) => name), [
      "mb3-large-075.coco-everyday",
      "mb3-large-075.coco-street",
    ]);
    const [everyday] = models;
    assert.deepEqual(everyday.classes, [80, 21]);
    // The detector has 4.0 MB, the decoder 2.5.
    assert.ok(everyday.bytes! > 6e6 && everyday.bytes! < 7e6, `${everyday.bytes}`);
    const deeplab = models.find(({ name }) => name.startsWith("deeplabv3"))!;
    assert.deepEqual([deeplab.tasks, deeplab.bytes], [["segment"], Math.round(42.301 * 2 ** 20)]);

    const text = await runCli(["models", "list", "--task", "detect"], { env });
    assert.match(text.stdout, /^model +short +task +score % +classes +size +licence +weights\n/);
    assert.match(
      text.stdout,
      /^ssdlite320_mobilenet_v3_large\.coco_v1 +ssdlite320_mobilenet_v3_large +detect +AP 21\.3 +90 +13\.4 MiB +BSD 3-Clause +download$/m,
    );
    assert.ok(!text.stdout.includes("lraspp"));
    const csv = await runCli(["models", "list", "--task", "segment", "--format", "csv"], { env });
    assert.match(
      csv.stdout,
      /^model,short,task,score %,classes,size,licence,weights\nmb3-large-075\.coco-everyday,"mb3-large-075, everyday","detect, segment",/,
    );
  });
});

Deno.test("models show tells where a model is from, and suggests names", async () => {
  const { stdout } = await runCli(["models", "show", "mobilenet_v3_large"], {
    env: { BNECK_CACHE: "/nowhere" },
  });
  assert.match(stdout, /^model +mobilenet_v3_large\.imagenet1k_v2$/m);
  assert.match(stdout, /top-1 75\.3 % on ImageNet val \(torchvision\)/);
  assert.match(stdout, /SHA-256 5c1a4163…, 21\.1 MiB/);
  assert.match(stdout, /no: it would be\s+\/nowhere\/weights\/mobilenet_v3_large-5c1a4163\.pth/);
  assert.match(stdout, /not fetched here: no network where this was built/);
  const everyday = await runCli(["models", "show", "everyday"]);
  assert.match(everyday.stdout, /^short +mb3-large-075, everyday$/m);
  assert.match(everyday.stdout, /mIoU 45\.1 % on coco-mini/);
  assert.match(everyday.stdout, /to segment: models\/weights\/everyday-lraspp, [^;]*;\s+licence\s+MIT/);
  const json = JSON.parse((await runCli(["models", "show", "mb3-large-075", "--json"])).stdout);
  assert.equal(json.labels.detect.length, 80);
  assert.equal(json.here, true);
  const unknown = await runCli(["models", "show", "mobilenet_v3_lagre"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /unknown model mobilenet_v3_lagre; did you mean mobilenet_v3_large\?/);
});

Deno.test("models path prints the folder, or where a model's file belongs", async () => {
  const env = { BNECK_CACHE: join("/some", "cache") };
  assert.equal((await runCli(["models", "path"], { env })).stdout, "/some/cache\n");
  assert.equal(
    (await runCli(["models", "path", "mobilenet_v2"], { env })).stdout,
    "/some/cache/weights/mobilenet_v2-7ebf99e0.pth\n",
  );
  const escape = await runCli(["models", "path"], {
    env: { ...env, BNECK_CACHE: "/some/\x1b]0;x\x07cache" },
  });
  assert.equal(escape.stdout, "/some/\\x1b]0;x\\x07cache\n");
  const json = await runCli(["models", "path", "mobilenet_v2", "--json"], { env });
  assert.deepEqual(JSON.parse(json.stdout), { path: "/some/cache/weights/mobilenet_v2-7ebf99e0.pth" });
  const embedded = await runCli(["models", "path", "mb3-large-075"], { env });
  assert.equal(embedded.code, 2);
  assert.match(embedded.stderr, /comes with bneck/);
});

Deno.test("models pull without the permission for it says what to do by hand", async () => {
  await inFolder(async (folder) => {
    const { code, stderr } = await runCli(["models", "pull", "mobilenet_v2"], {
      env: { BNECK_CACHE: folder },
      permissions: taskPermissions().filter((flag) => !flag.startsWith("--allow-net")),
    });
    assert.equal(code, 3);
    assert.match(
      stderr,
      /cannot download https:\/\/download\.pytorch\.org\/models\/mobilenet_v2-7ebf99e0\.pth: .*--allow-net.*save it as .*weights/,
    );
    const embedded = await runCli(["models", "pull", "mb3-large-075", "--json"]);
    assert.deepEqual([embedded.code, embedded.stdout], [0, "[]\n"]);
    assert.match(embedded.stderr, /nothing to fetch/);
  });
});

Deno.test("models verify says what a file is for, and lists what does not fit", async () => {
  await inFolder(async (folder) => {
    const env = { BNECK_CACHE: folder };
    assert.match((await runCli(["models", "verify"], { env })).stderr, /no weights have been fetched yet/);

    const tensors = fakeTensors("mobilenet_v3_small", 7);
    const path = join(folder, "mine.safetensors");
    await Deno.writeFile(path, encodeSafetensors(tensors));
    const good = await runCli(["models", "verify", path], { env });
    assert.equal(good.code, 0);
    assert.match(
      good.stdout,
      /mobilenet_v3_small, 7 classes, 1\.53 M parameters, safetensors, .*, SHA-256 [0-9a-f]{64}/,
    );

    tensors.delete("classifier.0.bias");
    await Deno.writeFile(path, encodeSafetensors(tensors));
    const bad = await runCli(["models", "verify", path, "--arch", "mobilenet_v3_small", "--json"], { env });
    assert.equal(bad.code, 3);
    const [{ error, sha256 }] = JSON.parse(bad.stdout);
    assert.match(error, /does not fit mobilenet_v3_small:\n {2}1 missing: classifier\.0\.bias/);
    assert.equal(sha256.length, 64);

    const shared = join(folder, "shared.safetensors");
    await Deno.writeFile(shared, encodeSafetensors(fakeTensors("mobilenetv3_small_100")));
    const ambiguous = await runCli(["models", "verify", shared], { env });
    assert.equal(ambiguous.code, 3);
    assert.match(ambiguous.stderr, /fits .* \(say which one it was trained as with --arch\)\n$/);

    const published = join(folder, "tf_mobilenetv3_small_100-37f49e2b.pth");
    await Deno.writeFile(published, encodeSafetensors(fakeTensors("tf_mobilenetv3_small_100")));
    const byName = await runCli(["models", "verify", published], { env });
    assert.equal(byName.code, 0);
    assert.match(byName.stdout, /: tf_mobilenetv3_small_100, 1000 classes/);
    assert.match(
      byName.stderr,
      /has the name of the weights of tf_mobilenetv3_small_100\.in1k, but is another file/,
    );

    await Deno.mkdir(join(folder, "weights"));
    await Deno.copyFile(path, join(folder, "weights", "mobilenet_v2-7ebf99e0.pth"));
    const fake = await runCli(["models", "verify"], { env });
    assert.equal(fake.code, 3);
    assert.match(
      fake.stderr,
      /is not the file published for mobilenet_v2\.imagenet1k_v2: its SHA-256 is .* begin with 7ebf99e0/,
    );
    const missing = await runCli(["models", "verify", "no/such.pth"], { env });
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, /no\/such\.pth: no such file or folder/);
    const unfetched = await runCli(["models", "verify", "mobilenet_v3_large"], { env });
    assert.equal(unfetched.code, 3);
    assert.match(
      unfetched.stderr,
      /are not on this machine: fetch them with "bneck models pull mobilenet_v3/,
    );
    if (Deno.build.os !== "windows") {
      const device = await runCli(["models", "verify", "/dev/null"], { env });
      assert.match(device.stderr, /cannot read \/dev\/null: it is not a regular file/);
    }
    const aFolder = await runCli(["models", "verify", folder], { env });
    assert.equal(aFolder.code, 3);
    assert.ok(aFolder.stderr.endsWith(`cannot read ${folder}: it is a folder\n`), aFolder.stderr);
  });
});

Deno.test("models verify reads the weights that come with bneck, asked for them or for all", async () => {
  await inFolder(async (folder) => {
    const env = { BNECK_CACHE: folder };
    const line =
      /^mb3-large-075\.coco-everyday: comes with bneck, to detect and segment, \d\.\d\d M parameters\n$/;
    const named = await runCli(["models", "verify", "mb3-large-075"], { env });
    assert.deepEqual([named.code, named.stderr], [0, ""]);
    assert.match(named.stdout, line);
    const all = await runCli(["models", "verify"], { env });
    assert.equal(all.code, 0);
    const [first, second] = all.stdout.trimEnd().split("\n");
    assert.match(`${first}\n`, line);
    assert.match(second, /^mb3-large-075\.coco-street: comes with bneck, to detect and segment, /);
    const [finding] = JSON.parse((await runCli(["models", "verify", "--json"], { env })).stdout);
    assert.deepEqual([finding.model, finding.file, finding.error], [
      "mb3-large-075.coco-everyday",
      null,
      null,
    ]);
  });
});

Deno.test("models show tells what an exported file says of itself", async () => {
  await inFolder(async (cwd) => {
    const size = ["--size", "360x480"];
    await runCli(["export", "street", "--heads", "segment", ...size, "-o", "street.onnx"], { cwd });
    const { code, stdout, stderr } = await runCli(["models", "show", "street.onnx"], { cwd });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^model +mb3-large-075\.coco-street$/m);
    assert.match(stdout, /^images +360×480; normalised in the file$/m);
    assert.match(stdout, /licence\s+MIT; CC\s+BY-NC\s+4\.0/);
    assert.match(stdout, /^classes +sky, building/m);
    const weights = await runCli(["models", "show", "best.pth"], { cwd });
    assert.equal(weights.code, 2);
    assert.match(
      weights.stderr,
      /best\.pth is a file of weights: "bneck models verify best\.pth" says which/,
    );
  });
});

Deno.test("models verify says what an exported file does", async () => {
  await inFolder(async (cwd) => {
    await runCli(["export", "mb3-large-075", "-o", "both.onnx"], { cwd });
    const both = await runCli(["models", "verify", "both.onnx"], { cwd });
    assert.match(
      both.stdout,
      /^both\.onnx: mb3-large-075\.coco-everyday, exported to detect and segment, onnx, .* MiB, SHA-256 /,
    );
    assert.deepEqual([both.code, both.stderr], [0, ""]);

    await runCli(["export", "mb3-large-075", "--raw", "-o", "raw.onnx"], { cwd });
    const raw = await runCli(["models", "verify", "raw.onnx"], { cwd });
    assert.match(
      raw.stdout,
      /^raw\.onnx: mb3-large-075\.coco-everyday, the bare network, to detect and segment, onnx, /,
    );
    assert.deepEqual([raw.code, raw.stderr], [0, ""]);

    await Deno.writeFile(join(cwd, "w.safetensors"), encodeSafetensors(fakeTensors("mobilenet_v3_small")));
    await runCli(["export", "--weights", "w.safetensors", "-o", "one.onnx"], { cwd });
    const one = await runCli(["models", "verify", "one.onnx"], { cwd });
    assert.match(one.stdout, /^one\.onnx: exported to classify, mobilenet_v3_small, 1000 classes, 2\.54 M/);
  });
});

Deno.test("the task may fetch from the hosts of the registry, and from nowhere else", () => {
  const allowed = taskPermissions().find((flag) => flag.startsWith("--allow-net="))!.split("=")[1].split(",");
  const hosts = new Set(
    MODELS.flatMap(({ weights }) =>
      weights.flatMap(({ download }) => download ? [new URL(download.url).host] : [])
    ),
  );
  /** Where the hosts of the registry send a client on to. */
  const redirects: Readonly<Record<string, readonly string[]>> = {
    "github.com": ["*.githubusercontent.com"],
    "huggingface.co": ["*.huggingface.co", "*.hf.co"],
  };
  const expected = [...hosts].flatMap((host) => [host, ...redirects[host] ?? []]);
  assert.deepEqual(allowed.sort(), expected.sort());
});
