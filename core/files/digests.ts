/** SHA-256 of files and of lists of files: what tells the data of one run from that of another. */
import { join } from "node:path";
import { BneckError, modelError } from "../errors.ts";
import { reasonOf } from "./reason.ts";

/** Loaded when a digest is made, since most runs do without and the start of the program counts. */
async function sha256() {
  const { createHash } = await import("node:crypto");
  return createHash("sha256");
}

/** A file and its SHA-256 in hexadecimal digits. */
export interface FileDigest {
  readonly path: string;
  readonly sha256: string;
}

/** Files that belong together. */
export interface DataDigest {
  readonly files: number;
  /** Of one file its own; of several that of their list, see {@linkcode listDigest}. */
  readonly sha256: string;
}

/**
 * The size and SHA-256 of a file; `undefined` when there is none.
 *
 * @throws {BneckError} (unusable model) when it cannot be read or is not a regular file.
 */
export async function digestOf(path: string): Promise<{ bytes: number; sha256: string } | undefined> {
  const hash = await sha256();
  let bytes = 0;
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    // Opening a pipe would wait for a writer.
    if (!isFile) {
      throw modelError(`cannot read ${path}: it is ${isDirectory ? "a folder" : "not a regular file"}`);
    }
    for await (const chunk of (await Deno.open(path)).readable) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error instanceof BneckError ? error : modelError(`cannot read ${path}: ${reasonOf(error)}`, error);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/**
 * The digest of a list of files: SHA-256 of the lines that `sha256sum` prints for them, sorted by path.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { listDigest } from "./digests.ts";
 * const [a, b] = ["a.jpg", "b.jpg"].map((path) => ({ path, sha256: "0".repeat(64) }));
 * assert.deepEqual(await listDigest([b, a]), await listDigest([a, b]));
 * assert.equal((await listDigest([a, b])).files, 2);
 * ```
 */
export async function listDigest(files: readonly FileDigest[]): Promise<DataDigest> {
  const hash = await sha256();
  const sorted = files.toSorted((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
  for (const { path, sha256 } of sorted) hash.update(`${sha256}  ${path}\n`);
  return { files: files.length, sha256: hash.digest("hex") };
}

/** SHA-256 of bytes in memory, in hexadecimal digits. */
export async function bytesDigest(bytes: Uint8Array): Promise<string> {
  return (await sha256()).update(bytes).digest("hex");
}

/**
 * The digest of a file, or of all files in a folder and its subfolders. `undefined` where there is neither, such as for
 * a pipe, which can be read only once.
 *
 * @throws {BneckError} when a file cannot be read.
 */
export async function dataDigest(path: string): Promise<DataDigest | undefined> {
  const there = await Deno.stat(path).catch(() => undefined);
  if (there?.isDirectory) return await filesDigest(filesIn(path));
  const digest = there?.isFile ? await digestOf(path) : undefined;
  return digest && { files: 1, sha256: digest.sha256 };
}

/**
 * The digest of a list of files, which are read one after the other. What has gone since is left out.
 *
 * @throws {BneckError} when a file cannot be read.
 */
export async function filesDigest(paths: Iterable<string>): Promise<DataDigest> {
  const files: FileDigest[] = [];
  for (const path of paths) {
    const digest = await digestOf(path);
    if (digest) files.push({ path, sha256: digest.sha256 });
  }
  return await listDigest(files);
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesIn(path);
    else if (isFile) yield path;
  }
}
