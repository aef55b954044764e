/** Runs that are stopped from outside, or whose reader leaves. The longer forms are in `tests/soak`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { endless } from "../core/profile/small_onnx.ts";
import { killAndResume } from "../soak/killing.ts";
import { digests } from "../soak/pictures.ts";
import { inFolder } from "../support/folders.ts";
import { runCli, spawnCli, taskPermissions } from "../support/run_cli.ts";
import { ROOT } from "../support/shared.ts";
import { disturb, jsonLines, MANY, MORTAL, temporaryFiles, WINDOWS, withPhotos } from "./many_photos.ts";

/** A COCO annotations file that gives ids to the pictures and to `hangs.jpg`. */
function annotationsOf(count: number): string {
  const names = [...Array.from({ length: count }, (_, i) => `${i}.jpg`), "hangs.jpg"];
  const images = names.map((name, id) => ({ id, file_name: name, width: 1, height: 1 }));
  return JSON.stringify({ images, annotations: [], categories: [] });
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

Deno.test({
  name: "a file of others whose network never ends is left at the second Ctrl-C",
  ignore: WINDOWS,
  fn: () =>
    inFolder(async (cwd) => {
      await Deno.writeFile(join(cwd, "endless.onnx"), endless([1, 3, 32, 32]));
      const child = spawnCli(["adopt", "endless.onnx", "--verbose"], { cwd });
      await child.stdin.close();
      let stderr = "";
      const pause = () => new Promise((resolve) => setTimeout(resolve, 1000));
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        stderr += text;
        // Signals that follow too closely are one press.
        await pause();
        child.kill("SIGINT");
      }
      assert.match(stderr, /running endless\.onnx once\n.*press Ctrl-C again/s);
      assert.equal((await child.status).code, 130);
      await child.stdout.cancel();
    }),
});
