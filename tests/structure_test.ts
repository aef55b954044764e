/** What the code promises about itself: who imports whom, how large files are, how they and their words are chosen. */
import assert from "node:assert/strict";
import { ALONE, fastTests, isSlow, startsProcesses } from "./selection.ts";
import { ROOT } from "./support/shared.ts";

/** What each folder may import from, besides itself. The way is cli → models → datasets, heads → core. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  heads: ["core"],
  models: ["datasets", "heads", "core"],
  datasets: ["core"],
  cli: ["models", "datasets", "heads", "core"],
};

const SOURCE = Object.keys(MAY_IMPORT);

/** The maximum number of lines of a file. */
const MAX_LINES = 400;

/** Below so many lines a file had better be part of another, unless it is an entry point. */
const MIN_LINES = 25;

/** Small on their own: doors of folders, the labels of a data set, the two sides of a command, the program itself. */
const SMALL_BY_NATURE = ["mod.ts", "labels.ts", "command.ts", "run.ts", "main.ts", "version.ts"];

/** Folders whose messages name no flags: they give hints, which `cli/` words as flags. */
const WITHOUT_FLAGS = ["core", "heads", "models", "datasets"];

/** Folders in which every exported function says what it throws. */
const WITH_THROWS = SOURCE;

/** Folders in which an image is called an image. */
const WITHOUT_PICTURES = ["core", "heads", "models", "datasets"];

/** Whose imports must work without permission to read: those of a program that says that it is lacking. */
const WITHOUT_PERMISSION = ["cli/app.ts", "cli/commands/doctor/command.ts"];

function* filesIn(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesIn(path);
    else yield path;
  }
}

function sourceFiles(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) => [...filesIn(folder)].filter((path) => path.endsWith(".ts"))).sort();
}

function read(file: string): string {
  return Deno.readTextFileSync(ROOT + file);
}

function lineCount(file: string): number {
  return read(file).split("\n").length - 1;
}

/** Every module that a file names: static, type-only and dynamic imports, re-exports, and worker URLs. */
function importedFiles(file: string): string[] {
  const names = [...read(file).matchAll(/(?:from\s+|import\(\s*|new URL\(\s*|import\s+)"(\.{1,2}\/[^"]+)"/g)];
  return names.map((match) => new URL(match[1], `file:///${file}`).pathname.slice(1));
}

/** The text without comments. */
function code(file: string): string {
  return read(file).replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/ .*$/gm, "");
}

/** String and template literals of one line, without what Deno itself calls a flag. */
function literals(file: string): string[] {
  return [...code(file).matchAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g)]
    .map(([literal]) => literal.replaceAll(/--allow-[a-z]+/g, ""));
}

/** Exported functions that throw one of our errors themselves and say neither that, nor that it is "not thrown" on. */
function silentThrowers(file: string): string[] {
  const functions = read(file).matchAll(
    /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^export (?:async )?function\*? (\w+)([\s\S]*?)^}/gm,
  );
  const throwing = /throw (?:new BneckError|usageError|inputError|modelError|unreadable|cannotRead)\(/;
  return [...functions].filter(([, comment = "", , body]) =>
    throwing.test(body) && !/@throws \{BneckError\}|not thrown/.test(comment)
  ).map(([, , name]) => `${file}: ${name}`);
}

for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  Deno.test(`${folder}/ imports only from ${["itself", ...allowed].join(", ")}`, () => {
    for (const file of sourceFiles(folder)) {
      for (const imported of importedFiles(file)) {
        const target = imported.split("/")[0];
        assert.ok(target === folder || allowed.includes(target), `${file} imports ${imported}`);
      }
    }
  });
}

