/**
 * What commands work on, and where it stands in the tree that the outputs mirror.
 *
 * @module
 */
import { normalize } from "node:path";

/** A folder that holds inputs. */
export interface InputFolder {
  /** As a user would write it; empty for the current folder. */
  readonly path: string;
  /** The folder that was asked for: this one or one above it. */
  readonly root: string;
  /** From the root to this folder, with `/`; empty for the root itself. */
  readonly relative: string;
}

/**
 * One input. A million of them are kept at once, so each holds but its folder, which it shares, and its name: about
 * 80 bytes.
 */
export class InputFile {
  constructor(readonly folder: InputFolder, readonly name: string) {}

  /** The path to open: `photos/day 1/a.jpg`. */
  get path(): string {
    return joinPath(this.folder.path, this.name);
  }

  /** The folder that was asked for: `photos`. */
  get root(): string {
    return this.folder.root;
  }

  /** The path within the root, with `/`: `day 1/a.jpg`. */
  get relative(): string {
    return joinPath(this.folder.relative, this.name);
  }
}

/** `name` within `folder`, where the current folder is empty. */
export function joinPath(folder: string, name: string): string {
  return folder === "" || folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** The path without `./`, `//` and a slash at its end; the current folder is empty. */
export function tidy(folder: string): string {
  const path = normalize(folder);
  if (path === "." || path === "./") return "";
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
