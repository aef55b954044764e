import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { STREET_PHOTO } from "../support/street.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

async function run(command: string, args: readonly string[], env: Record<string, string>, cwd = PROJECT) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env, cwd }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test({
  name: "deno task install gives the command bneck in every folder, deno task uninstall takes it away",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-install-" }));
    try {
      const env = { DENO_INSTALL_ROOT: join(root, "tools") };
      const command = join(root, "tools/bin/bneck");
      const task = (name: string) => run(Deno.execPath(), ["task", "--quiet", name], env);
      const installed = await task("install");
      assert.equal(installed.code, 0, installed.stderr);
      assert.match(installed.stdout, /export PATH="\S+\/tools\/bin:\$PATH"/);
      assert.equal((await task("install")).code, 0, "again, over itself");

      // An ffmpeg elsewhere on the PATH may be started, and nothing else there.
      const own = join(root, "own tools");
      await Deno.mkdir(own);
      await Deno.writeTextFile(join(own, "ffmpeg"), "#!/bin/sh\n", { mode: 0o755 });
      const PATH = `${own}:${Deno.env.get("PATH")}`;
      assert.equal((await run(Deno.execPath(), ["task", "--quiet", "install"], { ...env, PATH })).code, 0);
      assert.ok((await Deno.readTextFile(command)).includes(`,${join(own, "ffmpeg")}'`));

      const folder = join(root, "my photos");
      await Deno.mkdir(folder);
      await Deno.copyFile(STREET_PHOTO, join(folder, "street.png"));
      const segmented = await run(
        command,
        ["segment", "street.png", "-o", "out", "-m", "street"],
        {},
        folder,
      );
      assert.equal(segmented.code, 0, segmented.stderr);
      assert.match(segmented.stdout, /^street\.png: road 39\.8 %/);
      assert.ok((await Deno.stat(join(folder, "out/street.overlay.jpg"))).size > 10_000);

      const closed = await run("/bin/sh", ["-c", '"$0" --version >&-', command], {}, folder);
      assert.deepEqual(closed, {
        code: 1,
        stdout: "",
        stderr: "bneck: error: cannot write to stdout: it is closed\n",
      });
      const open = await run("/bin/sh", ["-c", '"$0" --version >/dev/null', command], {}, folder);
      assert.deepEqual(open, { code: 0, stdout: "", stderr: "" });

      assert.equal((await task("uninstall")).code, 0);
      await assert.rejects(Deno.stat(command), Deno.errors.NotFound);
      assert.match((await task("uninstall")).stderr, /there is no/);
      await Deno.writeTextFile(command, "#!/bin/sh\necho mine\n");
      assert.match((await task("install")).stderr, /another program and was left as it is/);
      assert.equal(await Deno.readTextFile(command), "#!/bin/sh\necho mine\n");
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
