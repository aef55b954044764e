/** Runs over many small photos, and what they print and leave. */
import { pacedOutput } from "../soak/paced_output.ts";
import { digests, makePhotos } from "../soak/pictures.ts";
import { spawnCli } from "../support/run_cli.ts";
import { inFolder } from "../support/folders.ts";

export const MORTAL = "tests/cli/programs/mortal.ts";

export const WINDOWS = Deno.build.os === "windows";

/** A folder with `photos` of small pictures. */
export function withPhotos(
  count: number,
  body: (cwd: string, photos: string[]) => Promise<void>,
): Promise<void> {
  return inFolder(async (cwd) => await body(cwd, await makePhotos(cwd, count)));
}

export interface Line {
  readonly file: string;
  readonly error?: string;
}

export function jsonLines(stdout: string): Line[] {
  return stdout.trimEnd().split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

export function temporaryFiles(folder: string): string[] {
  return Object.keys(digests(folder)).filter((name) => name.endsWith(".tmp"));
}

/** Images whose results are more than a pipe holds: a run over them waits for its reader. */
export const MANY = 600;

/**
 * Runs a command until it has printed its first line, does something to it, and returns how it ended. A run over
 * {@linkcode MANY} images with `--jsonl` cannot end before that.
 */
export async function disturb(
  args: readonly string[],
  { cwd, program }: { readonly cwd: string; readonly program?: string },
  body: (child: Deno.ChildProcess) => void | Promise<void>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawnCli(args, { cwd, program });
  await child.stdin.close();
  const stderr = new Response(child.stderr).text();
  let stdout = "";
  let disturbed = false;
  for await (const chunk of pacedOutput(child)) {
    stdout += chunk;
    if (!disturbed) await body(child);
    disturbed = true;
  }
  return { code: (await child.status).code, stdout, stderr: await stderr };
}
