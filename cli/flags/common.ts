/**
 * Flags that many commands share, as groups to spread into a command's own.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { countFlag } from "./number.ts";
import { parseShard } from "../../core/files/shard.ts";

export type { Shard } from "../../core/files/shard.ts";

/** Where results go on stdout. Exclusive: {@linkcode RESULT_FLAGS_EXCLUSIVE}. */
export interface ResultFlags {
  readonly json: boolean;
  readonly jsonl: boolean;
}

/** `--json`, for commands that have one result. */
export const JSON_FLAG = {
  kind: "boolean",
  withNegated: false,
  brief: "print one JSON object on stdout",
} as const;

/** `--wide`, for commands that print a table whose columns give way. */
export const WIDE_FLAG = {
  kind: "boolean",
  withNegated: false,
  brief: "print all columns, however narrow the terminal is",
} as const;

/** `--json` and `--jsonl`, for commands that have one result per image. */
export const RESULT_FLAGS = {
  json: JSON_FLAG,
  jsonl: { kind: "boolean", withNegated: false, brief: "print one line of JSON per image on stdout" },
} as const;

/** For {@linkcode CommandDefinition.exclusive}. */
export const RESULT_FLAGS_EXCLUSIVE = ["json", "jsonl"] as const;

/** How existing files and failures are handled. Exclusive: {@linkcode FILE_FLAGS_EXCLUSIVE}. */
export interface FileFlags {
  readonly overwrite: boolean;
  readonly skipExisting: boolean;
  readonly failFast: boolean;
}

/** `--overwrite`, `--skip-existing`, `--fail-fast`. */
export const FILE_FLAGS = {
  overwrite: { kind: "boolean", withNegated: false, brief: "replace files that exist in the output folder" },
  skipExisting: { kind: "boolean", withNegated: false, brief: "skip images whose files already exist" },
  failFast: { kind: "boolean", withNegated: false, brief: "stop at the first image that fails" },
} as const;

/** For {@linkcode CommandDefinition.exclusive}. */
export const FILE_FLAGS_EXCLUSIVE = ["overwrite", "skipExisting"] as const;

/** How many images at a time. */
export interface WorkerFlags {
  readonly workers: number | undefined;
}

/** More would only cost memory. */
const MAX_WORKERS = 256;

/** `--workers`. */
export const WORKER_FLAGS = {
  workers: countFlag("how many images to work on at a time (default: one per core)", { max: MAX_WORKERS }),
} as const;

/** `-j` for {@linkcode WORKER_FLAGS}. */
export const WORKER_ALIASES = { j: "workers" } as const;

/** The inputs of the commands that take images. */
export const INPUTS = {
  kind: "array",
  parameter: {
    parse: String,
    placeholder: "INPUT",
    brief:
      "an image, a folder (with all its sub-folders), a glob, @FILE with one input per line, or - for such a list on stdin",
  },
  minimum: 1,
} as const;

/** A flag that takes the path of a file. */
export function fileFlag(brief: string) {
  return { kind: "parsed", parse: parsePath, optional: true, placeholder: "FILE", brief } as const;
}

/** A flag that takes the path of a folder. */
export function folderFlag(brief: string) {
  return { kind: "parsed", parse: parsePath, optional: true, placeholder: "DIR", brief } as const;
}

/** A flag that takes any text. */
export function textFlag(brief: string, placeholder: string) {
  return { kind: "parsed", parse: asTyped, optional: true, placeholder, brief } as const;
}

/**
 * A path as it was typed.
 *
 * @throws {BneckError} (usage) It is empty.
 */
export function parsePath(text: string): string {
  if (text === "") throw usageError("the path is empty, as an unset variable gives it");
  return text;
}

function asTyped(text: string): string {
  return text;
}

/** A `--shard` flag. `takeShard` of `core/files` picks the images. */
export const shardFlag = {
  kind: "parsed",
  parse: parseShard,
  optional: true,
  placeholder: "I/N",
  brief: "do only every Nth image, starting at the Ith (1/4 … 4/4 together do all)",
} as const;
