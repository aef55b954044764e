/** Folders made for one test, and what is in them. */
import { dirname, join } from "node:path";

/** Runs `use` with a folder of its own, by its real path, and removes the folder. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bneck-test-" }));
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All files below a folder, relative to it, sorted; none where there is no such folder. */
export function filesIn(folder: string): string[] {
  return [...walk(folder, "")].sort();
}

function* walk(folder: string, below: string): Generator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(join(folder, below))];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    if (isDirectory) yield* walk(folder, join(below, name));
    else yield join(below, name);
  }
}

/** Writes a file and the folders on the way to it. */
export async function write(path: string, content: Uint8Array | string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

/** Copies a file and makes the folders on the way to it. */
export async function copy(from: string, to: string): Promise<void> {
  await write(to, await Deno.readFile(from));
}
