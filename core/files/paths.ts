/**
 * Paths as text, and what is at them. With Deno's own calls: loading `node:fs` for them would take 20 ms of every start.
 *
 * @module
 */
import { normalize } from "node:path";

/** Whether something is at `path` that can be opened; a broken symbolic link does not count. */
export function exists(path: string): boolean {
  return path !== "" && fileIdentity(path) !== undefined;
}

/** Whether a regular file is at `path`: to open a pipe may wait forever for another program. */
export function isRegularFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether a folder is at `path`. */
export function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/**
 * The device and inode of what is at `path`, through symbolic links: equal for two paths only if they lead to the same
 * file. `undefined` if nothing is there. The empty path is the current folder.
 */
export function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path === "" ? "." : path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** What follows the last `/` or `\`, whatever the platform: `a.jpg` of `photos/a.jpg` and `C:\photos\a.jpg`. */
export function baseName(path: string): string {
  return path.slice(path.search(/[^\\/]*$/));
}

/** `name` within `folder`, where the empty folder is the current one. */
export function joinPath(folder: string, name: string): string {
  return folder === "" || folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** The path without `./`, `//` and a trailing slash; empty for the current folder. */
export function tidy(folder: string): string {
  const path = normalize(folder);
  if (path === "." || path === "./") return "";
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
