/** Which tests run how: some alone, and those that start no process in the fast run too. */
import { ROOT } from "./support/shared.ts";

/**
 * They change the folder or the environment of the whole process, in which the other files run side by side.
 * `tests/structure_test.ts` asserts that none is missing.
 */
export const ALONE = [
  "tests/core/files/input_lists_test.ts",
  "tests/core/files/inputs_test.ts",
  "tests/core/files/outputs_test.ts",
  "tests/core/profile/measuring/measured_session_test.ts",
  "tests/models/open_test.ts",
];

/** What starts a process. */
const PROCESS = /\bDeno\.Command\(/;

/** At the top of a test file that takes seconds: `@slow` and why. */
const SLOW = /^\/\*\* @slow \w+/;

/**
 * The test files of the fast run, sorted: those that start no process (no command line, no browser, no other program) and
 * are not marked `@slow`. That run lacks the permission to start processes.
 */
export function fastTests(): string[] {
  return [...testFiles("tests")].filter((file) => !isSlow(file) && !startsProcesses(file)).sort();
}

/** Whether a test file is marked `@slow`. */
export function isSlow(file: string): boolean {
  return SLOW.test(Deno.readTextFileSync(ROOT + file));
}

/** Whether a test file starts processes, itself or through a file of `tests/` that it imports. */
export function startsProcesses(file: string, seen: Set<string> = new Set()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = Deno.readTextFileSync(ROOT + file);
  if (PROCESS.test(text)) return true;
  return [...text.matchAll(/"(\.{1,2}\/[^"]+\.ts)"/g)]
    .map(([, name]) => new URL(name, `file:///${file}`).pathname.slice(1))
    .some((imported) => imported.startsWith("tests/") && exists(imported) && startsProcesses(imported, seen));
}

function* testFiles(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + folder)) {
    if (isDirectory) yield* testFiles(`${folder}/${name}`);
    else if (name.endsWith("_test.ts")) yield `${folder}/${name}`;
  }
}

/** Fixtures name files that are not there. */
function exists(file: string): boolean {
  try {
    return Deno.statSync(ROOT + file).isFile;
  } catch {
    return false;
  }
}
