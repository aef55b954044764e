/** Runs the real program as a user does: a process of its own, with the permissions of the task `bneck`. */
import { ROOT } from "./shared.ts";

/** How to run it. */
export interface RunCliOptions {
  readonly stdin?: string | Uint8Array;
  /** Added to an environment that holds only what a process needs to start. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that the user is in. */
  readonly cwd?: string;
  /** Instead of the task's. */
  readonly permissions?: readonly string[];
  /** Instead of `cli/main.ts`. */
  readonly program?: string;
}

/** How a run ended. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a process needs to start and to find Deno's cache. */
const KEPT = [
  "PATH",
  "HOME",
  "USERPROFILE",
  "LOCALAPPDATA",
  "SystemRoot",
  "TMPDIR",
  "TEMP",
  "DENO_DIR",
  "LANG",
];

/** The permissions of the task `bneck` in deno.json. */
export function taskPermissions(): string[] {
  const task: unknown = JSON.parse(Deno.readTextFileSync(ROOT + "deno.json")).tasks.bneck;
  const line = typeof task === "string" ? task : (task as { command: string }).command;
  return line.split(/\s+/).filter((word) => /^--(allow|deny|ignore|no-prompt)/.test(word));
}

/** Starts the program; the caller reads its streams and waits for it. */
export function spawnCli(args: readonly string[], options: RunCliOptions = {}): Deno.ChildProcess {
  const env: Record<string, string> = {};
  for (const name of KEPT) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...options.permissions ?? taskPermissions(), options.program ?? "cli/main.ts", ...args],
    // As `deno task` does: in the project's folder, and the user's folder in INIT_CWD.
    cwd: ROOT,
    env: { ...env, INIT_CWD: options.cwd ?? Deno.cwd(), ...options.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs the program to its end. */
export async function runCli(args: readonly string[], options: RunCliOptions = {}): Promise<CliResult> {
  const child = spawnCli(args, options);
  const feeding = feed(child, options.stdin);
  const { code, stdout, stderr } = await child.output();
  await feeding;
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function feed(child: Deno.ChildProcess, input: string | Uint8Array = ""): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
    await writer.close();
  } catch {
    // The program ended without reading its input.
  }
}
