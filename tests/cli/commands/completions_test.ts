import assert from "node:assert/strict";
import { segment } from "../../../cli/commands/segment/command.ts";
import { delimiter, join } from "node:path";
import { COMMANDS } from "../../../cli/app.ts";
import type { BneckRouteMap } from "../../../cli/command.ts";
import { bashCompletions } from "../../../cli/commands/completions/bash.ts";
import { fishCompletions } from "../../../cli/commands/completions/fish.ts";
import { specify } from "../../../cli/commands/completions/specification.ts";
import { zshCompletions } from "../../../cli/commands/completions/zsh.ts";
import { memoryRun } from "../../support/memory_host.ts";
import { runCli } from "../../support/run_cli.ts";
import { testIf } from "../../support/shared.ts";
import { TREE } from "../programs/tree.ts";

const WRITERS = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions };

async function script(shell: keyof typeof WRITERS, commands: BneckRouteMap = TREE): Promise<string> {
  return WRITERS[shell](await specify(commands, memoryRun().context));
}

function installed(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(delimiter).some((folder) => {
    try {
      return Deno.statSync(join(folder, program)).isFile;
    } catch {
      return false;
    }
  });
}

/** Runs a shell script and returns the lines it prints. */
async function lines(shell: string, args: readonly string[], cwd?: string): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(shell, { args: [...args], cwd }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(text(stderr), "");
  assert.equal(code, 0);
  return text(stdout).split("\n").filter(Boolean);
}

/** What should be proposed where; "" is the word under the cursor when nothing has been typed yet. */
const PROPOSALS: readonly (readonly [typed: readonly string[], proposed: readonly string[]])[] = [
  [[""], ["segment", "eval", "models"]],
  [["s"], ["segment"]],
  [["eval", ""], ["coco"]],
  [["models", "sh"], ["show"]],
  [["models", "show", ""], ["mb3-large-075", "mb3-small-100"]],
  [["models", "show", "mb3-s"], ["mb3-small-100"]],
  [["segment", "-m", ""], ["mb3-large-075", "mb3-small-100"]],
  [["segment", "--model", "mb3-l"], ["mb3-large-075"]],
  [["segment", "a.jpg", "--sk"], ["--skip-existing"]],
  [["segment", "--no-a"], ["--no-antialias"]],
  [["segment", "--save", ""], ["ids", "color", "overlay", "scores"]],
  [["segment", "--save", "ids,o"], ["ids,overlay"]],
  [["segment", "--save", "ids,"], ["ids,ids", "ids,color", "ids,overlay", "ids,scores"]],
  [["segment", "--color", "a"], ["auto", "always"]],
  [["eval", "coco", "--m"], ["--min"]],
  [["eval", "coco", "--min", ""], []],
  [["eval", "coco", ""], []],
  // A value that is also the name of a command leads nowhere.
  [["segment", "-o", "eval", "--sha"], []],
];

const bash = installed("bash");