Deno.test("modules that are loaded later are not read when the program starts, and have the type of their path", () => {
  for (const file of sourceFiles(...SOURCE)) {
    if (!WITHOUT_PERMISSION.includes(file)) {
      assert.doesNotMatch(code(file), /(?<!typeof\s+)\bimport\(\s*"\./, `${file}: use importLater`);
    }
    const later = code(file).matchAll(
      /importLater<\s*typeof import\(\s*"([^"]+)",?\s*\)\s*>\(\s*import\.meta\.resolve\(\s*"([^"]+)"/g,
    );
    const pairs = [...later];
    for (const [, type, path] of pairs) assert.equal(type, path, file);
    const uses = code(file).match(/importLater</g) ?? [];
    assert.equal(pairs.length, uses.length - (file === "core/import_later.ts" ? 1 : 0), file);
  }
});

/** What must not be loaded, by whom: the module that starts, and parts of paths that it must not reach. */
const NOT_LOADED: Readonly<Record<string, readonly string[]>> = {
  "cli/main.ts": [
    "core/graph/",
    "core/images/mod.ts",
    "core/session/",
    "heads/mod.ts",
    "heads/prototype_masks.ts",
    "cli/report/",
  ],
  "cli/commands/predict/run.ts": [
    "core/images/mod.ts",
    "core/graph/gradient",
    "core/profile/",
    "core/session/",
    "core/weights/mod.ts",
    "cli/report/",
    "datasets/coco/mod.ts",
    "datasets/segmentation/mod.ts",
    "models/adopt/",
    "models/checkpoint.ts",
  ],
  "cli/commands/eval/coco/run.ts": [
    "cli/report/mod.ts",
    "core/graph/",
    "core/images/formats/",
    "core/images/mod.ts",
    "core/session/",
    "datasets/coco/mod.ts",
    "models/adopt/mod.ts",
    "models/zoo/mod.ts",
  ],
  "models/pipeline/worker.ts": [
    "core/graph/",
    "core/onnx/",
    "core/weights/",
    "datasets/coco/mod.ts",
    "models/zoo/",
  ],
};

/** The files that a file loads at once, itself or through others, each with the one that names it. */
function loadedFiles(start: string): Map<string, string> {
  const found = new Map([[start, ""]]);
  for (const file of found.keys()) {
    if (!file.endsWith(".ts")) continue;
    const statements = code(file).matchAll(
      /^(?:import|export)\s(?!type\s)([^;"]*?from\s+)?"(\.{1,2}\/[^"]+)"/gm,
    );
    for (const [, names = "", path] of statements) {
      const listed = /\{([\s\S]*)\}/.exec(names)?.[1].split(",").map((name) => name.trim()).filter(Boolean);
      if (listed?.every((name) => name.startsWith("type "))) continue;
      const imported = new URL(path, `file:///${file}`).pathname.slice(1);
      if (!found.has(imported)) found.set(imported, file);
    }
  }
  return found;
}

Deno.test("starting the program, a prediction and its workers load no more than they need", () => {
  for (const [start, parts] of Object.entries(NOT_LOADED)) {
    const loaded = loadedFiles(start);
    for (const [file, by] of loaded) {
      assert.ok(!parts.some((part) => file.includes(part)), `${start} loads ${file}, which ${by} imports`);
    }
  }
});

Deno.test("only cli/ knows the command-line parser", () => {
  for (const file of sourceFiles("core", "heads", "models", "datasets")) {
    assert.ok(!read(file).includes("@stricli"), file);
  }
});

Deno.test("files are named in snake case", () => {
  for (const file of sourceFiles(...SOURCE, "tests")) assert.match(file, /^[a-z0-9_/]+\.ts$/);
});

Deno.test(`no file has more than ${MAX_LINES} lines`, () => {
  const large = sourceFiles(...SOURCE, "tests").filter((file) => lineCount(file) > MAX_LINES);
  assert.deepEqual(large, []);
});

Deno.test(`files of fewer than ${MIN_LINES} lines are doors, labels or sides of commands`, () => {
  const small = sourceFiles(...SOURCE)
    .filter((file) => !SMALL_BY_NATURE.includes(file.split("/").at(-1)!) && lineCount(file) < MIN_LINES);
  assert.deepEqual(small, []);
});

Deno.test("messages below cli/ name no flags", () => {
  for (const file of sourceFiles(...WITHOUT_FLAGS)) {
    const naming = literals(file).filter((literal) => /(^|[\s("'`])--[a-z]/.test(literal));
    assert.deepEqual(naming, [], file);
  }
});

Deno.test("limits are called MAX_ and MIN_", () => {
  for (const file of sourceFiles(...SOURCE)) {
    assert.doesNotMatch(code(file), /\b(?:MOST|LEAST)_/, file);
  }
});

Deno.test("an image is called an image", () => {
  for (const file of sourceFiles(...WITHOUT_PICTURES)) {
    assert.doesNotMatch(read(file), /\bpictures?\b/i, file);
  }
});

Deno.test("exported functions that throw a BneckError say so", () => {
  assert.deepEqual(sourceFiles(...WITH_THROWS).flatMap(silentThrowers), []);
});

Deno.test("tests that change the folder or environment of the process run in one of their own", () => {
  const changing = /\bDeno\.(?:chdir|env\.(?:set|delete))\(|\bfromFolder\(/;
  const found = sourceFiles("tests").filter((file) => file.endsWith("_test.ts") && changing.test(read(file)));
  assert.deepEqual(found.sort(), [...ALONE].sort());
});

Deno.test("the fast tests are all that start no process and are not marked slow", () => {
  const fast = fastTests();
  const all = sourceFiles("tests").filter((file) => file.endsWith("_test.ts"));
  assert.deepEqual(fast, all.filter((file) => !isSlow(file) && !startsProcesses(file)));
  assert.ok(fast.includes("tests/structure_test.ts"));
  assert.ok(!fast.includes("tests/cli/main_test.ts"));
  assert.match(read("tests/run.ts"), /const RUN = "--allow-run"/);
});

Deno.test("every module that deno.json exports is there and exports something", async () => {
  const { exports } = JSON.parse(read("deno.json")) as { exports: object };
  for (const [name, path] of Object.entries(exports)) {
    const module: object = await import(new URL(path, `file://${ROOT}`).href);
    assert.ok(Object.keys(module).length > 0, name);
  }
});

Deno.test("no task gives all permissions", () => {
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, string> };
  for (const [name, command] of Object.entries(tasks)) {
    assert.doesNotMatch(command, /\s(?:-A|--allow-all)\b/, name);
    if (/\bdeno (?:run|test)\b/.test(command)) assert.match(command, /--no-prompt/, name);
  }
});
