/**
 * Writing results so that a reader, or the next run, never sees half a file.
 *
 * While a file is being written it has a temporary name beside its final one, and the writer holds a lock (`flock`) on
 * it. A process that is killed loses its locks, so a temporary file without a lock is a leftover. Process ids would not
 * do: they are not unique across containers and machines that share a disk.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { BneckError, inputError, usageError } from "../errors.ts";
import { reasonOf } from "./reason.ts";

const PREFIX = ".bneck-";
const SUFFIX = ".tmp";

/** Milliseconds after which a temporary file counts as a leftover where locks are not supported. */
const STALE_AGE = 24 * 60 * 60 * 1000;

/** What {@linkcode writeFileAtomic} can write; text is encoded as UTF-8. */
export type FileContent =
  | Uint8Array
  | string
  | Iterable<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

/** Options of {@linkcode writeFileAtomic}. */
export interface WriteOptions {
  /** Whether to wait until the bytes are on the disk, so that they survive a power failure. @default {false} */
  readonly sync?: boolean;
  /** Decides once all is written what the file is called; errors name `path` in any case. */
  readonly finalPath?: () => string;
}

/**
 * Writes a file completely or not at all, replacing one of the same name. Missing folders are created. A symbolic link
 * of that name is replaced, not followed; a device or a pipe is written to directly.
 *
 * @throws {BneckError} if the file cannot be written: `cannot write out/a.ids.png: no space left on the device`. What an
 * iterable throws is thrown as it is. Nothing is left of the file in either case
 */
export async function writeFileAtomic(
  path: string,
  content: FileContent,
  { sync = false, finalPath = () => path }: WriteOptions = {},
): Promise<void> {
  let temporary: Temporary | undefined;
  try {
    if (isSpecialFile(path)) {
      using file = await guard(path, () => Deno.open(path, { write: true }));
      for await (const bytes of chunksOf(content)) await guard(path, () => writeAll(file, bytes));
      return;
    }
    temporary = await guard(path, () => createTemporary(dirname(path)));
    const { file } = temporary;
    for await (const bytes of chunksOf(content)) await guard(path, () => writeAll(file, bytes));
    if (sync) await guard(path, () => file.sync());
    const from = temporary.path;
    await guard(path, () => Deno.rename(from, finalPath()));
  } catch (error) {
    if (temporary !== undefined) await Deno.remove(temporary.path).catch(() => {});
    throw error;
  } finally {
    temporary?.file.close(); // Last, because it releases the lock.
  }
}

/**
 * The same for a file that another program writes: it gets a temporary name, under which an empty file lies, and returns
 * what the file is called in the end; `undefined` if it is of no use.
 *
 * @throws {BneckError} as {@linkcode writeFileAtomic} does; what `write` throws is thrown as it is
 */
export async function writeBy(
  path: string,
  write: (temporary: string) => Promise<string | undefined>,
): Promise<void> {
  const temporary = await guard(path, () => createTemporary(dirname(path)));
  try {
    const finalPath = await write(temporary.path);
    await guard(
      path,
      () => finalPath === undefined ? Deno.remove(temporary.path) : Deno.rename(temporary.path, finalPath),
    );
  } catch (error) {
    await Deno.remove(temporary.path).catch(() => {});
    throw error;
  } finally {
    temporary.file.close();
  }
}

/**
 * Creates the folder if necessary and checks that it is writable, so that a long run does not fail at its end.
 *
 * @throws {BneckError} (usage) if it is not: `cannot write to out: permission denied`
 */
export async function ensureWritableFolder(folder: string): Promise<void> {
  const reason = await whyNotWritable(folder);
  if (reason !== undefined) throw usageError(`cannot write to ${folder}: ${reason.text}`, reason.error);
}

/**
 * Checks that a file of this name can be written; its folder is created if necessary.
 *
 * @throws {BneckError} (usage) if it cannot: `cannot write out/report.html: it is a folder`
 */
