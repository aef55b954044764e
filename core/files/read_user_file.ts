/**
 * Reading the files that users name. Any of them may be hostile: sizes are capped before anything is allocated, and
 * every failure says `cannot read WHAT PATH: REASON` in the same words.
 *
 * @module
 */
import { BneckError, type ErrorDetails, usageError } from "../errors.ts";
import { reasonOf } from "./reason.ts";

/** How a file is read, and what an error about it says. */
export interface ReadOptions {
  /** What the file is to the user, as errors name it: `the class list`. Without it they name the path alone. */
  readonly what?: string;
  /** Bytes above which the file is refused. @default {2 ** 28} */
  readonly maxBytes?: number;
  /** Makes the error, and so chooses the exit status. @default {usageError} */
  readonly error?: (message: string, cause?: unknown, hint?: ErrorDetails["hint"]) => BneckError;
  /** Whether pipes are read too, as in `--list <(ls photos)`. Folders never are. @default {false} */
  readonly pipes?: boolean;
}

/** Bytes of a text or JSON file that are read unless the caller says otherwise: 256 MiB. */
const DEFAULT_MAX_TEXT_BYTES = 2 ** 28;

/** Bytes of the longest text that fits into a string of V8 whatever its characters: nearly 512 MiB. */
export const MAX_STRING_BYTES = 2 ** 29 - 24;

/** Bytes of a text that a sign of UTF-16 is looked for in. */
const SAMPLE_BYTES = 4096;

/** Characters of a file in which {@linkcode isBinary} counts lines. */
const SAMPLE_CHARACTERS = 2 ** 20;

/** Control characters other than NUL, tab, line breaks and those that old programs and terminals end texts with. */
// deno-lint-ignore no-control-regex
const NOT_IN_TEXTS = /[\x01-\x08\x0e-\x19\x1c-\x1f\x7f\ufffd]/;

/**
 * The bytes of a file.
 *
 * @throws {BneckError} if it is missing, may not be read, is a folder or a device, or has more than `maxBytes` bytes
 */
export async function readUserFile(path: string, options: ReadOptions = {}): Promise<Uint8Array> {
  const { maxBytes = DEFAULT_MAX_TEXT_BYTES, pipes = false } = options;
  const refuse = (reason: string, cause?: unknown) => cannotReadFile(path, reason, options, cause);
  try {
    const { isFile, isDirectory, isFifo, size } = Deno.statSync(path);
    if (isDirectory) throw refuse("it is a folder");
    if (!isFile && !(pipes && isFifo)) throw refuse("it is not a regular file");
    if (size > maxBytes) throw refuse(`it has ${size} bytes, more than the limit of ${maxBytes}`);
    if (isFile) return await Deno.readFile(path);
    return await readPipe(path, maxBytes, refuse);
  } catch (error) {
    if (error instanceof BneckError) throw error;
    // Deno lists a name that is not UTF-8 with U+FFFD in place of the bytes that it cannot decode, and cannot open it.
    const undecodable = error instanceof Deno.errors.NotFound && path.includes("\ufffd");
    throw refuse(undecodable ? "its name is not UTF-8; rename it" : reasonOf(error), error);
  }
}

/**
 * The text of a file in UTF-8 or UTF-16, without a byte order mark. Pipes are read unless the options say otherwise.
 *
 * @throws {BneckError} as {@linkcode readUserFile} does, and if it is not a text
 */
export async function readUserText(path: string, options: ReadOptions = {}): Promise<string> {
  const text = decodeText(await readUserFile(path, { pipes: true, ...options }));
  if (isBinary(text)) throw cannotReadFile(path, NOT_TEXT, options);
  return text;
}

/** Why a file is refused of which {@linkcode isBinary} is true. */
export const NOT_TEXT = "not UTF-8 or UTF-16 text";

/**
 * Whether what was decoded as text is hardly one: at least half of its first lines hold control characters or bytes that
 * cannot be decoded. A few such lines may be file names, which systems other than Windows make of any bytes.
 */
