import assert from "node:assert/strict";
import fc from "fast-check";
import { runBneck } from "../../cli/app.ts";
import { INTERNAL_ERROR } from "../../cli/failures.ts";
import { command, commandGroup, type NoFlags } from "../../cli/command.ts";
import type { Context } from "../../cli/context.ts";
import { inputError } from "../../core/errors.ts";
import { type MemoryHostOptions, memoryRun } from "../support/memory_host.ts";
import { TREE } from "./programs/tree.ts";

async function run(args: readonly string[], options: MemoryHostOptions = {}) {
  const { context, stdout, stderr } = memoryRun(options);
  const code = await runBneck(args, context, TREE);
  return { code, stdout: stdout(), stderr: stderr() };
}

/** What `bneck segment` was told. */
async function told(...args: string[]) {
  const { code, stdout, stderr } = await run(["segment", ...args]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The error line of a command line that cannot be used. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args);
  assert.equal(code, 2, `${args.join(" ")}: ${code}`);
  assert.equal(stdout, "");
  return stderr;
}

Deno.test("flags have their defaults and inputs their order", async () => {
  const { flags, inputs } = await told("b.jpg", "a.jpg");
  assert.deepEqual(inputs, ["b.jpg", "a.jpg"]);
  assert.deepEqual(flags, {
    model: "mb3-large-075",
    save: ["ids", "overlay"],
    opacity: 0.5,
    antialias: true,
    json: false,
    jsonl: false,
    overwrite: false,
    skipExisting: false,
    failFast: false,
  });
});

Deno.test("flags are understood in every usual spelling", async () => {
  for (const spelling of [["--workers", "4"], ["--workers=4"], ["-j", "4"], ["-j=4"], ["-j4"]]) {
    assert.equal((await told("a.jpg", ...spelling)).flags.workers, 4, spelling.join(" "));
  }
  assert.equal((await told("a.jpg", "-o./out")).flags.out, "./out");
  assert.equal((await told("--skip-existing", "a.jpg")).flags.skipExisting, true);
  assert.equal((await told("--no-antialias", "a.jpg")).flags.antialias, false);
});

Deno.test("lists are split at commas, may be repeated, and name each thing once", async () => {
  const { flags } = await told(
    "a.jpg",
    "--save",
    "ids,color",
    "--save",
    "ids",
    "--classes",
    "road,traffic light",
  );
  assert.deepEqual(flags.save, ["ids", "color"]);
  assert.deepEqual(flags.classes, ["road", "traffic light"]);
});

Deno.test("a lone dash and what follows a double dash are inputs", async () => {
  assert.deepEqual((await told("-")).inputs, ["-"]);
  assert.deepEqual((await told("a.jpg", "--", "-j4", "--json", "-weird.jpg")).inputs, [
    "a.jpg",
    "-j4",
    "--json",
    "-weird.jpg",
  ]);
});

Deno.test("flags of every command may come before the command", async () => {
  const { code, stdout } = await run(["--color", "never", "-q", "segment", "a.jpg"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout).inputs, ["a.jpg"]);
});

Deno.test("an unknown command is answered with the nearest one", async () => {
  assert.equal(
    await refusal("segmnet"),
    "bneck: error: unknown command segmnet; did you mean segment?\n",
  );
  assert.equal(
    await refusal("eval", "cocoo"),
    "bneck: error: bneck eval has no command cocoo; did you mean coco?\n",
  );
  assert.equal(
    await refusal("xyzzy"),
    'bneck: error: unknown command xyzzy: "bneck --help" lists the commands\n',
  );
});

Deno.test("words that other programs have for a command are answered with what to type", async () => {
  assert.equal(await refusal("train"), "bneck: error: unknown command train: use bneck fit\n");
  assert.equal(
    await refusal("eval", "lvis"),
    "bneck: error: bneck eval has no command lvis: use bneck eval coco --lvis\n",
  );
  assert.equal(
    await refusal("upgrade"),
    "bneck: error: unknown command upgrade: use git pull, deno install and deno task install, in the folder of bneck\n",
  );
});

Deno.test("--model of commands that take a model as an argument is answered with the argument", async () => {
  const { context, stderr } = memoryRun({});
  assert.equal(await runBneck(["models", "show", "-m", "street"], context), 2);
  assert.equal(
    stderr(),
    'bneck: error: unknown flag -m: the model is named without a flag, as in "bneck models show MODEL"\n',
  );
});

