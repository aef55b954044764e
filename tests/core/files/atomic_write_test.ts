import assert from "node:assert/strict";
import { inputError } from "../../../core/errors.ts";
import { ensureWritableFolder, removeStaleTemporaries, writeFileAtomic } from "../../../core/files/mod.ts";
import { ROOT, testIf } from "../../support/shared.ts";
import { temporaryTree } from "./temporary_tree.ts";

const list = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const read = (path: string) => Deno.readTextFileSync(path);
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7);

Deno.test("bytes, text and sequences of both are written, and no temporary file is left", async () => {
  using tree = temporaryTree();
  await writeFileAtomic(tree.at("bytes"), bytes(100_000));
  await writeFileAtomic(tree.at("text"), "Straße", { sync: true });
  await writeFileAtomic(tree.at("parts"), ["a", new Uint8Array([98]), "c"]);
  await writeFileAtomic(
    tree.at("later"),
    (async function* () {
      yield "x";
      await Promise.resolve();
      yield "y";
    })(),
  );
  await writeFileAtomic(tree.at("empty"), "");
  assert.deepEqual(Deno.readFileSync(tree.at("bytes")), bytes(100_000));
  assert.deepEqual(["text", "parts", "later", "empty"].map((name) => read(tree.at(name))), [
    "Straße",
    "abc",
    "xy",
    "",
  ]);
  assert.deepEqual(list(tree.path), ["bytes", "empty", "later", "parts", "text"]);
});

Deno.test("missing folders are made, and an old file is replaced", async () => {
  using tree = temporaryTree(["old"]);
  await writeFileAtomic(tree.at("a/b/c.png"), "new");
  await writeFileAtomic(tree.at("old"), "new");
  assert.equal(read(tree.at("a/b/c.png")), "new");
  assert.equal(read(tree.at("old")), "new");
});

Deno.test("a symbolic link is replaced, and what it leads to is left alone", async () => {
  using tree = temporaryTree(["photo.jpg"]);
  Deno.symlinkSync(tree.at("photo.jpg"), tree.at("out.png"));
  await writeFileAtomic(tree.at("out.png"), "result");
  assert.equal(read(tree.at("photo.jpg")), "photo.jpg");
  assert.equal(read(tree.at("out.png")), "result");
  assert.ok(!Deno.lstatSync(tree.at("out.png")).isSymlink);
});

Deno.test("many writers of one file leave one of their contents, whole", async () => {
  using tree = temporaryTree();
  const contents = Array.from({ length: 30 }, (_, i) => String(i % 10).repeat(50_000 + i));
  await Promise.all(contents.map((content) => writeFileAtomic(tree.at("a/file"), content)));
  assert.ok(contents.includes(read(tree.at("a/file"))));
  assert.deepEqual(list(tree.at("a")), ["file"]);
});

Deno.test("what cannot be written is one clear line, and leaves nothing", async () => {
  using tree = temporaryTree(["file", "folder/inside"]);
  const cases = {
    [tree.at("file/x.png")]: "a part of the path is a file, not a folder",
    [tree.at("folder")]: "it is a folder",
    [tree.at("y".repeat(300))]: "the name is too long",
  };
  for (const [path, reason] of Object.entries(cases)) {
    await assert.rejects(writeFileAtomic(path, "content"), {
      message: `cannot write ${path}: ${reason}`,
      exitStatus: 1,
    });
  }
  assert.deepEqual(list(tree.path), ["file", "folder"]);
});

Deno.test("an error of the content's sequence is thrown as it is, and leaves the old file", async () => {
  using tree = temporaryTree(["results.json"]);
  const content = (function* () {
    yield "[";
    throw inputError("cannot read a.jpg: gone");
  })();
  await assert.rejects(writeFileAtomic(tree.at("results.json"), content), {
    message: "cannot read a.jpg: gone",
  });
  assert.equal(read(tree.at("results.json")), "results.json");
  assert.deepEqual(list(tree.path), ["results.json"]);
});

Deno.test("a device is written to, not replaced", async () => {
  await writeFileAtomic("/dev/null", "nothing");
  assert.ok(Deno.statSync("/dev/null").isCharDevice);
});

testIf(
  canMountInNamespace(),
  "no user namespaces",
  "a full disk is reported, and the temporary file removed",
  async () => {
    using tree = temporaryTree(["disk/"]);
    const disk = tree.at("disk");
    const program = `
    import { writeFileAtomic } from "${ROOT}core/files/mod.ts";
    await writeFileAtomic("${disk}/small", new Uint8Array(1000));
    await writeFileAtomic("${disk}/large", new Uint8Array(1_000_000)).catch((error) => console.log(error.message));
    console.log([...Deno.readDirSync("${disk}")].map(({ name }) => name).join());
  `;
    const { stdout } = await run(
      program,
      ["--allow-write", "--allow-read"],
      `mount -t tmpfs -o size=64k none ${disk};`,
      [
        "unshare",
        "--map-root-user",
        "--mount",
      ],
    );
    assert.equal(stdout, `cannot write ${disk}/large: no space left on the device\nsmall\n`);
  },
);

