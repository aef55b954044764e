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

/**
 * Starts a program for which a container's limit is 2.5 GB, as far as it can see: files like those of cgroups, of version 1 and
 * 2, lie over the real ones in a mount namespace of its own. The real cgroups, which belong to whoever started the tests, stay
 * as they are.
 */
const SEEN_LIMIT = `
mount -t tmpfs tmpfs /sys/fs/cgroup || exit 1
for group in memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup) .$(sed -n 's/^0:://p' /proc/self/cgroup); do
  mkdir -p /sys/fs/cgroup/$group
  echo 2500000000 | tee /sys/fs/cgroup/$group/memory.limit_in_bytes > /sys/fs/cgroup/$group/memory.max
done
exec "$@"`;
const SEEING = ["--mount", "--propagation", "private", "sh", "-c", SEEN_LIMIT, "sh"];

testIf(
  Deno.build.os === "linux" && await works("unshare", ...SEEING, "true"),
  "files of cgroups cannot be laid over those of the system (unshare needs root)",
  "eight images of 179 megapixels and a photo take less than the 2.5 GB of a container's limit",
  () =>
    withBombs(8, async (folder) => {
      const child = new Deno.Command("unshare", {
        args: [
          ...SEEING,
          Deno.execPath(),
          "run",
          ...taskPermissions(),
          ROOT + "cli/main.ts",
          ...["segment", folder, "-o", join(folder, "out"), "--save", "ids", "-j", "2"],
        ],
        cwd: ROOT,
        stdout: "null",
        stderr: "piped",
      }).spawn();
      let peak = 0;
      // unshare and sh replace themselves, so it is the process of the program.
      const timer = setInterval(async () => peak = Math.max(peak, await peakOf(child.pid)), 100);
      const { success, stderr } = await child.output();
      clearInterval(timer);
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.equal(
        [...Deno.readDirSync(join(folder, "out"))].filter(({ name }) => name.endsWith(".png")).length,
        9,
      );
      assert.ok(peak > 1e9 && peak < 2.5e9, `${peak} bytes`);
    }),
);
