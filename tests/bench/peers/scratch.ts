/** The scratch folder: what peers need is installed there, never into the project. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where peers are installed and results written, unless told otherwise. */
export const DEFAULT_SCRATCH = "/tmp/bneck-peers";

/** Makes sure that a Python environment with `packages` exists; returns its interpreter. */
export async function pythonWith(
  scratch: string,
  name: string,
  packages: readonly string[],
): Promise<string> {
  const folder = join(scratch, name);
  const python = join(folder, "bin", "python");
  await once(folder, packages, async () => {
    await runHere("python3", ["-m", "venv", folder]);
    await runHere(python, ["-m", "pip", "install", "--quiet", ...packages]);
  });
  return python;
}

/** Makes sure that a folder with npm `packages` exists; returns its `node_modules`. */
export async function nodeModulesWith(
  scratch: string,
  name: string,
  packages: readonly string[],
): Promise<string> {
  const folder = join(scratch, name);
  await once(folder, packages, async () => {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, "package.json"), `{"private": true}\n`);
    // What the install scripts of these packages would fetch is for graphics cards.
    await runHere("npm", ["install", "--ignore-scripts", "--no-fund", "--no-audit", ...packages], folder);
  });
  return join(folder, "node_modules");
}

/** Installs unless the folder's mark says that the same packages are there. */
async function once(
  folder: string,
  packages: readonly string[],
  install: () => Promise<void>,
): Promise<void> {
  const mark = join(folder, "installed.txt");
  const content = packages.join("\n");
  if (existsSync(mark) && await Deno.readTextFile(mark) === content) return;
  console.error(`installing ${packages.join(", ")} in ${folder}`);
  await install();
  await Deno.writeTextFile(mark, content);
}

async function runHere(command: string, args: readonly string[], cwd?: string): Promise<void> {
  await output(command, args, { cwd });
}

/** What to run a command with. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command and returns what it prints.
 *
 * @throws {Error} with the end of what it wrote to standard error, when it fails.
 */
export async function output(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const child = new Deno.Command(command, { ...options, args: [...args], stdin: "null" });
  const { success, stdout, stderr } = await child.output();
  if (success) return new TextDecoder().decode(stdout);
  const reason = new TextDecoder().decode(stderr).trim().split("\n").slice(-12).join("\n");
  throw new Error(`${command} ${args.slice(0, 3).join(" ")} … failed:\n${reason}`);
}