Deno.test("an unknown flag is answered with the nearest one, as it is typed", async () => {
  assert.equal(
    await refusal("segment", "a.jpg", "--skip-existng"),
    "bneck: error: unknown flag --skip-existng; did you mean --skip-existing?\n",
  );
  assert.equal(
    await refusal("segment", "--colr=never"),
    "bneck: error: unknown flag --colr; did you mean --color?\n",
  );
  assert.equal(
    await refusal("segment", "a.jpg", "--no-antialas"),
    "bneck: error: unknown flag --no-antialas; did you mean --no-antialias?\n",
  );
  const lists = '"bneck segment --help" lists the flags\n';
  assert.equal(
    await refusal("segment", "--frobnicate"),
    `bneck: error: unknown flag --frobnicate: ${lists}`,
  );
  assert.equal(await refusal("segment", "-z"), `bneck: error: unknown flag -z: ${lists}`);
  assert.equal(await refusal("segment", "--x"), `bneck: error: unknown flag --x: ${lists}`);
  assert.equal(
    await refusal("segment", "-lead.png"),
    "bneck: error: unknown flag -lead.png; a file or folder of that name is given as ./-lead.png\n",
  );
  assert.equal(
    await refusal("--jsn"),
    'bneck: error: unknown flag --jsn: "bneck --help" lists the flags\n',
  );
});

Deno.test("wrong values are answered with what was expected", async () => {
  const answers: [string[], RegExp][] = [
    [
      ["a.jpg", "--save", "ids,overly"],
      /^bneck: error: --save overly: not one of ids, .*; did you mean overlay\?\n$/,
    ],
    [["a.jpg", "-m", "mb3-large"], /--model mb3-large: not one of .* did you mean mb3-large-075/],
    [
      ["a.jpg", "--opacity", "2"],
      /^bneck: error: --opacity 2: expected a number from 0 to 1, such as 0\.5\n$/,
    ],
    [["a.jpg", "--size", "big"], /--size big: expected the shorter side/],
    [["a.jpg", "-j0"], /--workers 0: expected a whole number from 1 to 256/],
    [["a.jpg", "--out"], /--out needs a value/],
    [["a.jpg", "--out", "--json"], /--out needs a value, not --json/],
    [["a.jpg", "--out="], /--out= needs a value/],
    [["a.jpg", "--size", "1", "--size", "2"], /--size is given twice, as 1 and 2/],
    [["a.jpg", "--json", "--json"], /--json is given twice\n/],
    [["a.jpg", "--json=3"], /--json takes no value/],
    [["a.jpg", "--no-antialias=1"], /--no-antialias takes no value/],
    [[], /bneck segment needs INPUT: "bneck segment --help" shows examples/],
  ];
  for (const [args, answer] of answers) assert.match(await refusal("segment", ...args), answer);
  assert.match(
    await refusal("eval", "coco", "a.jpg"),
    /unexpected argument a\.jpg: "bneck eval coco --help"/,
  );
  // A parser that other parts share names its flag itself; it is not named twice.
  assert.match(await refusal("eval", "coco", "--shard", "4/3"), /^bneck: error: --shard 4\/3: [^-]*\n$/);
  assert.match(await refusal("segment", "", "--size", ""), /--size "": expected/);
  assert.match(
    await refusal("models", "show", "mb3-smal-100"),
    /MODEL mb3-smal-100: not one of .* did you mean mb3-small-100/,
  );
});

Deno.test("a flag that must be there is not taken for one without its value", async () => {
  const answers: [string[], RegExp][] = [
    [["eval", "coco"], /: --annotations is required: "bneck eval coco --help" shows examples\n$/],
    [["eval", "coco", "--annotations"], /: --annotations needs a value\n$/],
    [["export", "mb3-large-075"], /: --out is required: "bneck export --help" shows examples\n$/],
    [["export", "mb3-large-075", "-o"], /: --out needs a value\n$/],
    [["export", "mb3-large-075", "-o", "--json"], /: --out needs a value, not --json\n$/],
  ];
  for (const [args, answer] of answers) {
    const { context, stderr } = memoryRun();
    assert.equal(await runBneck(args, context), 2);
    assert.match(stderr(), answer);
  }
});

Deno.test("each wrong flag gets a line of its own", async () => {
  const text = await refusal("segment", "a.jpg", "--opacity", "2", "--size", "x");
  assert.deepEqual(text.trimEnd().split("\n").map((line) => line.slice(0, 23)), [
    "bneck: error: --opacity",
    "bneck: error: --size x:",
  ]);
});

Deno.test("flags that exclude each other are not taken together", async () => {
  assert.equal(
    await refusal("segment", "a.jpg", "--overwrite", "--skip-existing"),
    "bneck: error: --overwrite and --skip-existing exclude each other: give only one\n",
  );
  assert.match(
    await refusal("segment", "a.jpg", "--json", "--jsonl"),
    /--json and --jsonl exclude each other/,
  );
  assert.match(await refusal("segment", "a.jpg", "-q", "-v"), /--quiet and --verbose exclude each other/);
});

Deno.test("gates and shards are read", async () => {
  const { code, stdout } = await run(["eval", "coco", "--min", "AP=0.21,AP50=0.4", "--shard", "2/3"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), {
    min: [{ metric: "AP", min: 0.21 }, { metric: "AP50", min: 0.4 }],
    shard: { number: 2, count: 3 },
  });
  assert.match(
    await refusal("eval", "coco", "--min", "AP51=0.4"),
    /--min AP51: unknown name; did you mean AP50\?/,
  );
});

