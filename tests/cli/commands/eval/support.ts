/** Small data sets for the tests of `bneck eval`, and running it as users do. */
import assert from "node:assert/strict";
import { BENCHMARKS } from "../../../../cli/commands/eval.ts";
import type { SavedState } from "../../../../cli/commands/eval/saved_state.ts";
import { type CliResult, runCli } from "../../../support/run_cli.ts";

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
