/** What happens to a run when the world around it fails. The longer forms are in `tests/soak`. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { claimSize } from "../soak/claimed_size.ts";
import { killAndResume } from "../soak/killing.ts";
import { runMutants } from "../soak/mutants.ts";
import { pacedOutput } from "../soak/paced_output.ts";
import { digests, inTemporaryFolder, makePhotos } from "../soak/pictures.ts";
import { runCli, spawnCli, taskPermissions } from "../support/run_cli.ts";
import { ROOT, testIf } from "../support/shared.ts";
import { testImage } from "../support/test_image.ts";

const MORTAL = "tests/cli/programs/mortal.ts";
const WINDOWS = Deno.build.os === "windows";

/** A folder with `photos` of small pictures. */
function withPhotos(count: number, body: (cwd: string, photos: string[]) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (cwd) => await body(cwd, await makePhotos(cwd, count)));
}

interface Line {
  readonly file: string;
  readonly error?: string;
}

function jsonLines(stdout: string): Line[] {
  return stdout.trimEnd().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

function temporaryFiles(folder: string): string[] {
  return Object.keys(digests(folder)).filter((name) => name.endsWith(".tmp"));
}

/** A COCO annotations file that gives ids to the pictures and to `hangs.jpg`. */
function annotationsOf(count: number): string {
  const names = [...Array.from({ length: count }, (_, i) => `${i}.jpg`), "hangs.jpg"];
  const images = names.map((name, id) => ({ id, file_name: name, width: 1, height: 1 }));
  return JSON.stringify({ images, annotations: [], categories: [] });
}

/** Images whose results are more than a pipe holds: a run over them waits for its reader. */
const MANY = 600;

/**
 * Runs a command until it has printed its first line, does something to it, and returns how it ended. A run over
 * {@linkcode MANY} images with `--jsonl` cannot end before that.
 */
async function disturb(
  args: readonly string[],
  { cwd, program }: { readonly cwd: string; readonly program?: string },
  body: (child: Deno.ChildProcess) => void | Promise<void>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawnCli(args, { cwd, program });
  await child.stdin.close();
  const stderr = new Response(child.stderr).text();
  let stdout = "";
  let disturbed = false;
  for await (const chunk of pacedOutput(child)) {
    stdout += chunk;
    if (!disturbed) await body(child);
    disturbed = true;
  }
  return { code: (await child.status).code, stdout, stderr: await stderr };
}

Deno.test({
  name: "a run that was killed and taken up with --skip-existing leaves what an undisturbed one leaves",
  ignore: WINDOWS,
  async fn() {
    const { kills, files } = await killAndResume({ images: 60, kills: 4 });
    assert.ok(kills.every((kill) => kill.files > 0 && kill.files < files), JSON.stringify(kills));
    assert.ok(kills.some(({ starting }) => starting));
  },
});

Deno.test({
  name: "what a killed run left of its results file is removed by the next",
  ignore: WINDOWS,
  fn: () =>
    withPhotos(20, async (cwd) => {
      const args = ["detect", "photos/0", "-o", "out", "--save", "coco", "--jsonl", "--size", "64"];
      // The run waits for this one until it is killed.
      const slow = join(cwd, "photos/0/hangs.jpg");
      await Deno.copyFile(join(cwd, "originals/0.jpg"), slow);
      await Deno.writeTextFile(join(cwd, "ids.json"), annotationsOf(20));
      args.push("--annotations", "ids.json");
      await disturb(args, { cwd, program: MORTAL }, async (child) => {
        // It begins to write the file when it begins with the images.
        while (temporaryFiles(join(cwd, "out")).length === 0) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        child.kill("SIGKILL");
      });
      assert.equal(temporaryFiles(join(cwd, "out")).length, 1);
      assert.equal((await runCli(args, { cwd })).code, 0);
      assert.deepEqual(Object.keys(digests(join(cwd, "out"))), ["detections.coco.json"]);
    }),
});

/** Segments 20 small pictures and a deadly one. One alone: it would share a worker, and its death, with another. */
function segmentWithDeadly(
  name: string,
  body: (lines: readonly Line[], stderr: string, code: number, written: readonly string[]) => void,
): Promise<void> {
  return withPhotos(20, async (cwd) => {
    await Deno.copyFile(join(cwd, "originals/0.jpg"), join(cwd, `photos/0/${name}`));
    const { code, stdout, stderr } = await runCli(
      ["segment", "photos", "-o", "out", "--save", "ids", "--jsonl", "-j", "2"],
      { cwd, program: MORTAL },
    );
    body(jsonLines(stdout), stderr, code, Object.keys(digests(join(cwd, "out"))));
  });
}

Deno.test("a worker that dies is replaced, and its image is tried once more", () =>
  segmentWithDeadly("dies-once.jpg", (lines, stderr, code, written) => {
    assert.equal(code, 0, stderr);
    assert.equal(lines.length, 21);
    assert.deepEqual(lines.filter(({ error }) => error !== undefined), []);
    assert.equal(written.length, 21);
  }));

Deno.test("an image on which the worker dies again is reported by name, and the others are done", () =>
  segmentWithDeadly("dies-twice.jpg", (lines, stderr, code, written) => {
    assert.equal(code, 1, stderr);
    assert.equal(lines.length, 21);
    assert.deepEqual(lines.filter(({ error }) => error !== undefined), [{
      file: "photos/0/dies-twice.jpg",
      error: "photos/0/dies-twice.jpg: the worker died twice on this input: the worker exited unexpectedly",
    }]);
    assert.match(stderr, /^bneck: error: photos\/0\/dies-twice\.jpg: the worker died twice/m);
    assert.equal(written.length, 20);
  }));

Deno.test("an image that hangs is given up after --timeout, and the others are done", () =>
  withPhotos(10, async (cwd) => {
    await Deno.copyFile(join(cwd, "originals/0.jpg"), join(cwd, "photos/0/hangs.jpg"));
    // The others have as long: enough for a small picture on the busiest machine.
    const args = ["segment", "photos", "--jsonl", "--size", "64", "--timeout", "10", "-j", "1"];
    const { code, stdout, stderr } = await runCli(args, { cwd, program: MORTAL });
    assert.equal(code, 1, stderr);
    assert.deepEqual(jsonLines(stdout).filter(({ error }) => error !== undefined), [{
      file: "photos/0/hangs.jpg",
      error: "photos/0/hangs.jpg: the worker did not respond for 10 s",
    }]);
    assert.equal(jsonLines(stdout).length, 11);
  }));

Deno.test("inputs that vanish or turn into something else midway are reported, and the others are done", () =>
  withPhotos(MANY, async (cwd, photos) => {
    const [gone, folder, pipe, empty, cut] = photos.slice(-5);
    const { code, stdout, stderr } = await disturb(
      ["segment", "photos", "-o", "out", "--save", "ids", "--jsonl", "--size", "64"],
      { cwd },
      async () => {
        for (const path of photos.slice(-5)) await Deno.remove(join(cwd, path));
        await Deno.mkdir(join(cwd, folder));
        if (!WINDOWS) await new Deno.Command("mkfifo", { args: [join(cwd, pipe)] }).output();
        await Deno.writeFile(join(cwd, empty), new Uint8Array());
        const original = await Deno.readFile(join(cwd, "originals/0.jpg"));
        await Deno.writeFile(join(cwd, cut), original.subarray(0, original.length / 2));
      },
    );
    assert.equal(code, 1);
    const errors = jsonLines(stdout).map(({ error }) => error).filter((error) => error !== undefined);
    assert.deepEqual(errors, [
      `cannot read ${gone}: no such file or folder`,
      `cannot read ${folder}: it is a folder`,
      `cannot read ${pipe}: ${WINDOWS ? "no such file or folder" : "it is not a regular file"}`,
      `cannot read ${empty}: the file is empty`,
      `cannot read ${cut}: the JPEG file is truncated (read it as far as it goes with --truncated)`,
    ]);
    assert.match(stderr, new RegExp(`${MANY - 5} images done, 5 failed`));
    assert.equal(Object.keys(digests(join(cwd, "out"))).length, MANY - 5);
  }));

Deno.test({
  name: "pipes that nobody writes to are refused wherever a file of data or a model belongs",
  ignore: WINDOWS,
  fn: () =>
    inTemporaryFolder(async (cwd) => {
      await new Deno.Command("mkfifo", { args: ["p.json", "p.onnx", "p.safetensors", "p.jpg"], cwd })
        .output();
      await Deno.writeTextFile(
        join(cwd, "gt.json"),
        '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [], "categories": []}',
      );
      const refused = (file: string) => `bneck: error: cannot read ${file}: it is not a regular file\n`;
      for (
        const [args, code, file] of [
          [["eval", "coco", "--annotations", "p.json", "--detections", "x"], 2, "p.json"],
          [["eval", "coco", "--annotations", "gt.json", "--detections", "p.json"], 2, "p.json"],
          [["profile", "p.onnx"], 3, "p.onnx"],
          [["profile", "p.jpg"], 3, "p.jpg"],
          [["models", "show", "p.onnx"], 3, "p.onnx"],
          [["export", "--weights", "p.safetensors", "-o", "x.onnx"], 3, "p.safetensors"],
          [["segment", "p.jpg", "-m", "p.safetensors"], 3, "p.safetensors"],
          [["adopt", "p.onnx"], 3, "p.onnx"],
        ] as const
      ) {
        const run = await runCli(args, { cwd });
        assert.deepEqual([run.code, run.stderr], [code, refused(file)], args.join(" "));
      }
    }),
});

/** How to start a program that may not read what it has no permission for, though an administrator starts it. */
const UNPRIVILEGED = Deno.build.os !== "windows" && Deno.uid() === 0
  ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
  : ["env"];

function canRun(command: readonly string[]): boolean {
  try {
    return new Deno.Command(command[0], { args: [...command.slice(1), "true"], stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

testIf(
  !WINDOWS && canRun(UNPRIVILEGED),
  "no way to do without an administrator's rights",
  "files and folders that may not be read are reported, and the others are done",
  () =>
    withPhotos(20, async (cwd, photos) => {
      await Deno.remove(join(cwd, photos[7]));
      await Deno.copyFile(join(cwd, "originals/0.jpg"), join(cwd, photos[7]));
      await Deno.chmod(join(cwd, photos[7]), 0o000);
      await Deno.mkdir(join(cwd, "photos/secret"), { mode: 0o000 });
      const { code, stdout } = await new Deno.Command(UNPRIVILEGED[0], {
        args: [
          ...[...UNPRIVILEGED.slice(1), Deno.execPath(), "run", ...taskPermissions(), "cli/main.ts"],
          ...["segment", "photos", "-o", "out", "--save", "ids", "--size", "64", "--jsonl"],
        ],
        cwd: ROOT,
        env: { INIT_CWD: cwd },
      }).output();
      assert.equal(code, 1);
      const lines = jsonLines(new TextDecoder().decode(stdout));
      assert.deepEqual(lines.filter(({ error }) => error !== undefined), [
        { file: "", error: "cannot read photos/secret: permission denied" },
        { file: photos[7], error: `cannot read ${photos[7]}: permission denied` },
      ]);
      assert.equal(lines.length, 21);
      assert.equal(Object.keys(digests(join(cwd, "out"))).length, 19);
      await Deno.chmod(join(cwd, "photos/secret"), 0o700);
    }),
);

/** Whether a small file system can be made, as only an administrator may. */
function canMount(): boolean {
  if (Deno.build.os !== "linux") return false;
  const folder = Deno.makeTempDirSync({ prefix: "bneck-mount-" });
  const run = (program: string, ...args: string[]) => {
    try {
      return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
    } catch {
      return false;
    }
  };
  const mounted = run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder) && run("umount", folder);
  Deno.removeSync(folder);
  return mounted;
}

testIf(
  canMount(),
  "a tmpfs cannot be mounted",
  "a disk that fills up fails images one by one and leaves no half file; with room again, the rest is done",
  () =>
    withPhotos(60, async (cwd) => {
      const args = ["segment", "photos", "--save", "ids,overlay", "--jsonl"];
      assert.equal((await runCli([...args, "-o", "expected"], { cwd })).code, 0);
      const expected = digests(join(cwd, "expected"));
      const mount = async (...flags: string[]) => {
        const { success } = await new Deno.Command("mount", { args: flags, cwd }).output();
        assert.ok(success);
      };
      await Deno.mkdir(join(cwd, "out"));
      await mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", "out");
      try {
        const full = await runCli([...args, "-o", "out"], { cwd });
        assert.equal(full.code, 1);
        const lines = jsonLines(full.stdout);
        assert.equal(lines.length, 60);
        const failed = lines.filter(({ error }) => error !== undefined);
        assert.ok(failed.length > 0 && failed.length < 60);
        for (const { error } of failed) {
          assert.match(
            error!,
            /^photos\/.*: cannot write out\/.*(ids\.png|overlay\.jpg): no space left on the device$/,
          );
        }
        const written = digests(join(cwd, "out"));
        for (const [name, digest] of Object.entries(written)) assert.equal(digest, expected[name], name);

        await mount("-o", "remount,size=8m", "out");
        assert.equal((await runCli([...args, "-o", "out", "--skip-existing"], { cwd })).code, 0);
        assert.deepEqual(digests(join(cwd, "out")), expected);
      } finally {
        await new Deno.Command("umount", { args: ["out"], cwd }).output();
      }
    }),
);

testIf(
  canMount(),
  "a tmpfs cannot be mounted",
  "a results file that does not fit on the disk ends the run with one line",
  () =>
    withPhotos(60, async (cwd) => {
      await Deno.mkdir(join(cwd, "out"));
      const { success } = await new Deno.Command("mount", {
        args: ["-t", "tmpfs", "-o", "size=16k", "tmpfs", "out"],
        cwd,
      }).output();
      assert.ok(success);
      try {
        const args = [
          "detect",
          "photos",
          "-o",
          "out",
          "--save",
          "coco",
          "--score",
          "0",
          "--size",
          "64",
          "-q",
        ];
        const { code, stderr } = await runCli(args, { cwd });
        assert.deepEqual([code, stderr], [
          1,
          "bneck: error: cannot write out/detections.coco.json: no space left on the device\n",
        ]);
        assert.deepEqual(digests(join(cwd, "out")), {});
      } finally {
        await new Deno.Command("umount", { args: ["out"], cwd }).output();
      }
    }),
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `after ${signal} nothing is torn, and --skip-existing does the rest`,
    ignore: WINDOWS,
    fn: () =>
      withPhotos(MANY, async (cwd) => {
        const args = ["segment", "photos", "-o", "out", "--save", "ids", "--jsonl", "--size", "64"];
        const { code, stdout } = await disturb(args, { cwd }, (child) => child.kill(signal));
        assert.equal(code, 130);
        const done = jsonLines(stdout).length;
        assert.ok(done > 0 && done < MANY, `${done} were done`);
        assert.equal(Object.keys(digests(join(cwd, "out"))).length, done);
        assert.deepEqual(temporaryFiles(join(cwd, "out")), []);
        const rest = await runCli([...args, "--skip-existing"], { cwd });
        assert.equal(rest.code, 0);
        assert.equal(jsonLines(rest.stdout).length, MANY - done);
      }),
  });
}

Deno.test({
  name: "a reader of stdout that leaves ends the run without a word and without a half file",
  ignore: WINDOWS,
  fn: () =>
    withPhotos(MANY, async (cwd) => {
      const line = [
        ...["run", ...taskPermissions(), "cli/main.ts", "segment", "photos", "-o", "out", "--save", "ids"],
        ...["--size", "64", "--jsonl"],
      ];
      const { stdout, stderr } = await new Deno.Command("bash", {
        args: [
          "-c",
          'set -o pipefail; "$0" "$@" | head -n 1; echo "status ${PIPESTATUS[0]}"',
          Deno.execPath(),
          ...line,
        ],
        cwd: ROOT,
        env: { INIT_CWD: cwd },
      }).output();
      const decoder = new TextDecoder();
      assert.match(decoder.decode(stdout), /^\{"file":"photos\/0\/0\.jpg".*\}\nstatus 141\n$/);
      assert.equal(decoder.decode(stderr), "");
      const files = Object.keys(digests(join(cwd, "out")));
      assert.ok(files.length < MANY);
      assert.deepEqual(temporaryFiles(join(cwd, "out")), []);
    }),
});

Deno.test("damaged pictures are done or refused with one line each, and the memory stays within bounds", async () => {
  // However busy the machine is: the soak gives each file ten seconds.
  const { kinds, refused, memory } = await runMutants({ count: 300, seconds: 300 });
  const done = Object.values(kinds).reduce((sum, kind) => sum + kind.done, 0);
  assert.ok(done > 30 && Object.keys(refused).length > 10, `${done} were done`);
  assert.equal(Object.keys(kinds).length, 7 * 5);
  assert.ok(memory < 1.5 * 2 ** 30, `${memory} bytes`);
});

/** Small files of all formats that claim to have 65535×65535 pixels, or the most that the format can hold. */
async function hugeClaims(): Promise<Record<string, Uint8Array>> {
  const { width, height, data } = testImage(40, 30);
  const picture = () => sharp(data, { raw: { width, height, channels: 3 } });
  const bmp = new Uint8Array(54 + 16);
  const header = new DataView(bmp.buffer);
  bmp.set([0x42, 0x4d]);
  header.setUint32(10, 54, true);
  header.setUint32(14, 40, true);
  header.setUint16(26, 1, true);
  header.setUint16(28, 24, true);
  const whole = {
    "a.bmp": bmp,
    "b.gif": new Uint8Array(await picture().gif().toBuffer()),
    "c.png": new Uint8Array(await picture().png().toBuffer()),
    "d.tiff": new Uint8Array(await picture().tiff({ compression: "none" }).toBuffer()),
    "e.webp": new Uint8Array(await picture().webp().toBuffer()),
    "f.jpg": new Uint8Array(await picture().jpeg().toBuffer()),
    "g.avif": new Uint8Array(await picture().avif().toBuffer()),
  };
  const claims = Object.entries(whole).map(([name, file]) => [name, claimSize(file, squareOf(65_535))]);
  return Object.fromEntries(claims);
}

function squareOf(side: number): { width: number; height: number } {
  return { width: side, height: side };
}

Deno.test("small files that claim 65535×65535 pixels are refused from their headers, and the limit is named", () =>
  inTemporaryFolder(async (cwd) => {
    await Deno.mkdir(join(cwd, "photos"));
    for (const [name, bytes] of Object.entries(await hugeClaims())) {
      await Deno.writeFile(join(cwd, "photos", name), bytes);
    }
    const { code, stdout } = await runCli(["segment", "photos", "--jsonl"], { cwd });
    assert.equal(code, 1);
    const tooLarge = (name: string, side: number) =>
      `cannot read photos/${name}: ${side}×${side} is ${
        side ** 2
      } pixels, more than the limit of 178956970 ` +
      "(raise it with --max-pixels)";
    assert.deepEqual(jsonLines(stdout).map(({ error }) => error), [
      tooLarge("a.bmp", 65_535),
      tooLarge("b.gif", 65_535),
      tooLarge("c.png", 65_535),
      tooLarge("d.tiff", 65_535),
      tooLarge("e.webp", 16_383),
      tooLarge("f.jpg", 65_535),
      tooLarge("g.avif", 65_535),
    ]);
    assert.ok(!existsSync(join(cwd, "out")));
  }));
