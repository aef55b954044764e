import assert from "node:assert/strict";
import { ALONE } from "./run.ts";
import { ROOT } from "./support/shared.ts";

/** What each folder may import from, besides itself. The way is cli → models → datasets, heads → core. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  heads: ["core"],
  models: ["datasets", "heads", "core"],
  datasets: ["core"],
  cli: ["models", "datasets", "heads", "core"],
};

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sourceFiles(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** Every module that a file names: static, type-only and dynamic imports, re-exports, and worker URLs. */
function importedFiles(file: string): string[] {
  const text = Deno.readTextFileSync(ROOT + file);
  const names = [...text.matchAll(/(?:from\s+|import\(\s*|new URL\(\s*|import\s+)"(\.{1,2}\/[^"]+)"/g)];
  return names.map((match) => new URL(match[1], `file:///${file}`).pathname.slice(1));
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

Deno.test("only cli/ knows the command-line parser", () => {
  for (const folder of ["core", "heads", "models", "datasets"]) {
    for (const file of sourceFiles(folder)) {
      assert.ok(!Deno.readTextFileSync(ROOT + file).includes("@stricli"), file);
    }
  }
});

Deno.test("tests that change the folder or environment of the process run in one of their own", () => {
  const changing = /\bDeno\.(?:chdir|env\.(?:set|delete))\(|\bfromFolder\(/;
  const found = [...sourceFiles("tests")]
    .filter((file) => file.endsWith("_test.ts") && changing.test(Deno.readTextFileSync(ROOT + file)));
  assert.deepEqual(found.sort(), [...ALONE].sort());
});

Deno.test("every module that deno.json exports is there and exports something", async () => {
  const { exports } = JSON.parse(Deno.readTextFileSync(ROOT + "deno.json")) as { exports: object };
  for (const [name, path] of Object.entries(exports)) {
    const module: object = await import(new URL(path, `file://${ROOT}`).href);
    assert.ok(Object.keys(module).length > 0, name);
  }
});
