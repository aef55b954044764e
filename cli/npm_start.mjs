#!/usr/bin/env node
/** The command of the npm package: starts bneck in the Deno that the npm package `deno` brings. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const deno = join(dirname(createRequire(import.meta.url).resolve("deno/package.json")), "bin.cjs");

// The permissions of the task "bneck", with paths that hold in every folder.
const { tasks } = JSON.parse(readFileSync(join(project, "deno.json"), "utf8"));
const ffmpeg = (process.env.PATH ?? "").split(delimiter)
  .map((folder) => join(folder, process.platform === "win32" ? "ffmpeg.exe" : "ffmpeg"))
  .find((path) => isAbsolute(path) && !path.includes(",") && existsSync(path));
const flags = tasks.bneck.split(" ").filter((word) => word.startsWith("--")).map((word) => {
  if (word === "--allow-ffi=node_modules") return `--allow-ffi=${join(project, "node_modules")}`;
  const others = word.startsWith("--allow-run=") && ffmpeg && !word.split(/[=,]/).includes(ffmpeg);
  return others ? `${word},${ffmpeg}` : word;
});
// Its own packages, because Deno runs no TypeScript among those that npm has installed.
const own = ["--node-modules-dir=auto", "--config", join(project, "deno.json"), "--quiet"];
const { status } = spawnSync(
  process.execPath,
  [deno, "run", ...own, ...flags, join(project, "cli/main.ts"), ...process.argv.slice(2)],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
