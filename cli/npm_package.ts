/**
 * `deno task npm:pack FOLDER`: the npm package, so that `npx bneck segment photo.jpg` works without a checkout. Nothing
 * is published.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "./version.ts";

const PROJECT = fileURLToPath(new URL("../", import.meta.url));

/** The Deno that the package brings: the one by which it was tested. */
const DENO = "2.9.6";

/** What is in the package. */
const FILES = [
  "cli",
  "core",
  "datasets",
  "heads",
  "models",
  "deno.json",
  "deno.lock",
  "LICENSE",
  "README.md",
];

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    console.error("name the folder for the package: deno task npm:pack FOLDER");
    Deno.exit(2);
  }
  Deno.exit(await pack(resolve(folder)));
}

/** Writes the archive into a folder with npm's own `npm pack`; returns the exit status. */
async function pack(folder: string): Promise<number> {
  const stage = await Deno.makeTempDir({ prefix: "bneck-npm-" });
  try {
    for (const name of FILES) await copy(join(PROJECT, name), join(stage, name));
    await Deno.writeTextFile(join(stage, "package.json"), JSON.stringify(manifest(), null, 2));
    await Deno.mkdir(folder, { recursive: true });
    const npm = new Deno.Command("npm", { args: ["pack", "--pack-destination", folder], cwd: stage });
    return (await npm.spawn().status).code;
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

function manifest() {
  return {
    name: "bneck",
    version: VERSION,
    description: "detect, segment and classify images with MobileNetV3 on a CPU",
    license: "MIT",
    type: "module",
    bin: { bneck: "cli/npm_start.mjs" },
    files: FILES,
    dependencies: { deno: DENO },
  };
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