export function isBinary(text: string): boolean {
  if (!NOT_IN_TEXTS.test(text)) return false;
  const lines = text.slice(0, SAMPLE_CHARACTERS).split(/[\0\n]/).filter((line) => line !== "");
  const odd = lines.filter((line) => NOT_IN_TEXTS.test(line));
  return odd.length > 0 && odd.length >= lines.length / 2;
}

/**
 * The text of a user's file, without a byte order mark. UTF-8 is expected; UTF-16, which Windows' tools write, is
 * recognised by its byte order mark, or without one by the zeros that every second byte of mostly Latin text is.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeText } from "./read_user_file.ts";
 * const utf16 = new Uint8Array(new Uint16Array([0xfeff, ..."a.jpg"].map((c) => typeof c === "string" ? c.charCodeAt(0) : c)).buffer);
 * assert.equal(decodeText(utf16), "a.jpg");
 * ```
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** The byte order that a mark at the start of a text in UTF-16 tells; `undefined` without one. */
export function utf16Mark([first, second]: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const marked = utf16Mark(bytes);
  if (marked !== undefined) return marked;
  if (bytes.length % 2 === 1) return "utf-8";
  const sample = Math.min(bytes.length, SAMPLE_BYTES) & ~1;
  const zeros = [0, 0];
  let separates = false;
  for (let i = 0; i < sample; i++) {
    if (bytes[i] === 0) zeros[i & 1]++;
    // Names of one character that NUL separates look the same, but for what only longer names have.
    else separates ||= bytes[i] === 0x0a || bytes[i] === 0x2e || bytes[i] === 0x2f;
  }
  const [even, odd] = zeros.map((count) => count / (sample / 2));
  if (!separates || Math.max(even, odd) < 0.5 || Math.min(even, odd) > 0.05) return "utf-8";
  return odd > even ? "utf-16le" : "utf-16be";
}

/**
 * What a JSON file holds; nothing of its structure is checked.
 *
 * @throws {BneckError} as {@linkcode readUserFile} does, and if it is not valid JSON
 */
export async function readUserJson(path: string, options: ReadOptions = {}): Promise<unknown> {
  return parseUserJson(await readUserText(path, options), path, options);
}

/**
 * What a text of JSON holds; `path` is where it came from.
 *
 * ```ts
 * import { parseUserJson } from "./read_user_file.ts";
 * import assert from "node:assert/strict";
 * assert.deepEqual(parseUserJson('{"a": 1}', "a.json"), { a: 1 });
 * assert.throws(() => parseUserJson("{", "a.json", { what: "the class list" }), {
 *   message: /^cannot read the class list a\.json: not valid JSON \(/,
 * });
 * ```
 *
 * @throws {BneckError} if it is not valid JSON
 */
export function parseUserJson(
  text: string,
  path: string,
  options: Pick<ReadOptions, "what" | "error"> = {},
): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // V8 quotes the text around the fault as it stands.
    // deno-lint-ignore no-control-regex
    const detail = (cause as Error).message.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").slice(0, 200);
    throw cannotReadFile(path, `not valid JSON (${detail})`, options, cause);
  }
}

/** Whether a value from JSON is an object: neither a list nor `null`. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value from a file in a form that is safe to print: text quoted and escaped, at most 100 characters of it. */
export function quote(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
  }
  return typeof value === "object" && value !== null ? "(an object)" : String(value);
}

function cannotReadFile(
  path: string,
  reason: string,
  { what, error = usageError }: Pick<ReadOptions, "what" | "error">,
  cause?: unknown,
): BneckError {
  return error(`cannot read ${what === undefined ? "" : `${what} `}${path}: ${reason}`, cause);
}

/** All of a pipe, whose size is not known before its end. */
async function readPipe(
  path: string,
  maxBytes: number,
  refuse: (reason: string) => BneckError,
): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of (await Deno.open(path)).readable) {
    size += chunk.length;
    if (size > maxBytes) throw refuse(`it has more than the limit of ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
