/** Small data sets for the tests of `bneck eval`, and running it as users do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { BENCHMARKS } from "../../../../cli/commands/eval.ts";
import type { SavedState } from "../../../../cli/commands/eval/saved_state.ts";
import { ROOT } from "../../../support/shared.ts";
import { type CliResult, runCli } from "../../../support/run_cli.ts";

const PARITY = `${ROOT}models/weights/street-lraspp/tuned/parity`;

/** A photo of CamVid, 480 × 360, that comes with the embedded model. */
export const STREET_PHOTO = `${PARITY}/image.png`;

/** Its ground truth: classes 0 to 10, 11 where there is none. */
export const STREET_TRUTH = `${PARITY}/truth.png`;

/** What the embedded model makes of it, as PyTorch computed it. */
export const STREET_MASK = `${PARITY}/mask.png`;

/** CamVid's classes as their own files name them. */
export const CAMVID_CLASSES = {
  ignore: 11,
  classes: [
    "Sky",
    "Building",
    "Pole",
    "Road",
    "Pavement",
    "Tree",
    "SignSymbol",
    "Fence",
    "Car",
    "Pedestrian",
    "Bicyclist",
  ].map((name, id) => ({ id, name })),
};

/** Runs `test` in a folder of its own, and removes the folder. */
export async function inFolder(test: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-eval-" }));
  try {
    await test(cwd);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

/** Writes a file and the folders on the way to it. */
export async function write(path: string, content: Uint8Array | string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

/** Copies a file and makes the folders on the way to it. */
export async function copy(from: string, to: string): Promise<void> {
  await write(to, await Deno.readFile(from));
}

/** Runs `bneck eval …`, which must do all it is asked for. */
export async function evaluate(args: readonly string[], cwd: string): Promise<CliResult> {
  const result = await runCli(["eval", ...args], { cwd });
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** Runs `bneck eval …`, which must print no score and exit with `code`; returns what it says. */
export async function refusal(args: readonly string[], cwd: string, code: number): Promise<string> {
  const result = await runCli(["eval", ...args], { cwd });
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stdout, "");
  assert.doesNotMatch(result.stderr, /\bat .*\.ts:\d+/);
  return result.stderr;
}

/** Numbers must agree to 1e-12, everything else exactly. */
export function assertClose(found: unknown, expected: unknown, path = ""): void {
  if (typeof expected === "number" && typeof found === "number") {
    assert.ok(Math.abs(found - expected) <= 1e-12, `${path}: ${found}, expected ${expected}`);
  } else if (typeof expected === "object" && expected !== null) {
    assert.deepEqual(Object.keys(found as object).sort(), Object.keys(expected).sort(), path);
    for (const [key, value] of Object.entries(expected)) {
      assertClose((found as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  } else assert.equal(found, expected, path);
}

/** The evaluation in a saved state, as `eval merge` restores it. */
export async function restore(saved: SavedState, where: string) {
  const { benchmark } = await BENCHMARKS[saved.benchmark].load();
  return { benchmark, ...benchmark.restore(saved, where) };
}