/** What bash's completion function proposes. */
async function bashProposes(words: readonly string[]): Promise<string[]> {
  const quoted = ["bneck", ...words].map((word) => `'${word}'`).join(" ");
  const run = `${await script("bash")}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _bneck
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return await lines("bash", ["--norc", "-c", run]);
}

for (const [typed, proposed] of PROPOSALS) {
  testIf(bash, "no bash", `bash completes "bneck ${typed.join(" ")}"`, async () => {
    assert.deepEqual(await bashProposes(typed), proposed);
  });
}

testIf(
  bash,
  "no bash",
  "bash completes the value after an equals sign, which it takes for a word",
  async () => {
    assert.deepEqual(await bashProposes(["segment", "--model", "=", "mb3-s"]), ["mb3-small-100"]);
    assert.deepEqual(await bashProposes(["segment", "--model", "="]), ["mb3-large-075", "mb3-small-100"]);
  },
);

testIf(bash, "no bash", "bash and fish complete the file of a list behind its @", async () => {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(join(cwd, "names of photos.txt"), "");
  try {
    for (const words of ["@ na", "@"]) {
      const typed = `bneck segment ${words}`.split(" ");
      const run = `${await script("bash", COMMANDS)}
COMP_WORDS=(${typed.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${typed.length - 1}; _bneck
printf '%s\\n' "\${COMPREPLY[@]}"`;
      assert.deepEqual(await lines("bash", ["--norc", "-c", run], cwd), ["@names\\ of\\ photos.txt"]);
    }
    if (!installed("fish")) return;
    await Deno.writeTextFile(join(cwd, "script.fish"), await script("fish", COMMANDS));
    const shown = await lines("fish", [
      "--no-config",
      "-c",
      "source script.fish; complete -C 'bneck segment @na'",
    ], cwd);
    assert.deepEqual(shown.map((text) => text.split("\t")[0]), ["@names of photos.txt"]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

testIf(bash, "no bash", "bash proposes every flag of a command, and none of another", async () => {
  const proposed = await bashProposes(["eval", "coco", "-"]);
  assert.deepEqual(proposed.toSorted(), [
    "--color",
    "--help",
    "--min",
    "--quiet",
    "--shard",
    "--verbose",
    "-h",
    "-q",
    "-v",
  ]);
});

testIf(installed("fish"), "no fish", "fish completes what bash completes", async () => {
  const file = await Deno.makeTempFile({ suffix: ".fish" });
  await Deno.writeTextFile(file, await script("fish"));
  // In an empty folder, where no files are proposed.
  const cwd = await Deno.makeTempDir();
  for (const [typed, proposed] of PROPOSALS) {
    const line = ["bneck", ...typed].join(" ");
    const shown = await lines("fish", ["--no-config", "-c", `source ${file}; complete -C '${line}'`], cwd);
    const words = shown.map((text) => text.split("\t")[0]);
    assert.deepEqual(words.toSorted(), proposed.toSorted(), line);
  }
  await Deno.remove(file);
  await Deno.remove(cwd);
});

/** The words of the command line so far, and what a shell makes of them when Tab is pressed. */
const TABS: readonly (readonly [typed: string, completed: string])[] = [
  ["detect --classes traff", "traffic\\ light"],
  ["detect --classes person,traff", "person,traffic\\ light"],
  ["segment --classes pott", "potted\\ plant"],
  ["eval coco -m ssd", "ssdlite320_mobilenet_v3_large"],
  ["eval segmentation -m lras", "lraspp_mobilenet_v3_large"],
];

testIf(bash, "no bash", "bash completes names of classes with spaces, and models by their task", async () => {
  const source = await script("bash", COMMANDS);
  for (const [typed, completed] of TABS) {
    const words = typed.split(" ").map((word) => `'${word}'`);
    const run = `${source}
COMP_WORDS=(bneck ${words.join(" ")}); COMP_CWORD=${words.length}; _bneck
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const [first] = await lines("bash", ["--norc", "-c", run]);
    assert.equal(first.replace(/\.coco.*/, ""), completed);
  }
  const quoted = `${source}
COMP_WORDS=(bneck detect --classes '"traffic l'); COMP_CWORD=3; _bneck
printf '%s\\n' "\${COMPREPLY[@]}"`;
  assert.deepEqual(await lines("bash", ["--norc", "-c", quoted]), ["traffic light"]);
});

testIf(
  installed("fish"),
  "no fish",
  "fish completes names of classes with spaces, and models by their task",
  async () => {
    const file = await Deno.makeTempFile({ suffix: ".fish" });
    await Deno.writeTextFile(file, await script("fish", COMMANDS));
    for (const [typed, completed] of TABS) {
      const run = `source ${file}; complete -C "bneck ${typed}"`;
      const words = (await lines("fish", ["--no-config", "-c", run])).map((text) => text.split("\t")[0]);
      assert.ok(words.includes(completed.replace("\\", "")), `${typed}: ${words}`);
    }
    await Deno.remove(file);
  },
);

testIf(
  installed("zsh"),
  "no zsh",
  "zsh completes names of classes with spaces, and models by their task",
  async () => {
    const file = await Deno.makeTempFile({ suffix: ".zsh" });
    await Deno.writeTextFile(file, await script("zsh", COMMANDS));
    for (const [typed, completed] of TABS) {
      // A real zsh on a terminal of its own, into which the line and a Tab are typed.
      const run = `zmodload zsh/zpty
zpty shell 'TERM=dumb PS1= ZDOTDIR=/nonexistent zsh -f -i'
zpty -w shell 'autoload -U compinit; compinit -u -D; source ${file}; print rea""dy'
zpty -r shell ignored '*ready*'
zpty -w -n shell $'bneck ${typed}\t'
zpty -r -m shell shown ${JSON.stringify(`*${completed.replaceAll("\\", "\\\\")}*`)}
print -r -- $shown`;
      const shown = await lines("zsh", ["-f", "-c", run]);
      assert.ok(shown.join("\n").includes(completed), `${typed}: ${shown}`);
    }
    await Deno.remove(file);
  },
);

