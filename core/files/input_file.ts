/**
 * The inputs of commands, and where each lies in the tree that the outputs mirror.
 *
 * @module
 */
import { joinPath } from "./paths.ts";

/** A folder that holds inputs. */
export interface InputFolder {
  /** As a user would write it; empty for the current folder. */
  readonly path: string;
  /** The folder that was asked for: this one or one above it. */
  readonly root: string;
  /** The path from the root to this folder, with `/`; empty for the root itself. */
  readonly relative: string;
}

/**
 * One input. A million of them are kept at once, so each holds only its name and its folder, which inputs share: about
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
