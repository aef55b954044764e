import assert from "node:assert/strict";
import { join } from "node:path";
import { COMMANDS } from "../../cli/app.ts";
import { PACKAGES, VERSION } from "../../cli/version.ts";
import { ROOT } from "../support/shared.ts";
import { runCli, spawnCli, taskPermissions } from "../support/run_cli.ts";

// deno-lint-ignore no-control-regex
const BOLD_USAGE = /^\x1b\[1mUsage/;

const waiting = { program: "tests/cli/programs/waiting.ts" };

Deno.test("bneck --help lists every command on stdout", async () => {
  const { code, stdout, stderr } = await runCli(["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const { name, target } of COMMANDS.getAllEntries()) {
    assert.match(stdout, new RegExp(`^  ${name.original} +\\S`, "m"));
    assert.ok(target.brief.length > 10);
  }
});

Deno.test("--help loads neither onnxruntime nor sharp", async () => {
  // Without permission to load native libraries, loading either would fail.
  const permissions = taskPermissions().filter((flag) => !flag.startsWith("--allow-ffi"));
  const { code, stderr } = await runCli(["doctor", "--help"], {
    permissions: [...permissions, "--no-prompt"],
  });
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("the version is that of deno.json, and with --json an object", async () => {
  const { version, imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  assert.equal(VERSION, version);
  for (const [name, version] of Object.entries(PACKAGES)) {
    assert.equal(imports[name], `npm:${name}@${version}`);
  }
  assert.deepEqual(await runCli(["--version"]), { code: 0, stdout: `bneck ${version}\n`, stderr: "" });
  const { stdout } = await runCli(["--version", "--json"]);
  assert.deepEqual([JSON.parse(stdout).bneck, JSON.parse(stdout).deno], [version, Deno.version.deno]);
  assert.equal((await runCli(["--json", "--version"])).stdout, stdout);
});

Deno.test("wrong usage exits with 2 and says so in one line on stderr", async () => {
  assert.deepEqual(await runCli(["docter"]), {
    code: 2,
    stdout: "",
    stderr: "bneck: error: unknown command docter; did you mean doctor?\n",
  });
  assert.deepEqual(await runCli(["doctor", "--jsonn"]), {
    code: 2,
    stdout: "",
    stderr: "bneck: error: unknown flag --jsonn; did you mean --json?\n",
  });
});

Deno.test("FORCE_COLOR colours, NO_COLOR does not", async () => {
  assert.match((await runCli(["--help"], { env: { FORCE_COLOR: "1" } })).stdout, BOLD_USAGE);
  assert.match((await runCli(["--help"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).stdout, /^Usage/);
});

Deno.test("relative paths are the caller's, although deno task runs in the project's folder", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const { stdout } = await runCli(["folder"], { ...waiting, cwd: folder });
  assert.equal(stdout, `${folder}\n${folder}\n`);
  await Deno.remove(folder);
});

Deno.test("a caller's folder that is gone leaves the project's", async () => {
  const { stdout } = await runCli(["folder"], { ...waiting, cwd: join(ROOT, "no such folder") });
  assert.equal(stdout.split("\n")[1], await Deno.realPath(ROOT));
});

/**
 * Waits until the program has printed a line, then sends signals, and returns how it ended. `answered` is when it has said
 * that it got the first one.
 */
async function interrupt(
  command: string,
  send: (child: Deno.ChildProcess, answered: Promise<void>) => Promise<void>,
) {
  const child = spawnCli([command], waiting);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const answered = Promise.withResolvers<void>();
  let stderr = "";
  const said = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      if (stderr.includes("Ctrl-C")) answered.resolve();
    }
  })();
  let stdout = (await reader.read()).value ?? "";
  await send(child, answered.promise);
  for (let part = await reader.read(); !part.done; part = await reader.read()) stdout += part.value;
  await said;
  await child.stdin.close();
  const { code } = await child.status;
  return { code, stdout, stderr };
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `${signal} lets a command finish what is in hand and exit with 130`,
    ignore: Deno.build.os === "windows",
    async fn() {
      assert.deepEqual(await interrupt("wait", (child) => Promise.resolve(child.kill(signal))), {
        code: 130,
        stdout: "waiting\nfinished what was in hand\n",
        stderr: "bneck: finishing running jobs; press Ctrl-C again to stop at once\n",
      });
    },
  });
}

Deno.test({
  name: "the two signals that one Ctrl-C gives under deno task count as one",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { code, stdout } = await interrupt("wait", (child) => {
      child.kill("SIGINT");
      child.kill("SIGINT");
      return Promise.resolve();
    });
    assert.deepEqual([code, stdout], [130, "waiting\nfinished what was in hand\n"]);
  },
});

Deno.test({
  name: "a second Ctrl-C ends a command that does not stop",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { code, stdout } = await interrupt("hang", async (child, answered) => {
      child.kill("SIGINT");
      await answered;
      // Sooner it would count as the same press.
      await pause(1000);
      child.kill("SIGINT");
    });
    assert.deepEqual([code, stdout], [130, "hanging\n"]);
  },
});

Deno.test("a reader that leaves ends the program without a word", async () => {
  const child = spawnCli(["chatter"], waiting);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const stderr = await new Response(child.stderr).text();
  await child.stdin.close();
  assert.deepEqual([(await child.status).code, stderr], [141, ""]);
});

Deno.test("an error that nobody caught ends the program with one line and no stack", async () => {
  const { code, stderr } = await runCli(["reject"], waiting);
  assert.equal(code, 70);
  assert.match(stderr, /^bneck: error: internal error: nobody waited for this \(.*\)\n$/);
  const debug = await runCli(["reject"], { ...waiting, env: { BNECK_DEBUG: "1" } });
  assert.match(debug.stderr, /\n\s+at .*waiting\.ts/);
});

Deno.test({
  name: "results that cannot be written are an error, not a silence",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { code, stdout } = await new Deno.Command("sh", {
      args: [
        "-c",
        `"$0" run ${taskPermissions().join(" ")} cli/main.ts --help 2>&1 >/dev/full`,
        Deno.execPath(),
      ],
      cwd: ROOT,
    }).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stdout),
      /^bneck: error: cannot write to stdout: No space left on device\n$/,
    );
  },
});

Deno.test({
  name: "a script that changes its folder is where it is, whatever INIT_CWD an outer task has left",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(folder, "here.txt"), "\n");
      const { stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--config", join(ROOT, "deno.json"), "--quiet", "bneck", "detect", "@here.txt"],
        cwd: folder,
        env: { INIT_CWD: "/" },
      }).output();
      assert.match(new TextDecoder().decode(stderr), /no inputs: the list is empty/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
