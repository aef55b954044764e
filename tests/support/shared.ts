/**
 * Tests that need something a fresh machine may lack (the data folder beside the project, a browser, GNU
 * parallel). Without it they are skipped, and the reason is counted by `tests/run.ts`.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder beside the project that holds reference data; it may be absent. */
export const SHARED = fileURLToPath(new URL("../../../shared/", import.meta.url));

/** The root of the project. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The path of something in the shared folder, for example `shared("data/photos")`. */
export function shared(path: string): string {
  return SHARED + path;
}

/** Defines a test that is skipped, with `reason` counted, unless `available`. */
export function testIf(
  available: boolean,
  reason: string,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const log = Deno.env.get("BNECK_SKIP_LOG");
  if (!available && log) Deno.writeTextFileSync(log, `${reason}\n`, { append: true });
  Deno.test({ name, ignore: !available, fn });
}

/** Defines a test that needs `paths` of the shared folder. */
export function testWithShared(
  paths: string | readonly string[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = [paths].flat().filter((path) => !existsSync(shared(path)));
  testIf(missing.length === 0, `no ../shared/${missing[0]}`, name, fn);
}