Deno.test("names of JavaScript's own objects are neither commands nor flags", async () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    assert.match(await refusal(name), /unknown command/);
    assert.match(await refusal(`--${name}`), /unknown flag/);
    assert.match(await refusal("segment", "a.jpg", `--${name}`), /unknown flag/);
    assert.match(await refusal("segment", "a.jpg", `--${name}=1`), /unknown flag/);
    assert.match(await refusal("eval", name), /has no command/);
  }
});

Deno.test("whatever the arguments, the program answers with a documented status and no stack", async () => {
  const word = fc.oneof(
    fc.constantFrom(
      "segment",
      "eval",
      "coco",
      "help",
      "--",
      "-",
      "--json",
      "-j",
      "-qv",
      "--color",
      "--help",
      "a.jpg",
      "--min",
    ),
    fc.string({ unit: "grapheme", maxLength: 6 }),
    fc.string({ maxLength: 5 }).map((text) => `--${text}`),
    fc.string({ maxLength: 3 }).map((text) => `-${text}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (args) => {
      const { code, stderr } = await run(args);
      assert.ok(code === 0 || code === 2, `${code}: ${stderr}`);
      assert.equal(stderr === "", code === 0);
      assert.doesNotMatch(stderr, /internal error|\n {4}at /);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("--color colours help and errors, and never leaves them plain", async () => {
  assert.ok((await run(["--color", "always", "--help"])).stdout.startsWith("\x1b[1mUsage:"));
  assert.ok((await run(["--help"], { terminal: { stdout: true } })).stdout.startsWith("\x1b[1mUsage:"));
  assert.ok(
    (await run(["--help", "--color=never"], { terminal: { stdout: true } })).stdout.startsWith("Usage:"),
  );
  assert.ok(
    (await run(["segment", "--color=always", "--x"])).stderr.startsWith(
      "\x1b[31mbneck: error:\x1b[39m unknown",
    ),
  );
  assert.ok(
    (await run(["nope"], { terminal: { stderr: true }, env: { NO_COLOR: "1" } })).stderr.startsWith(
      "bneck: error:",
    ),
  );
});

/** Runs a command whose code is `body`. */
async function runBody(body: (this: Context) => void | Promise<void>, options: MemoryHostOptions = {}) {
  const { context, stdout, stderr } = memoryRun(options);
  const commands = commandGroup({
    brief: "test",
    description: "Test.",
    routes: {
      go: command({
        brief: "go",
        description: "Goes.",
        examples: [],
        parameters: {},
        load: () =>
          Promise.resolve({
            default: function (this: Context, _flags: NoFlags) {
              return body.call(this);
            },
          }),
      }),
    },
  });
  return { code: await runBneck(["go"], context, commands), stdout: stdout(), stderr: stderr() };
}

Deno.test("an error for the user is one line and its own exit status", async () => {
  const { code, stderr } = await runBody(() => {
    throw inputError("cannot read a.jpg: the file is empty");
  });
  assert.equal(code, 1);
  assert.equal(stderr, "bneck: error: cannot read a.jpg: the file is empty\n");
});

Deno.test("an unexpected error shows its stack only when asked to", async () => {
  const body = () => {
    throw new RangeError("Invalid array length");
  };
  const plain = await runBody(body);
  assert.equal(plain.code, INTERNAL_ERROR);
  assert.equal(plain.stderr.split("\n").length, 2);
  const debug = await runBody(body, { env: { BNECK_DEBUG: "1" } });
  assert.match(debug.stderr, /RangeError: Invalid array length\n\s+at .*app_test\.ts/);
});

Deno.test("a command may settle the exit status itself", async () => {
  const { code, stderr } = await runBody(function () {
    this.exitStatus = 4;
  });
  assert.deepEqual([code, stderr], [4, ""]);
});

Deno.test("a run that was stopped ends with 130, whatever it could finish", async () => {
  const stopped = new AbortController();
  stopped.abort();
  const finished = await runBody(function () {
    this.exitStatus = 1;
  }, { signal: stopped.signal });
  assert.deepEqual([finished.code, finished.stderr], [130, ""]);
  const gaveUp = await runBody(function () {
    this.signal.throwIfAborted();
  }, { signal: stopped.signal });
  assert.deepEqual([gaveUp.code, gaveUp.stderr], [130, ""]);
});

Deno.test("code that cannot be loaded is reported as any other error", async () => {
  const { context, stderr } = memoryRun();
  const commands = commandGroup({
    brief: "test",
    description: "Test.",
    routes: {
      go: command({
        brief: "go",
        description: "Goes.",
        examples: [],
        parameters: {},
        load: (): Promise<{ default: (this: Context, flags: NoFlags) => void }> =>
          Promise.reject(new TypeError("Module not found")),
      }),
    },
  });
  assert.equal(await runBneck(["go"], context, commands), INTERNAL_ERROR);
  assert.match(stderr(), /^bneck: error: internal error: Module not found/);
});
