/** What happens to a run when the world around it fails. The longer forms are in `tests/soak`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digests } from "../soak/pictures.ts";
import { runCli, taskPermissions } from "../support/run_cli.ts";
import { ROOT, testIf } from "../support/shared.ts";
import { inFolder } from "../support/folders.ts";
import { disturb, jsonLines, MANY, WINDOWS, withPhotos } from "./many_photos.ts";

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
    inFolder(async (cwd) => {
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
