/**
 * `deno task install` and `deno task uninstall`: the command `bneck` in every folder, as a small script that starts
 * this checkout with the permissions of the task `bneck`. `deno install --global` would copy the configuration and all
 * npm packages, which then age separately.
 *
 * @module
 */
import { delimiter, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The name of the command. */
const NAME = "bneck";
/** By this line a launcher is known as ours. */
const MARK = "starts bneck from its checkout";

/** In place of a closed stdout Deno is given /dev/null, and all that is printed would be lost without a word. */
const REFUSE_CLOSED = "{ true 3>&1; } 2>/dev/null || " +
  '{ echo "bneck: error: cannot write to stdout: it is closed" >&2; exit 1; }';

const PROJECT = fileURLToPath(new URL("../", import.meta.url)).replace(/[\\/]$/, "");
const WINDOWS = Deno.build.os === "windows";

if (import.meta.main) Deno.exit(Deno.args.includes("--uninstall") ? uninstall() : install());

/** Writes the launcher; returns the exit status. */
function install(): number {
  const folder = binFolder();
  const path = launcherPath(folder);
  if (readLauncher(path) === "other") {
    console.error(
      `${path} is another program and was left as it is; set DENO_INSTALL_ROOT to install elsewhere`,
    );
    return 1;
  }
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(path, launcher(taskArguments()), { mode: 0o755 });
  if (!WINDOWS) Deno.chmodSync(path, 0o755);
  console.log(`installed ${path}, which runs ${PROJECT}`);
  if (!(Deno.env.get("PATH") ?? "").split(delimiter).includes(folder)) {
    console.log(
      `add its folder to PATH: ${WINDOWS ? `setx PATH "%PATH%;${folder}"` : `export PATH="${folder}:$PATH"`}`,
    );
  }
  console.log(`upgrade: git pull && deno install && deno task install; remove: deno task uninstall`);
  return 0;
}

function uninstall(): number {
  const path = launcherPath(binFolder());
  const found = readLauncher(path);
  if (found !== "ours") {
    console.error(
      found === "none" ? `there is no ${path}` : `${path} is another program and was left as it is`,
    );
    return 1;
  }
  Deno.removeSync(path);
  console.log(`removed ${path}; models that were fetched stay in the cache folder, which bneck doctor names`);
  return 0;
}

/** Where `deno install --global` puts commands. */
function binFolder(): string {
  const root = Deno.env.get("DENO_INSTALL_ROOT") ||
    join(Deno.env.get(WINDOWS ? "USERPROFILE" : "HOME") ?? ".", ".deno");
  return join(root, "bin");
}

function launcherPath(folder: string): string {
  return join(folder, WINDOWS ? `${NAME}.cmd` : NAME);
}

function readLauncher(path: string): "none" | "ours" | "other" {
  try {
    return Deno.readTextFileSync(path).includes(MARK) ? "ours" : "other";
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "none" : "other";
  }
}

/** What the task `bneck` gives to Deno, with paths that hold in every folder. */
function taskArguments(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(join(PROJECT, "deno.json"))) as {
    tasks: Readonly<Record<string, string>>;
  };
  const words = tasks.bneck.split(" ").slice(1);
  return words.map((word) => {
    if (word === "--allow-ffi=node_modules") return `--allow-ffi=${join(PROJECT, "node_modules")}`;
    if (word.startsWith("--allow-run=")) return withFfmpeg(word);
    return word === "cli/main.ts" ? join(PROJECT, "cli/main.ts") : word;
  }).toSpliced(1, 0, "--config", join(PROJECT, "deno.json"));
}

/** The permission to start programs, with the ffmpeg on the PATH if it lies elsewhere than where the task allows. */
function withFfmpeg(word: string): string {
  const name = WINDOWS ? "ffmpeg.exe" : "ffmpeg";
  const path = (Deno.env.get("PATH") ?? "").split(delimiter).map((folder) => join(folder, name)).find(isFile);
  // A comma would part it into two.
  return path === undefined || path.includes(",") || word.split(/[=,]/).includes(path)
    ? word
    : `${word},${path}`;
}

function isFile(path: string): boolean {
  try {
    return isAbsolute(path) && Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function launcher(args: readonly string[]): string {
  const deno = Deno.execPath();
  return WINDOWS
    ? `@rem ${MARK}\r\n@"${deno}" ${args.map((word) => `"${word}"`).join(" ")} %*\r\n`
    : `#!/bin/sh\n# ${MARK}\n${REFUSE_CLOSED}\nexec ${[deno, ...args].map(quoted).join(" ")} "$@"\n`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
