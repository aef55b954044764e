import assert from "node:assert/strict";
import { join } from "node:path";
import { runBneck } from "../../cli/app.ts";
import { parseCount } from "../../cli/flags/mod.ts";
import { command, commandGroup } from "../../cli/command.ts";
import { memoryRun } from "../support/memory_host.ts";

function otherCommand() {
  const flags = {
    other: { kind: "parsed", parse: String, optional: true, brief: "not a flag of show" },
  } as const;
  return command({
    ...{ brief: "another", description: "Another.", examples: [], parameters: { flags } },
    load: () => Promise.resolve({ default() {} }),
  });
}

/** Runs a command that prints its flags, in `a/b` below a folder that holds the configuration. */
async function flagsWith(configuration: unknown, ...args: string[]) {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-config-" }));
  try {
    await Deno.mkdir(join(folder, "a/b"), { recursive: true });
    const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
    await Deno.writeTextFile(join(folder, "bneck.json"), text);
    const show = command({
      brief: "shows flags",
      description: "Shows flags.",
      examples: [],
      parameters: {
        flags: {
          count: { kind: "parsed", parse: parseCount, optional: true, brief: "a number" },
          names: { kind: "parsed", parse: String, variadic: ",", optional: true, brief: "names" },
          skipExisting: { kind: "boolean", withNegated: false, brief: "skip" },
          overwrite: { kind: "boolean", withNegated: false, brief: "replace" },
          scores: { kind: "boolean", default: true, brief: "scores" },
        },
        aliases: { c: "count" },
      },
      exclusive: [["skipExisting", "overwrite"]],
      load: () =>
        Promise.resolve({
          default(flags: {
            count?: number;
            names?: string[];
            skipExisting: boolean;
            overwrite: boolean;
            scores: boolean;
          }) {
            (this as unknown as { printJson(value: unknown): void }).printJson(flags);
          },
        }),
    });
    const inner = commandGroup({ brief: "b", description: "d", routes: { other: otherCommand() } });
    const root = commandGroup({ brief: "b", description: "d", routes: { show, inner } });
    const { context, stdout, stderr } = memoryRun({ cwd: join(folder, "a/b") });
    const status = await runBneck(["show", ...args], context, root);
    const found = stdout().replaceAll(folder, "FOLDER");
    return {
      status,
      flags: found.startsWith("{") ? JSON.parse(found) : found,
      stderr: stderr().replaceAll(folder, "FOLDER"),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("flags of bneck.json hold until the command line says otherwise", async () => {
  const file = {
    flags: { count: 3, other: 1 },
    commands: { show: { names: ["a", "./b"], skipExisting: true } },
  };
  const { flags } = await flagsWith(file);
  assert.deepEqual([flags.count, flags.names, flags.skipExisting], [3, ["a", "FOLDER/b"], true]);
  assert.equal(flags.scores, true);
  const off = { flags: { scores: false, skipExisting: false } };
  assert.equal((await flagsWith(off)).flags.scores, false);
  assert.equal((await flagsWith(off, "--scores")).flags.scores, true);
  assert.equal((await flagsWith(file, "--count", "4")).flags.count, 4);
  assert.equal((await flagsWith(file, "-c4")).flags.count, 4);
  const replaced = (await flagsWith(file, "--overwrite")).flags;
  assert.deepEqual(
    [replaced.overwrite, replaced.skipExisting],
    [true, false],
    "what excludes it takes its place",
  );
});

Deno.test("what a command says in bneck.json goes before what all do", async () => {
  assert.equal((await flagsWith({ flags: { count: 3 }, commands: { show: { count: 5 } } })).flags.count, 5);
});

Deno.test("what bneck.json cannot say is refused by name", async () => {
  const refused = async (file: unknown, message: RegExp) => {
    const { status, stderr } = await flagsWith(file);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
  };
  await refused(
    { commands: { show: { cuont: 1 } } },
    /cannot use FOLDER\/bneck\.json: show has no flag "cuont"; did you mean count\?/,
  );
  await refused({ commands: { show: { overwrite: true } } }, /overwrite is for the command line alone/);
  await refused({ commands: { show: { count: {} } } }, /"count" must be true, false, a number/);
  await refused(
    { flags: { cuont: 1 } },
    /cannot use FOLDER\/bneck\.json: no command has a flag "cuont"; did you mean count\?/,
  );
  await refused({ flags: { overwrite: true } }, /overwrite is for the command line alone/);
  await refused({ commands: { shwo: {} } }, /there is no command "shwo"; did you mean show\?/);
  await refused(
    { commands: { inner: {} } },
    /"inner" is a group of commands: name one of them, such as "inner other"/,
  );
  await refused(
    { flags: { count: 0 } },
    /--count 0: expected a whole number of at least 1 \(FOLDER\/bneck\.json gives --count\)/,
  );
  await refused({ command: {} }, /unknown field "command" \(known: flags, commands\)/);
  await refused("{", /bneck\.json.*not valid JSON/);
  await refused([], /expected an object/);
});

Deno.test("help is the same under any bneck.json", async () => {
  const { status, flags } = await flagsWith("{", "--help");
  assert.equal(status, 0);
  assert.match(flags, /Usage: bneck show/);
});
