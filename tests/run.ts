/**
 * Runs the whole suite and closes with one line that people and machines can read:
 * `N passed, N failed, N skipped`. With `--fast` as the first argument, only the tests that start no process run. Other
 * arguments are passed to `deno test` (paths, `--filter`).
 */
import { ALONE, fastTests } from "./selection.ts";
import { ROOT } from "./support/shared.ts";

const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys",
  "--allow-net=127.0.0.1,localhost",
];

/** What the whole suite may do besides. */
const RUN = "--allow-run";

/** The arguments of each `deno test` to run. */
function plan([first, ...rest]: readonly string[]): readonly (readonly string[])[] {
  if (first === undefined) {
    return [[RUN, "--doc", "--parallel", `--ignore=${ALONE.join(",")}`], [RUN, ...ALONE]];
  }
  if (first !== "--fast") return [[RUN, "--doc", first, ...rest]];
  const fast = fastTests();
  const alone = fast.filter((file) => ALONE.includes(file));
  // Types are checked by `deno task check`.
  const options = ["--no-check", ...rest];
  return [["--parallel", ...options, ...fast.filter((file) => !alone.includes(file))], [
    ...options,
    ...alone,
  ]];
}

/** How a run of `deno test` ended. */
interface Outcome {
  readonly code: number;
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** Runs `deno test` and prints what it prints. */
async function runTests(args: readonly string[], skipLog: string): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-prompt", ...PERMISSIONS, ...args],
    cwd: ROOT,
    env: { BNECK_SKIP_LOG: skipLog, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4000);
  }
  const { code } = await child.status;
  const count = (word: string) => Number(tail.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
  return { code, passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}

async function printSkipReasons(skipLog: string): Promise<void> {
  const reasons = new Map<string, number>();
  for (const reason of (await Deno.readTextFile(skipLog)).split("\n").filter(Boolean)) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, count] of reasons) console.log(`skipped ${count}: ${reason}`);
}

if (import.meta.main) {
  const skipLog = await Deno.makeTempFile({ prefix: "bneck-skips-" });
  const runs = plan(Deno.args);
  const outcomes: Outcome[] = [];
  for (const args of runs) outcomes.push(await runTests(args, skipLog));
  await printSkipReasons(skipLog);
  await Deno.remove(skipLog);

  const sum = (of: "passed" | "failed" | "ignored") =>
    outcomes.reduce((total, outcome) => total + outcome[of], 0);
  const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("ignored")];
  console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
  const code = outcomes.find(({ code }) => code !== 0)?.code ?? 0;
  Deno.exit(passed === 0 && code === 0 ? 1 : code);
}
