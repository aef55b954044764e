/** Thousands of damaged pictures through the whole program. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { randomNumbers } from "../../core/random.ts";
import { spawnCli } from "../support/run_cli.ts";
import { damaged, DAMAGES, healthyFiles } from "./damage.ts";
import { largestMemory } from "./memory_of.ts";
import { pacedOutput } from "./paced_output.ts";
import { inFolder } from "../support/folders.ts";

/** How much to do. */
export interface MutantOptions {
  readonly count: number;
  readonly seed?: number;
  /** No file may keep a worker busy for longer. */
  readonly seconds: number;
}

/** What came of it. */
export interface MutantResult {
  /** By format and damage, such as `jpg huge`. */
  readonly kinds: Readonly<Record<string, { readonly done: number; readonly refused: number }>>;
  /** The reasons of those that were refused, without names and numbers, with how many there were of each. */
  readonly refused: Readonly<Record<string, number>>;
  /** Of those that were done. */
  readonly slowest: TimedFile;
  /** The file before whose line the program was silent for longest: no file, done or refused, took much longer. */
  readonly longestWait: TimedFile;
  /** The largest resident memory that was seen, in bytes. */
  readonly memory: number;
}

/** A file and a time. */
export interface TimedFile {
  readonly file: string;
  readonly milliseconds: number;
}

/** A line of `--jsonl`. */
interface Line {
  readonly file: string;
  readonly error?: string;
  readonly milliseconds?: Readonly<Record<string, number>>;
}

/**
 * Segments and detects `count` damaged JPEG, PNG, WebP, AVIF, TIFF, GIF and BMP files in one run with two workers. Every form of each
 * format meets every kind of damage equally often.
 *
 * @throws {AssertionError} when the program ends in another way than it should, leaves a file out, takes longer than
 * `seconds` over one, or says of one what is not a line for users.
 */
export function runMutants({ count, seed = 1, seconds }: MutantOptions): Promise<MutantResult> {
  return inFolder(async (cwd) => {
    await writeMutants(join(cwd, "photos"), count, randomNumbers(seed));
    const child = spawnCli(
      [
        ...["run", "photos", "-o", "out", "--save", "ids,json", "--size", "64", "--jsonl", "-q", "-j", "2"],
        ...["--timeout", String(seconds)],
      ],
      { cwd },
    );
    await child.stdin.close();
    const memory = largestMemory(child);
    const stderr = new Response(child.stderr).text();

    let text = "";
    let longestWait: TimedFile | undefined;
    let last: number | undefined;
    for await (const chunk of pacedOutput(child)) {
      const now = performance.now();
      const file = firstFile(text.slice(text.lastIndexOf("\n") + 1) + chunk);
      // What came before the first line is the start of the program.
      if (last !== undefined && now - last > (longestWait?.milliseconds ?? 0)) {
        longestWait = { file, milliseconds: now - last };
      }
      last = now;
      text += chunk;
    }
    const { code } = await child.status;
    assert.equal(code, 1, `exit status ${code}: ${await stderr}`);
    assert.doesNotMatch(await stderr, /internal error|unexpected|\.ts:\d+/);
    const lines: Line[] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.equal(new Set(lines.map(({ file }) => file)).size, count);
    return { ...summarise(lines), longestWait: longestWait!, memory: await memory };
  });
}

/** Fills `folder` with files named for their damage, such as `12-huge.png`. */
async function writeMutants(folder: string, count: number, random: () => number): Promise<void> {
  await Deno.mkdir(folder);
  const originals = await healthyFiles();
  for (let i = 0; i < count; i++) {
    const index = i % originals.length;
    const damage = DAMAGES[Math.floor(i / originals.length) % DAMAGES.length];
    const bytes = damaged(originals, index, damage, random);
    await Deno.writeFile(join(folder, `${i}-${damage}.${originals[index].extension}`), bytes);
  }
}

/** The file that the first line is about; of a line cut in its middle, as much as there is. */
function firstFile(text: string): string {
  return /"file":"([^"]*)/.exec(text)?.[1] ?? "?";
}

function summarise(lines: readonly Line[]): Pick<MutantResult, "kinds" | "refused" | "slowest"> {
  const kinds: Record<string, { done: number; refused: number }> = {};
  const refused: Record<string, number> = {};
  let slowest: TimedFile = { file: "none", milliseconds: 0 };
  for (const { file, error, milliseconds } of lines) {
    const [, damage, extension] = /-(\w+)\.(\w+)$/.exec(file)!;
    const kind = kinds[`${extension} ${damage}`] ??= { done: 0, refused: 0 };
    if (milliseconds !== undefined) {
      kind.done++;
      const total = Object.values(milliseconds).reduce((sum, stage) => sum + stage);
      if (total > slowest.milliseconds) slowest = { file, milliseconds: total };
      continue;
    }
    kind.refused++;
    const reason = reasonIn(error!, file);
    refused[reason] = (refused[reason] ?? 0) + 1;
  }
  return { kinds, refused, slowest };
}

/** Why a file was refused, the same for all that were refused alike. */
function reasonIn(error: string, file: string): string {
  const start = `cannot read ${file}: `;
  assert.ok(error.startsWith(start), error);
  const reason = error.slice(start.length);
  assert.match(reason, /^[^\n]{1,300}$/);
  return reason.replace(/\(.*\)|\d+/g, "…").replace(/its \w{4} chunk/, "a chunk");
}
