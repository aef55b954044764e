/** What the tests of the scripts in `docs/scale` share. */
import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import { makePhotos } from "../../soak/pictures.ts";
import { ROOT } from "../../support/shared.ts";
import { inFolder } from "../../support/folders.ts";

/** Where the scripts are. */
export const SCALE = `${ROOT}docs/scale`;

/** The scripts are for the shells of Linux and macOS. */
export const WINDOWS = Deno.build.os === "windows";

/** The photos of a job. */
export const IMAGES = 9;

/** How a program ended, and what it printed. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with `docs/scale` (and `first`, before all) on the PATH, so that `bneck` is the real one. */
export async function sh(
  [program, ...args]: readonly string[],
  { cwd, env, first = [] }: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly first?: readonly string[];
  },
): Promise<Result> {
  const path = [...first, SCALE, dirname(Deno.execPath()), Deno.env.get("PATH")].join(delimiter);
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { ...env, PATH: path, BNECK_HOME: ROOT },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A folder with `photos`, and in `whole` what one run over all of them leaves with the flags `save`. */
export function withWhole(
  save: readonly string[],
  body: (cwd: string, printed: string) => Promise<void>,
): Promise<void> {
  return inFolder(async (cwd) => {
    await makePhotos(cwd, IMAGES);
    const { code, stdout, stderr } = await sh(
      ["bneck", "run", `${cwd}/photos`, "-o", `${cwd}/whole`, ...save, "--size", "64", "--jsonl"],
      { cwd },
    );
    assert.equal(code, 0, stderr);
    await body(cwd, stdout);
  });
}

/** Lines of `--jsonl` in natural order, without the folder of the files and the times, which no two runs share. */
export function facts(lines: string): unknown[] {
  const records: { file: string }[] = lines.trimEnd().split("\n").map((line) => {
    const { file, width, height, objects, classes } = JSON.parse(line);
    return { file, width, height, objects, classes };
  });
  return records.sort((a, b) => a.file.localeCompare(b.file, "en", { numeric: true }));
}

export function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** A script of the test's own. */
export async function script(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
