/** Runs `bneck profile` inside the test. */
import { runBneck } from "../../../../cli/app.ts";
import type { CliResult } from "../../../support/run_cli.ts";
import { type MemoryHostOptions, memoryRun } from "../../../support/memory_host.ts";

/** As a user would: `runProfile(["mobilenetv2-1.0", "--no-latency"])`. */
export async function runProfile(
  args: readonly string[],
  options: MemoryHostOptions = {},
): Promise<CliResult> {
  const { context, stdout, stderr } = memoryRun(options);
  const code = await runBneck(["profile", ...args], context);
  return { code, stdout: stdout(), stderr: stderr() };
}

/** The object of `--json`; fails unless the command succeeded. */
// deno-lint-ignore no-explicit-any
export async function profileJson(args: readonly string[]): Promise<any> {
  const { code, stdout, stderr } = await runProfile([...args, "--json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A folder that is removed at the end of the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "bneck-test-profile-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