testIf(installed("zsh"), "no zsh", "zsh accepts its script", async () => {
  const file = await Deno.makeTempFile({ suffix: ".zsh" });
  await Deno.writeTextFile(file, await script("zsh"));
  assert.deepEqual(await lines("zsh", ["-f", "-n", file]), []);
  await Deno.remove(file);
});

testIf(
  bash,
  "no bash",
  "where a name or a file will do, bash goes on to files when no name fits",
  async () => {
    const cwd = await Deno.makeTempDir();
    await Deno.writeTextFile(join(cwd, "mine.onnx"), "");
    try {
      for (
        const [words, proposed] of [[["profile", "mobilenet_v3_s"], 1], [["profile", "mine"], 0]] as const
      ) {
        const quoted = ["bneck", ...words].map((word) => `'${word}'`).join(" ");
        // compopt has no effect outside a completion: it tells whether files are ruled out.
        const run = `compopt() { echo "compopt $*"; }
${await script("bash", COMMANDS)}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _bneck; echo "\${#COMPREPLY[@]}"`;
        const [last, ...others] = (await lines("bash", ["--norc", "-c", run], cwd)).toReversed();
        assert.deepEqual(others, [], "files are ruled out");
        assert.ok(Number(last) >= proposed, last);
      }
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
);

Deno.test("where a name or a file will do, zsh and fish propose both", async () => {
  assert.match(await script("zsh", COMMANDS), /\*:argument:\{compadd - mobilenetv3-large-0\.35 .*; _files\}/);
  assert.match(await script("fish", COMMANDS), /'__bneck_at profile' -F -a 'mobilenetv3-large-0\.35 /);
});

Deno.test("no script runs what a help text holds", async () => {
  // The tree's `models show` has quotes, brackets and a dollar sign in its brief.
  for (const shell of ["bash", "zsh", "fish"] as const) {
    const text = await script(shell);
    assert.doesNotMatch(text.replace(/'(?:[^'\\]|\\.|'\\'')*'/g, ""), /\$HOME/, shell);
  }
});

for (const shell of ["bash", "zsh", "fish"] as const) {
  Deno.test(`bneck completions ${shell} knows every command, flag and listed value`, async () => {
    const { code, stdout, stderr } = await runCli(["completions", shell]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(stdout, await script(shell, COMMANDS));
    for (const { path, flags, arguments: values } of await specify(COMMANDS, memoryRun().context)) {
      for (const word of path) assert.ok(stdout.replaceAll("\\ ", " ").includes(word), word);
      for (const { long, short, value } of flags) {
        assert.ok(stdout.includes(shell === "fish" ? `-l ${long.slice(2)} ` : long), long);
        if (short) assert.ok(stdout.includes(shell === "fish" ? `-s ${short.slice(1)} ` : short), short);
        for (const word of value && "words" in value ? value.words : []) {
          assert.ok(stdout.replaceAll("\\ ", " ").includes(word), word);
        }
      }
      for (const value of values) {
        for (const word of "words" in value ? value.words : []) {
          assert.ok(stdout.replaceAll("\\ ", " ").includes(word), word);
        }
      }
    }
  });
}

Deno.test("an unknown shell is answered with the nearest one", async () => {
  const { code, stderr } = await runCli(["completions", "bahs"]);
  assert.equal(code, 2);
  assert.equal(stderr, "bneck: error: SHELL bahs: not one of bash, zsh, fish; did you mean bash?\n");
});

Deno.test("models are proposed by what they can do, and classes by name", async () => {
  const { model, classes } = segment.parameters.flags as unknown as Record<
    string,
    { proposeCompletions(): Promise<string[]> }
  >;
  const models = await model.proposeCompletions();
  assert.ok(models.includes("street") && models.includes("lraspp_mobilenet_v3_large"));
  assert.ok(!models.some((name) => name.startsWith("ssdlite")));
  const names = await classes.proposeCompletions();
  assert.ok(names.includes("horse") && names.includes("road") && !names.includes("toaster"));
  assert.equal(new Set(names).size, names.length);
});
