import assert from "node:assert/strict";
import { COMMANDS, runBneck } from "../../cli/app.ts";
import { flagNames, isGroup, type Target } from "../../cli/arguments.ts";
import type { BneckCommand } from "../../cli/command.ts";
import { displayWidth } from "../../cli/console/output.ts";
import { memoryRun } from "../support/memory_host.ts";
import { ROOT } from "../support/shared.ts";
import { TREE } from "./programs/tree.ts";

async function help(...args: string[]): Promise<string> {
  const { context, stdout, stderr } = memoryRun();
  assert.equal(await runBneck(args, context, TREE), 0, stderr());
  return stdout();
}

Deno.test("the help of a command has usage, arguments, flags and examples", async () => {
  assert.equal(
    await help("segment", "--help"),
    `Usage: bneck segment INPUT... [FLAGS]

Labels every pixel of images and writes the labels beside them in the same tree
of folders, so that nothing has to be sorted by hand.

Arguments:
  INPUT...              an image, a folder (with all its sub-folders), a glob,
                        @FILE with one input per line, or - for such a list on
                        stdin

Flags:
  -m, --model NAME      the model (mb3-large-075, mb3-small-100; default:
                        mb3-large-075)
  -o, --out DIR         where files go
      --save LIST       what to write (any of ids, color, overlay, scores;
                        default: ids,overlay)
      --classes NAMES   only these classes
      --opacity 0..1    how strong the overlay is (default: 0.5)
      --size SIZE       resize to SIZE: the shorter side (520) or HEIGHTxWIDTH
                        (1024x2048)
      --[no-]antialias  smooth when shrinking
      --json            print one JSON object on stdout
      --jsonl           print one line of JSON per image on stdout
      --overwrite       replace files that exist in the output folder
      --skip-existing   skip images whose files already exist
      --fail-fast       stop at the first image that fails
  -j, --workers N       how many images to work on at a time (default: one per
                        core)

Flags of every command:
      --color WHEN      colour the output (auto, always, never; default: auto)
  -q, --quiet           print results and errors only
  -v, --verbose         also print details
  -h, --help            explain a command, or list the commands

Examples:
  bneck segment photos -o out
      label all photos
  bneck segment a.jpg --save ids,color
      label one photo
`,
  );
});

Deno.test("the help of a group lists its commands", async () => {
  assert.equal(
    await help("eval", "--help"),
    `Usage: bneck eval COMMAND ...

Evaluates.

Commands:
  coco        COCO's mAP

Flags:
  -h, --help  explain a command, or list the commands

"bneck eval COMMAND --help" explains a command.
`,
  );
});

Deno.test("help can be asked for in several ways", async () => {
  const asked = await help("segment", "--help");
  for (
    const args of [["segment", "-h"], ["help", "segment"], ["--help", "segment"], [
      "segment",
      "a.jpg",
      "--help",
    ]]
  ) {
    assert.equal(await help(...args), asked, args.join(" "));
  }
  const root = await help("--help");
  for (const args of [[], ["help"], ["-h"]]) assert.equal(await help(...args), root, args.join(" "));
  assert.equal(await help("eval"), await help("eval", "--help"));
});

function* everyCommand(target: Target, path: readonly string[] = []): Generator<[string[], BneckCommand]> {
  if (!isGroup(target)) yield [[...path], target as BneckCommand];
  else {for (const entry of target.getAllEntries()) {
      yield* everyCommand(entry.target, [...path, entry.name.original]);
    }}
}

for (const [path, command] of everyCommand(COMMANDS)) {
  Deno.test(`the help of "${path.join(" ")}" names every flag, has two or three examples and fits 80 columns`, async () => {
    const { context, stdout } = memoryRun();
    assert.equal(await runBneck([...path, "--help"], context), 0);
    const text = stdout();
    for (const flag of flagNames(command)) {
      if (flag.startsWith("--no-")) continue;
      assert.ok(text.includes(flag) || text.includes(flag.replace("--", "--[no-]")), flag);
    }
    const { examples, description } = command;
    assert.ok(examples.length >= 2 && examples.length <= 3, `${examples.length} examples`);
    for (const { line } of examples) {
      assert.match(line, new RegExp(`\\bbneck ${path.join(" ")}\\b`));
      assert.ok(text.includes(line));
    }
    assert.ok(description.length > 60 && description.endsWith("."), description);
    const prose = text.slice(0, text.indexOf("Examples:"));
    for (const line of prose.split("\n")) assert.ok(displayWidth(line) <= 80, line);
  });
}

Deno.test("examples with a model that has to be downloaded say so, in help and in the README", async () => {
  const { MODELS } = await import("../../models/registry.ts");
  const { downloadOf } = await import("../../models/cache.ts");
  const names = MODELS.filter((model) => downloadOf(model)).flatMap((
    { name, aliases },
  ) => [name, ...aliases]);
  const needs = (line: string) =>
    /^(\S+=\S+ )?bneck (?!models|profile|.*--weights)/.test(line) &&
    line.split(/\s+/).some((word) => names.includes(word));
  const unmarked: string[] = [];
  let marked = 0;
  const visit = (target: Target) => {
    if (isGroup(target)) return target.getAllEntries().forEach((entry) => visit(entry.target));
    for (const { line, does } of (target as BneckCommand).examples) {
      if (!needs(line)) continue;
      if (/after bneck models pull [\w-]+$/.test(does)) marked++;
      else unmarked.push(line);
    }
  };
  visit(COMMANDS);
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  for (const [, line] of readme.matchAll(/^ {4}\$ (bneck .*)$/gm)) {
    if (needs(line) && !/# after models pull/.test(line)) unmarked.push(line);
  }
  assert.deepEqual(unmarked, []);
  assert.ok(marked >= 3);
});

Deno.test("every flag of bneck that the README names is one of some command", async () => {
  const known = new Set(["--help", "--version"]);
  const visit = (target: Target): void => {
    if (isGroup(target)) target.getAllEntries().forEach((entry) => visit(entry.target));
    else for (const flag of flagNames(target)) known.add(flag);
  };
  visit(COMMANDS);
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const named = new Set([...readme.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag));
  assert.ok(named.size > 40);
  assert.deepEqual([...named].filter((flag) => !known.has(flag)), []);
});
