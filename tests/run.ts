/**
 * Runs the whole suite and closes with one line that people and machines can read:
 * `N passed, N failed, N skipped`. Arguments are handed to `deno test` (paths, `--filter`).
 */
import { ROOT } from "./support/shared.ts";

const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys",
  "--allow-run",
  "--allow-net=127.0.0.1,localhost",
];

const skipLog = await Deno.makeTempFile({ prefix: "bneck-skips-" });
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "--doc", "--no-prompt", ...PERMISSIONS, ...Deno.args],
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

const reasons = new Map<string, number>();
for (const reason of (await Deno.readTextFile(skipLog)).split("\n").filter(Boolean)) {
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}
await Deno.remove(skipLog);
for (const [reason, count] of reasons) console.log(`skipped ${count}: ${reason}`);

const count = (word: string) => Number(tail.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);
const [passed, failed, skipped] = [count("passed"), count("failed"), count("ignored")];
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
Deno.exit(passed === 0 && code === 0 ? 1 : code);