Deno.test("a file that outgrows the limit of the process is reported, and its temporary file is removed", async () => {
  using tree = temporaryTree();
  const program = `
    import { writeFileAtomic } from "${ROOT}core/files/mod.ts";
    await writeFileAtomic("${tree.at("small")}", new Uint8Array(1000));
    await writeFileAtomic("${
    tree.at("large")
  }", new Uint8Array(1_000_000)).catch((error) => console.log(error.message));
  `;
  const { stdout } = await run(program, ["--allow-write", "--allow-read"], "trap '' XFSZ; ulimit -f 100;");
  assert.match(stdout, /^cannot write .*large: the file is too large/);
  assert.deepEqual(list(tree.path), ["small"]);
});

Deno.test("a folder that Deno may not write to is reported with the flag that is missing", async () => {
  using tree = temporaryTree();
  const program = `
    import { ensureWritableFolder, writeFileAtomic } from "${ROOT}core/files/mod.ts";
    await ensureWritableFolder("${tree.path}").catch((error) => console.log(error.message));
    await writeFileAtomic("${tree.at("x")}", "").catch((error) => console.log(error.message));
  `;
  const { stdout } = await run(program, ["--allow-read"]);
  assert.equal(
    stdout,
    `cannot write to ${tree.path}: Deno was not given the permission (--allow-write)\n` +
      `cannot write ${tree.at("x")}: Deno was not given the permission (--allow-write)\n`,
  );
});

Deno.test("an output folder is made and left empty, or refused before the work", async () => {
  using tree = temporaryTree(["file"]);
  await ensureWritableFolder(tree.at("a/b"));
  assert.deepEqual(list(tree.at("a/b")), []);
  await assert.rejects(ensureWritableFolder(tree.at("file")), {
    message: `cannot write to ${tree.at("file")}: it is a file, not a folder`,
    exitStatus: 2,
  });
  await assert.rejects(ensureWritableFolder(tree.at("file/below")), {
    message: `cannot write to ${tree.at("file/below")}: a part of the path is a file, not a folder`,
    exitStatus: 2,
  });
});

Deno.test("what a killed process has left is removed, and nothing else", async () => {
  using tree = temporaryTree(["a.png", ".bneck-cache", "x.tmp", "folder/"]);
  const program = `
    import { writeFileAtomic } from "${ROOT}core/files/mod.ts";
    const endless = (async function* () {
      yield "begun";
      console.log("writing");
      await new Promise((resolve) => setTimeout(resolve, 1e6));
    })();
    await writeFileAtomic("${tree.at("b.png")}", endless);
  `;
  await whileRunning(program, async (child) => {
    const during = list(tree.path);
    assert.equal(during.length, 5);
    assert.equal(await removeStaleTemporaries(tree.path), 0, "a file that is being written was removed");
    child.kill("SIGKILL");
    await child.status;
    assert.deepEqual(list(tree.path), during);
  });
  assert.equal(await removeStaleTemporaries(tree.path), 1);
  assert.equal(await removeStaleTemporaries(tree.path), 0);
  assert.deepEqual(list(tree.path), [".bneck-cache", "a.png", "folder", "x.tmp"]);
});

Deno.test("cleaning up while others write does no harm", async () => {
  using tree = temporaryTree();
  let writing = true;
  const cleaning = (async () => {
    while (writing) await removeStaleTemporaries(tree.path);
  })();
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let i = 0; i < 100; i++) await writeFileAtomic(tree.at(`${writer}-${i}`), "content");
  });
  await Promise.all(writers);
  writing = false;
  await cleaning;
  assert.equal(list(tree.path).length, 400);
});

Deno.test("a folder that is not there has nothing to clean up", async () => {
  using tree = temporaryTree();
  assert.equal(await removeStaleTemporaries(tree.at("none")), 0);
});

/** Whether this machine lets a user mount something that only a process of theirs sees. */
function canMountInNamespace(): boolean {
  try {
    const args = ["--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"];
    return new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

async function whileRunning(text: string, body: (child: Deno.ChildProcess) => Promise<void>): Promise<void> {
  using folder = temporaryTree();
  Deno.writeTextFileSync(folder.at("program.ts"), text);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-read",
      "--allow-write",
      `--config=${ROOT}deno.json`,
      folder.at("program.ts"),
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const output = child.stdout.getReader();
    await output.read();
    await body(child);
    await output.cancel();
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
  }
}

async function run(
  text: string,
  permissions: readonly string[],
  before = "",
  within: readonly string[] = [],
): Promise<{ stdout: string }> {
  using folder = temporaryTree();
  Deno.writeTextFileSync(folder.at("program.ts"), text);
  const command = [Deno.execPath(), "run", "--no-check", ...permissions, `--config=${ROOT}deno.json`];
  const [program, ...args] = [
    ...within,
    "sh",
    "-c",
    `${before} exec ${command.join(" ")} ${folder.at("program.ts")}`,
  ];
  const { stdout, stderr, success } = await new Deno.Command(program, {
    args,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return { stdout: new TextDecoder().decode(stdout) };
}
