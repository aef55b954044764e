/** @slow Images of 179 megapixels are decoded and labelled. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeGreyPng } from "../../core/images/mod.ts";
import { spawnCli, taskPermissions } from "../support/run_cli.ts";
import { ROOT, testIf } from "../support/shared.ts";

/** Of PNGs that are small as files: as many pixels as are allowed by default. */
const SIDE = 13_370;

/** A folder with `count` PNGs that take far more memory than disk space, and a photo. */
async function withBombs(count: number, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-bombs-" }));
  try {
    const bomb = encodeGreyPng({ width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE) });
    for (let i = 0; i < count; i++) await Deno.writeFile(join(folder, `bomb${i}.png`), bomb);
    await Deno.copyFile(
      ROOT + "models/weights/everyday-lraspp/samples/000000160012.jpg",
      join(folder, "photo.jpg"),
    );
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a program succeeds. */
async function works(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** The most memory that a process has had, in bytes; read by `cat`, because Deno opens `/proc` only for `-A`. */
async function peakOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`], stderr: "null" })
    .output();
  return Number(/VmHWM:\s*(\d+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? 0) * 1024;
}

testIf(
  Deno.build.os === "linux",
  "peak memory is read on Linux",
  "--memory bounds what large images take",
  () =>
    withBombs(3, async (folder) => {
      const args = ["segment", folder, "-o", join(folder, "out"), "--save", "ids", "-j", "2"];
      const child = spawnCli([...args, "--memory", "1250M"]);
      child.stdin.close();
      let peak = 0;
      const timer = setInterval(async () => peak = Math.max(peak, await peakOf(child.pid)), 100);
      const { code, stderr } = await child.output();
      clearInterval(timer);
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.equal(
        [...Deno.readDirSync(join(folder, "out"))].filter(({ name }) => name.endsWith(".png")).length,
        4,
      );
      assert.ok(peak > 1e9 && peak < 2e9, `${peak} bytes`);
    }),
);

const LIMITED = ["--user", "--scope", "--quiet", "-p", "MemoryMax=2500M", "-p", "MemorySwapMax=0"];

testIf(
  await works("systemd-run", ...LIMITED, "true"),
  "systemd-run cannot limit memory",
  "eight images of 179 megapixels and a photo are done in a container of 2.5 GB",
  () =>
    withBombs(8, async (folder) => {
      const { success, stderr } = await new Deno.Command("systemd-run", {
        args: [
          ...LIMITED,
          Deno.execPath(),
          "run",
          ...taskPermissions(),
          ROOT + "cli/main.ts",
          ...["segment", folder, "-o", join(folder, "out"), "--save", "ids"],
        ],
        cwd: ROOT,
        stdout: "null",
        stderr: "piped",
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
    }),
);