export async function ensureWritableFile(path: string): Promise<void> {
  const there = await Deno.stat(path).catch(() => undefined);
  if (there?.isDirectory) {
    throw usageError(`cannot write ${path}: it is a folder; name the file to write in it`);
  }
  if (there !== undefined && !there.isFile) return; // A device or pipe, which is written to as it is.
  const reason = await whyNotWritable(dirname(path));
  if (reason !== undefined) throw usageError(`cannot write ${path}: ${reason.text}`, reason.error);
}

/** Why no file can be written in a folder; `undefined` if one can. */
async function whyNotWritable(folder: string): Promise<{ text: string; error: unknown } | undefined> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    const { file, path } = await createTemporary(folder);
    try {
      await file.write(new Uint8Array(1));
    } finally {
      await Deno.remove(path);
      file.close();
    }
  } catch (error) {
    const isFile = error instanceof Deno.errors.AlreadyExists;
    return { text: isFile ? "it is a file, not a folder" : reasonOf(error), error };
  }
}

/**
 * Removes what killed runs left in `folder` (not in folders below it) and returns the number of files removed. Files
 * that a running process is writing, here or on another machine, are left alone.
 *
 * @throws {BneckError} (usage) if the folder exists and cannot be read
 */
export async function removeStaleTemporaries(folder: string): Promise<number> {
  let removed = 0;
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const temporary = isFile && name.startsWith(PREFIX) && name.endsWith(SUFFIX);
      if (temporary && await removeIfStale(join(folder, name))) removed++;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw usageError(`cannot read ${folder}: ${reasonOf(error)}`, error);
    }
  }
  return removed;
}

async function removeIfStale(path: string): Promise<boolean> {
  try {
    using file = await Deno.open(path, { write: true });
    const locked = tryLock(file);
    if (locked === undefined) {
      const { mtime } = await file.stat();
      if (mtime === null || Date.now() - mtime.getTime() < STALE_AGE) return false;
    } else if (!locked) {
      return false;
    }
    await Deno.remove(path);
    return true;
  } catch {
    return false; // Another process was faster, or it is not ours to remove.
  }
}

interface Temporary {
  readonly path: string;
  readonly file: Deno.FsFile;
}

/** Creates and locks a new file in `folder`, which is created too if it is missing. */
async function createTemporary(folder: string): Promise<Temporary> {
  while (true) {
    const path = join(folder, `${PREFIX}${crypto.randomUUID()}${SUFFIX}`);
    const file = await openNew(path).catch(async (error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await Deno.mkdir(folder, { recursive: true });
      return await openNew(path);
    });
    // Until it is locked, the file looks like a leftover to another process.
    if (tryLock(file) !== false && isStillAt(path, file)) return { path, file };
    file.close();
  }
}

function openNew(path: string): Promise<Deno.FsFile> {
  return Deno.open(path, { write: true, createNew: true });
}

/** Whether the lock was acquired; undefined if the file system has no locks. */
function tryLock(file: Deno.FsFile): boolean | undefined {
  try {
    return file.tryLockSync(true);
  } catch {
    return undefined;
  }
}

function isStillAt(path: string, file: Deno.FsFile): boolean {
  try {
    return Deno.lstatSync(path).ino === file.statSync().ino;
  } catch {
    return false;
  }
}

function isSpecialFile(path: string): boolean {
  try {
    const info = Deno.statSync(path);
    return !info.isFile && !info.isDirectory;
  } catch {
    return false; // Usually missing; any other problem shows when the file is created.
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

async function* chunksOf(content: FileContent): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const chunks = content instanceof Uint8Array || typeof content === "string" ? [content] : content;
  for await (const chunk of chunks) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}

/** Runs a file operation; its failure becomes the error of writing `path`. */
async function guard<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw error instanceof BneckError ? error : inputError(`cannot write ${path}: ${reasonOf(error)}`, error);
  }
}
